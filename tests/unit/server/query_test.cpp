#include "server/query.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "learningplane/json.hpp"

using namespace learningplane;
using namespace learningplane::server;
using namespace std::chrono_literals;

namespace {

const TimePoint t0 = from_seconds(1.7e9);

struct Bench {
  ManualClock clock{t0};
  agent::ForecastBoard board{clock, "planner"};
  Bench() {
    for (const char* site : {"a", "b.c"}) {
      model::Forecast f;
      f.target = "load";
      for (int i = 0; i < 3; ++i) {
        f.times_ns.push_back(to_ns(t0 + i * 1min));
        f.mean.push_back(i + 0.5);
      }
      board.on_forecast_steps(site, f);
    }
  }
  Answer range(const std::string& query, const std::string& rest) const {
    return query_range(board, "query=" + query + "&" + rest);
  }
};

std::size_t found(const Answer& a) {
  const Value v = value_or_throw(parse_json(a.body));
  return v.find("data")->find("result")->size();
}

}  // namespace

TEST_CASE("query: a range of a forecast is answered as Prometheus answers") {
  Bench b;
  const Answer a = b.range("learningplane_forecast_mean%7Bsite%3D%22a%22%7D",
                           "start=1699999980&end=1700000060.000&step=40");
  CHECK(a.status == 200);
  CHECK(
      a.body ==
      R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"learningplane_forecast_mean","agent":"planner","site":"a","target":"load"},"values":[[1700000020,"0.5"],[1700000060,"1.5"]]}]}})");
  // After the last step it holds for the look-back, then there is nothing.
  CHECK(found(b.range("learningplane_forecast_mean", "start=1700000419&end=1700000419&step=1m")) ==
        2);
  CHECK(found(b.range("learningplane_forecast_mean", "start=1700000420&end=1700000420&step=1m")) ==
        0);
}

TEST_CASE("query: one moment, now or named") {
  Bench b;
  const Answer named = query_instant(
      b.board, "query=learningplane_forecast_mean%7Bsite=%22a%22%7D&time=2023-11-14T22:14:20.5Z");
  CHECK(
      named.body ==
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"learningplane_forecast_mean","agent":"planner","site":"a","target":"load"},"value":[1700000060.5,"1.5"]}]}})");
  CHECK(found(query_instant(b.board, "query=learningplane_forecast_mean")) == 2);
}

TEST_CASE("query: selectors choose by labels") {
  Bench b;
  const auto count = [&](std::string_view selector) {
    const auto s = parse_selector(selector);
    REQUIRE_MESSAGE(s, selector);
    std::size_t n = 0;
    for (const auto& series : b.board.samples(t0, t0 + 1h))
      n += s->matches(series.name, series.labels) ? 1U : 0U;
    return n;
  };
  CHECK(count("learningplane_forecast_mean") == 2);
  CHECK(count(R"(learningplane_forecast_mean{site!="a",})") == 1);
  CHECK(count(R"({__name__=~"learningplane_forecast_mean|other",site=~"a|b\\.c"})") == 2);
  CHECK(count(R"({__name__="learningplane_forecast_mean",site!~"a|x"})") == 1);
  CHECK(count(R"(learningplane_forecast_mean{site=~".+",none=~".*"})") == 2);
  CHECK(count(R"(learningplane_forecast_mean{none=~".+"})") == 0);
  CHECK(count(R"(learningplane_forecast_mean{none=""})") == 2);
  CHECK(count("other") == 0);
}

TEST_CASE("query: what is no selector is refused with its place") {
  for (const char* bad : {"", "{}", "rate(x[5m])", "x[5m]", "x + 1", "1+1", "x{", "x{a}", "x{a=}",
                          "x{a=b}", "x{a=\"b\"", "x{a=\"b}", "x{a=~\"(a+)+\"}", "x{a=~\"a.*\"}",
                          "x{a==\"b\"}", "x offset 5m"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_selector(bad));
  }
  CHECK_FALSE(parse_selector(std::string(5000, 'x')));
  CHECK(parse_selector("rate(x)").error().message.find("1:5") != std::string::npos);
}

TEST_CASE("query: parameters that cannot be, and answers that would be too large") {
  Bench b;
  const std::string name = "learningplane_forecast_mean";
  for (const char* bad :
       {"start=x&end=2&step=1", "start=1&end=&step=1", "start=1&end=2&step=0", "start=1&end=2",
        "start=1&end=2&step=-1", "start=2&end=1&step=1", "start=0&end=11000&step=1",
        "start=1e300&end=2&step=1", "start=%zz&end=2&step=1", "start=NaN&end=2&step=1"}) {
    CAPTURE(bad);
    const Answer a = b.range(name, bad);
    CHECK(a.status == 400);
    const Value v = value_or_throw(parse_json(a.body));
    CHECK(v.get("status", "") == "error");
    CHECK(v.get("errorType", "") == "bad_data");
    CHECK_FALSE(v.get("error", "").empty());
  }
  CHECK(b.range(name, "start=0&end=10999&step=1").status == 200);
  ManualClock clock(t0);
  agent::ForecastBoard wide(clock, "p");
  model::Forecast f;
  f.target = "load";
  f.times_ns = {to_ns(t0)};
  f.mean = {1};
  for (int i = 0; i < 100; ++i) wide.on_forecast_steps(fmt::format("s{}", i), f);
  const Answer large = query_range(wide,
                                   "query=learningplane_forecast_mean&start=1700000000"
                                   "&end=1700010998&step=1");
  CHECK(large.status == 422);
  CHECK(large.body.find("execution") != std::string::npos);
}
