#include "learningplane/report/sizing_report.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::report;

namespace {

/// Applications that ask for more the later they are named; one sample is not known.
SizingReport report_of(std::size_t applications, std::size_t samples,
                       const std::vector<std::string>& policies = {"request", "static_p95"}) {
  Registries registries;
  register_core(registries);
  SizingReport out{.source = "</script><b>"};
  simulation::SizingLineupOptions o;
  o.replay = out.options;
  o.threads = 1;
  for (std::size_t a = 0; a < applications; ++a) {
    simulation::UsageTrace t{.name = "<i>" + std::to_string(a)};
    for (std::size_t i = 0; i < samples; ++i)
      t.samples.push_back({from_ns(static_cast<std::int64_t>(i) * 60'000'000'000),
                           static_cast<double>(a + 1) * (i % 10 == 9 ? 2.0 : 1.0), 1e8});
    t.samples[samples - 5].cpu_cores = std::nan("");
    t.requested = {1.5 * static_cast<double>(a + 1), 2e8};
    out.traces.push_back(std::move(t));
  }
  for (const std::string& name : policies)
    out.lineup.push_back(simulation::sizing_entry(name, o, registries));
  out.results = simulation::compare_sizing(out.traces, out.lineup, o, registries);
  return out;
}

}  // namespace

TEST_CASE("sizing report: usage, limits and scores are those of the replay") {
  const SizingReport r = report_of(2, 200);
  const Value v = to_value(r);
  REQUIRE(v.find("policies")->size() == 2);
  const Value& request = v.find("policies")->as_array()[0];
  CHECK(request.find("total")->find("cpu")->get("allocation", 0.0) == doctest::Approx(4.5));
  // Every tenth of 100 samples, of both.
  CHECK(request.find("total")->find("cpu")->get("above", std::int64_t{0}) == 20);
  REQUIRE(v.find("applications")->size() == 2);
  const Value& second = v.find("applications")->as_array()[1];
  CHECK(second.get("name", "") == "<i>1");
  CHECK(second.get("judged_from", std::int64_t{0}) == 100 * 60'000);
  const auto& used = second.find("cpu")->find("v")->as_array();
  REQUIRE(used.size() == 200);
  CHECK(used[9] == Value(4));
  CHECK(used[195].is_null());  // not known: a gap, not zero
  const Value& limit = *second.find("policies")->as_array()[0].find("cpu");
  CHECK(limit.find("v")->as_array() == Value::Array{3});  // it never changes
  CHECK(limit.find("t")->as_array() == Value::Array{100 * 60'000});
  const Value& score = *second.find("policies")->as_array()[1].find("score");
  CHECK(score.find("cpu")->get("unknown", std::int64_t{0}) == 1);
}

TEST_CASE("sizing report: of many applications the largest are drawn, of many samples some") {
  SizingReport r = report_of(30, 4'000, {"window_max"});
  const Value v = to_value(r);
  CHECK(v.get("application_count", std::int64_t{0}) == 30);
  REQUIRE(v.find("applications")->size() == 24);
  const Value& first = v.find("applications")->as_array()[0];
  CHECK(first.get("name", "") == "<i>6");
  CHECK(first.get("thinned", false));
  CHECK(first.find("cpu")->find("v")->size() < 3'200);
  CHECK(to_html(r).size() < 5'000'000);
}

TEST_CASE("sizing report: the page holds its figures, and nothing that was read breaks out") {
  const std::string html = to_html(report_of(1, 50));
  for (const char* figure : {"total", "cpucost", "memorycost", "times", "scores", "settings"})
    CHECK(html.find("id=\"" + std::string(figure) + "\"") != std::string::npos);
  CHECK(html.find("@DATA@") == std::string::npos);
  CHECK(html.find("</script><b>") == std::string::npos);
  CHECK(html.find("<i>0") == std::string::npos);
  CHECK(html.find("http://") == std::string::npos);
  CHECK(html.find("https://") == std::string::npos);
}

TEST_CASE("sizing report: a result of each policy on each trace, or none") {
  SizingReport r = report_of(2, 50);
  r.results.pop_back();
  CHECK_THROWS_AS(to_value(r), LogicError);
  r = report_of(1, 50);
  r.results[0].cpu_limit.pop_back();
  CHECK_THROWS_AS(to_value(r), LogicError);
  r.traces.clear();
  CHECK_THROWS_AS(to_value(r), LogicError);
}

TEST_CASE(
    "sizing report: what was left out is listed, and an application without results not drawn") {
  SizingReport r = report_of(3, 50);
  const auto leave_out = [&](std::size_t policy, std::size_t trace) {
    simulation::SizingResult& one = r.results[policy * 3 + trace];
    one.cpu = one.memory = simulation::SizingScore{};
    std::fill(one.cpu_limit.begin(), one.cpu_limit.end(), std::nan(""));
    one.memory_limit = one.cpu_limit;
    one.left_out = "it is still";
  };
  leave_out(0, 0);
  leave_out(0, 2);
  leave_out(1, 2);
  const Value v = to_value(r);
  REQUIRE(v.find("left_out")->size() == 3);
  CHECK(v.find("left_out")->as_array()[0].get("reason", "") == "it is still");
  REQUIRE(v.find("applications")->size() == 2);
  const Value& none = v.find("applications")->as_array()[0].find("policies")->as_array()[0];
  for (const Value& limit : none.find("cpu")->find("v")->as_array()) CHECK(limit.is_null());
  CHECK(none.find("score")->find("cpu")->find("resizes")->is_null());
  for (const Value& p : v.find("policies")->as_array())
    CHECK(p.find("total")->get("over", std::int64_t{0}) == 1);
  for (std::size_t p = 0; p < 2; ++p)
    for (std::size_t t = 0; t < 3; ++t) leave_out(p, t);
  CHECK_THROWS_AS(to_value(r), LogicError);
}
