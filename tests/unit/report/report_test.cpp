#include "learningplane/report/report.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/decision/decision.hpp"
#include "learningplane/decision/sizing_window.hpp"
#include "learningplane/json.hpp"
#include "report/shortened.hpp"

using namespace learningplane;
using namespace learningplane::report;
using journal::Entry;
using journal::EntryKind;

namespace {

/// A journal in memory, as far as a report needs one.
class ListJournal final : public journal::Journal {
 public:
  Result<std::int64_t> append(const Entry& e) override {
    entries.push_back(e);
    return static_cast<std::int64_t>(entries.size());
  }
  Result<std::vector<Entry>> read(const journal::Query&) const override { return entries; }
  Result<std::vector<Entry>> open_intents() const override { return std::vector<Entry>{}; }
  Result<std::size_t> drop_before(TimePoint) override { return std::size_t{0}; }
  std::vector<Entry> entries{};
};

Value forecast(const char* site, double observed, double mean) {
  return Value::object()
      .set("target", "qos")
      .set("site", site)
      .set("observed", std::isfinite(observed) ? Value(observed) : Value())
      .set("mean", mean)
      .set("low", mean - 0.1)
      .set("high", mean + 0.1);
}

Entry entry(EntryKind kind, int minute, const char* id, Value body) {
  Entry e;
  e.at = TimePoint(std::chrono::minutes(minute));
  e.kind = kind;
  e.agent = "planner";
  e.decision_id = id;
  e.body = std::move(body);
  return e;
}

Value decision_body(decision::Action action, const char* rule, const char* current) {
  decision::Decision d;
  d.action = std::move(action);
  d.application = "shop";
  d.rule = rule;
  d.reason = "</script> is only text";
  return decision::to_value(d).set("current", current).set("target", "qos").set("constraint", 0.5);
}

void fill_day(ListJournal& j) {
  const double nan = std::nan("");
  // 0: moves from a to b, which then shows 0.8; 5: holds on unknown data, b then shows 0.4; 10: the
  // last, nothing follows.
  j.append(entry(EntryKind::forecast, 0, "d0", forecast("a", 0.6, 0.3)));
  j.append(entry(EntryKind::forecast, 0, "d0", forecast("b", 0.7, 0.75)));
  j.append(entry(EntryKind::decision, 0, "d0",
                 decision_body(decision::Place{"b"}, "highest_forecast", "a")));
  j.append(entry(EntryKind::outcome, 0, "d0", Value::object().set("status", "done")));
  j.append(entry(EntryKind::forecast, 5, "d1", forecast("a", nan, nan)));
  j.append(entry(EntryKind::forecast, 5, "d1", forecast("b", 0.8, 0.6)));
  j.append(
      entry(EntryKind::decision, 5, "d1", decision_body(decision::Hold{}, "unknown_data", "b")));
  j.append(entry(EntryKind::forecast, 10, "d2", forecast("b", 0.4, 0.5)));
  j.append(
      entry(EntryKind::decision, 10, "d2", decision_body(decision::Hold{}, "already_best", "b")));
}

}  // namespace

TEST_CASE("report: its figures follow from the journal") {
  ListJournal journal;
  fill_day(journal);
  const Report r = *collect(journal);
  CHECK(r.agent == "planner");
  CHECK(r.target == "qos");
  CHECK(r.figures.decisions == 3);
  CHECK(r.figures.moves == 1);
  CHECK(r.figures.unknown_holds == 1);
  CHECK(r.figures.rules.at("highest_forecast") == 1);
  CHECK(r.figures.mean_observed == doctest::Approx((0.8 + 0.4) / 2));
  CHECK(r.figures.share_below == doctest::Approx(0.5));
  CHECK(r.figures.forecast_mae ==
        doctest::Approx((std::abs(0.75 - 0.8) + std::abs(0.6 - 0.4)) / 2));
  CHECK(std::isnan(r.sites.at("a")[1].observed));
}

TEST_CASE(
    "report: the page holds the same numbers and no text of the journal can break out of its "
    "data") {
  ListJournal journal;
  fill_day(journal);
  const Report r = *collect(journal);
  const std::string page = to_html(r);
  const std::string open = R"(<script id="data" type="application/json">)";
  const std::size_t begin = page.find(open) + open.size();
  const std::string data = page.substr(begin, page.find("</script>", begin) - begin);
  CHECK(*parse_json(data) == *parse_json(dump_json(to_value(r))));
  CHECK(page.find("@DATA@") == std::string::npos);
  CHECK(page.find("http") == std::string::npos);
}

TEST_CASE("report: an empty journal has none") {
  CHECK(collect(ListJournal()).error().code == Errc::not_enough_data);
}

TEST_CASE("report: an agent that scales has its load, its plan and its changes") {
  ListJournal j;
  for (int minute = 0; minute < 3; ++minute) {
    decision::Decision d;
    if (minute == 1) d.action = decision::Scale{2};
    d.application = "shop";
    d.rule = minute == 1 ? "plan" : "fits";
    d.details.set("current", minute < 2 ? 1 : 2)
        .set("wish", minute == 0 ? 1 : 2)
        .set("replicas", minute == 0 ? 1 : 2)
        .set("load", 3.0 + minute)
        .set("planned", minute == 1 ? Value(9.0) : Value());
    const std::string id = "d" + std::to_string(minute);
    j.entries.push_back(entry(EntryKind::decision, minute, id.c_str(),
                              decision::to_value(d).set("current", minute < 2 ? 1 : 2)));
  }
  j.entries.push_back(
      entry(EntryKind::outcome, 1, "d1", Value::object().set("status", "done").set("message", "")));
  const Report r = value_or_throw(collect(j));
  REQUIRE(r.decisions.size() == 3);
  CHECK(r.decisions[1].current == "1");
  CHECK(r.decisions[1].site == "2");
  CHECK(r.decisions[1].why.find("Scales from 1 to 2") != std::string::npos);
  CHECK(r.figures.moves == 1);
  const auto& points = r.sites.at("shop");
  REQUIRE(points.size() == 3);
  CHECK(points[2].observed == 5);
  CHECK(points[1].forecast == 9);
  CHECK(std::isnan(points[0].forecast));
}

namespace {

constexpr double mib = 1'048'576;

/// What an agent that sizes writes down of one decision and of what became of it.
void size(ListJournal& j, int minute, double cores, double limit, const char* outcome) {
  decision::SizingDecision told;
  told.cpu.current = limit;
  told.cpu.usage = told.cpu.wish = told.cpu.value = cores;
  told.cpu.rule = told.memory.rule = "window";
  told.memory.current = 512 * mib;
  told.memory.usage = told.memory.wish = told.memory.value = 100 * mib;
  decision::Decision d = decision::to_decision(told, decision::SizingWindow({}));
  d.application = "shop<b>";
  if (minute == 2)
    d.details.set("out_of_memory", Value(Value::Array{Value::object().set("at", "x")}));
  const std::string id = "d" + std::to_string(minute);
  j.entries.push_back(entry(EntryKind::decision, minute, id.c_str(), decision::to_value(d)));
  if (*outcome != 0)
    j.entries.push_back(
        entry(EntryKind::outcome, minute, id.c_str(), Value::object().set("status", outcome)));
}

}  // namespace

TEST_CASE("report: an agent that sizes has its usage, its limits and its kills") {
  ListJournal j;
  size(j, 0, 0.25, 1, "done");
  size(j, 1, 0.5, 0.25, "failed");
  decision::Decision blind;
  blind.application = "shop<b>";
  blind.rule = "unknown_data";
  blind.details.set("policy", "sizing_window");
  j.entries.push_back(entry(EntryKind::decision, 2, "blind", decision::to_value(blind)));
  size(j, 2, 0.5, 0.25, "");
  const Report r = value_or_throw(collect(j));
  REQUIRE(r.sizes.size() == 1);
  CHECK(r.sites.empty());
  const auto& points = r.sizes.at("shop<b>");
  REQUIRE(points.size() == 4);
  CHECK(points[0].cpu.usage == 0.25);
  CHECK(points[0].cpu.current == 1);
  CHECK(points[0].cpu.value == 0.25);
  CHECK(points[0].in_effect);
  CHECK_FALSE(points[1].in_effect);  // it failed: the limit stays
  CHECK(points[1].cpu.value == doctest::Approx(0.5));
  CHECK(std::isnan(points[2].cpu.usage));  // nothing was known: a gap
  CHECK(std::isnan(points[2].memory.current));
  CHECK(points[3].kills == 1);
  CHECK(r.figures.kills == 1);
  CHECK(r.figures.moves == 1);
  CHECK(r.figures.unknown_holds == 1);
  CHECK(r.decisions[0].current == "1 cores, 512 MiB");
  CHECK(r.decisions[0].site == "0.25 cores, 100 MiB");
  CHECK(r.decisions[0].why.find("CPU goes from 1 cores to 0.25 cores") != std::string::npos);
  const Value v = to_value(r);
  const auto& drawn = v.find("sizes")->find("shop<b>")->as_array();
  CHECK(drawn[0].find("memory")->get("usage", 0.0) == 100 * mib);
  CHECK(dump_json(*drawn[2].find("cpu")->find("usage")) == "null");
  CHECK(to_html(r).find("shop<b>") == std::string::npos);
}

TEST_CASE("report: a long journal makes a page of bounded size, with the figures of all") {
  Report r{.agent = "a", .target = "load", .constraint = std::nan("")};
  for (std::size_t i = 0; i < 60'000; ++i) {
    const TimePoint at = from_ns(0) + std::chrono::minutes(i);
    const double used = i == 31'234 ? 90 : i % 50 < 25 ? 1 : 2;
    r.sites["web"].push_back({at, used, used, std::nan(""), std::nan("")});
    SizePoint p{.at = at, .in_effect = i % 100 == 0};
    p.cpu = {i == 41'003 ? -5 : used, 2, 2, 2};
    p.memory = {used, 2, 2, 2};
    r.sizes["web"].push_back(p);
    DecisionLine line{.at = at, .id = "d" + std::to_string(i), .application = "web"};
    line.action = i % 100 == 0 ? "resize" : "hold";
    line.why = std::string(300, 'x');
    r.decisions.push_back(line);
  }
  r.figures.decisions = r.decisions.size();
  const Report less = shortened(r);
  CHECK(less.decisions.size() == 600 + 2'000);
  CHECK(less.decisions.front().action == "resize");
  CHECK(less.decisions.back().id == "d59999");
  CHECK(less.figures.decisions == 60'000);
  CHECK(less.sites.at("web").size() <= 2'500);
  CHECK(less.sizes.at("web").size() <= 3'100);
  double high = 0, low = 0;
  std::size_t changes = 0;
  for (const SitePoint& p : less.sites.at("web")) high = std::max(high, p.observed);
  for (const SizePoint& p : less.sizes.at("web")) {
    low = std::min(low, p.cpu.usage);
    changes += p.in_effect ? 1 : 0;
  }
  CHECK(high == 90);
  CHECK(low == -5);
  CHECK(changes == 600);
  CHECK(to_html(r).size() < 4'000'000);
}
