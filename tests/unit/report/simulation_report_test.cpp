#include "learningplane/report/simulation_report.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::report;

namespace {

SimulationReport report_of(std::size_t slots) {
  Registries registries;
  register_core(registries);
  SimulationReport out;
  out.source = "</script><b>";
  out.forecaster = "naive";
  for (std::size_t i = 0; i < slots + 400; ++i) out.trace.load.push_back(i % 50 < 25 ? 2.0 : 8.0);
  out.trace.load[420] = std::nan("");
  simulation::LineupOptions o;
  o.forecaster = "seasonal_naive";
  o.forecaster_options = Value::object().set("season", 50);
  o.simulation.start_slot = 400;
  o.simulation.slots = slots;
  o.simulation.sample_share = 0.01;
  o.train_slots = 400;
  const auto capacity = decision::Capacity::from_throughput(5, 20);
  out.options = o.simulation;
  out.latencies = capacity.rows();
  out.lineup = {simulation::lineup_entry("vanilla", o, capacity, registries),
                simulation::lineup_entry("hpa", o, capacity, registries)};
  out.results = simulation::compare(out.trace, capacity, out.lineup, o, registries);
  out.loops = simulation::forecast_loops(out.trace, o, registries);
  out.sweeps = {{"vanilla", {out.results[0]}}};
  return out;
}

}  // namespace

TEST_CASE("simulation report: figures, series and settings are in the page, and nothing gets out") {
  const SimulationReport report = report_of(3'000);
  const Value v = to_value(report);
  CHECK(v.get("protocol", "") == "honest");
  CHECK(v.find("latency")->size() == 16);
  const Value& policies = *v.find("policies");
  REQUIRE(policies.size() == 2);
  const Value& hpa = policies.as_array()[1];
  CHECK(hpa.get("events", std::int64_t{-1}) == static_cast<std::int64_t>(report.results[1].events));
  CHECK(hpa.get("options", "").find("target") != std::string::npos);
  CHECK(hpa.find("percentiles")->size() == 9);
  // Three slots are one point, and the changes say the rest.
  CHECK(v.find("run")->get("group", std::int64_t{0}) == 3);
  CHECK(hpa.find("latency")->size() == 1'000);
  CHECK(hpa.find("instances")->size() == report.results[1].events + 1);
  CHECK(v.find("sweeps")->as_array()[0].find("runs")->size() == 1);
  const std::string html = to_html(report);
  CHECK(html.find("@DATA@") == std::string::npos);
  CHECK(html.find("</script><b>") == std::string::npos);
  CHECK(html.find("https://") == std::string::npos);
  CHECK(html.find("http://") == std::string::npos);
}

TEST_CASE("simulation report: errors of both loops, as shares of what is known") {
  const SimulationReport report = report_of(600);
  const Value v = to_value(report);
  // The season is known, so that both loops are right but where the truth is not known.
  for (const char* loop : {"open", "closed"}) {
    CAPTURE(loop);
    const Value& e = *v.find("errors")->find(loop);
    CHECK(e.get("known", std::int64_t{0}) > 400);
    double sum = 0;
    for (const Value& bar : e.find("bars")->as_array()) sum += bar.as_array()[1].as_double();
    CHECK(sum == doctest::Approx(100).epsilon(0.01));
  }
}

TEST_CASE("simulation report: protocols are not mixed, and every result has its policy") {
  SimulationReport report = report_of(300);
  report.results[1].protocol = simulation::Protocol::published;
  CHECK_THROWS_AS(to_value(report), LogicError);
  report = report_of(300);
  report.sweeps[0].results[0].protocol = simulation::Protocol::published;
  CHECK_THROWS_AS(to_value(report), LogicError);
  report = report_of(300);
  report.lineup.pop_back();
  CHECK_THROWS_AS(to_value(report), LogicError);
  report.results.clear();
  CHECK_THROWS_AS(to_value(report), LogicError);
}
