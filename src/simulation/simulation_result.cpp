#include <fmt/format.h>

#include "learningplane/error.hpp"
#include "learningplane/simulation/simulator.hpp"

namespace learningplane::simulation {

telemetry::Frame SimulationResult::frame(const WorkloadTrace& trace) const {
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < slots; ++i) times.push_back(to_ns(trace.time(start_slot + i)));
  std::vector<telemetry::Column> columns;
  const auto add = [&](std::string column_name, const auto& values) {
    telemetry::Column c;
    c.name = std::move(column_name);
    c.values = std::vector<double>(values.begin(), values.end());
    columns.push_back(std::move(c));
  };
  add("load", load);
  add("latency", latency);
  add("highest", highest);
  add("forecast", forecast);
  add("replicas", replicas);
  add("ready", ready);
  for (std::size_t i = 0; i < quantiles.size(); ++i)
    add(fmt::format("p{:g}", 100 * quantiles[i]), percentiles[i]);
  return value_or_throw(telemetry::Frame::make(std::move(times), std::move(columns)));
}

Value to_value(const SimulationResult& r) {
  Value violations = Value::object();
  for (std::size_t i = 0; i < r.bounds.size(); ++i)
    violations.set(fmt::format("{:g}", r.bounds[i]), r.violations[i]);
  return Value::object()
      .set("name", r.name)
      .set("window", std::chrono::duration<double, std::ratio<60>>(r.window).count())
      .set("events", r.events)
      .set("violations", std::move(violations))
      .set("instance_minutes", r.instance_minutes)
      .set("penalty_percentile", r.penalty_percentile)
      .set("max_instances", r.max_instances)
      .set("slots", r.slots)
      .set("unknown_slots", r.unknown_slots)
      .set("failures", r.failures)
      .set("waiting_slots", r.waiting_slots)
      .set("cost", r.cost)
      .set("kilowatt_hours", r.kilowatt_hours)
      .set("samples", static_cast<std::int64_t>(r.samples));
}

Value to_value(const std::vector<SimulationResult>& results) {
  if (results.empty()) throw LogicError("no results to show");
  Value policies = Value::array();
  for (const SimulationResult& r : results) {
    if (r.protocol != results.front().protocol)
      throw LogicError("results of the published and the honest protocol are not compared");
    policies.push(to_value(r));
  }
  return Value::object()
      .set("protocol", to_string(results.front().protocol))
      .set("seed", static_cast<std::int64_t>(results.front().seed))
      .set("policies", std::move(policies));
}

}  // namespace learningplane::simulation
