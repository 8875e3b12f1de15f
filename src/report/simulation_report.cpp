#include "learningplane/report/simulation_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "report/page.hpp"

namespace learningplane::report {

namespace {

using simulation::SimulationResult;

constexpr std::size_t most_points = 1'200;
constexpr std::int64_t ms = 1'000'000;

/// Fewer digits, so that pages stay small.
Value number(double v, double digits = 1000) {
  return std::isfinite(v) ? Value(std::round(v * digits) / digits) : Value();
}

/// The highest of each group of slots (what is seen of a line on a screen); unknown where none is
/// known.
template <class Values>
Value highest(const Values& values, std::size_t group) {
  Value out = Value::array();
  for (std::size_t i = 0; i < values.size(); i += group) {
    double high = std::nan("");
    for (std::size_t k = i; k < std::min(values.size(), i + group); ++k) {
      const auto v = static_cast<double>(values[k]);
      if (std::isfinite(v) && !(v <= high)) high = v;
    }
    out.push(number(high));
  }
  return out;
}

std::size_t group_of(std::size_t slots) { return (slots + most_points - 1) / most_points; }

/// Share of slots whose highest latency is at most the value, turned round: the value at each p.
Value percentiles(const SimulationResult& r) {
  std::vector<double> sorted = r.highest;
  std::sort(sorted.begin(), sorted.end());
  Value out = Value::array();
  for (const double p : {0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999}) {
    const double rank = p * static_cast<double>(sorted.size() - 1);
    const auto low = static_cast<std::size_t>(rank);
    const double next = sorted[std::min(low + 1, sorted.size() - 1)];
    out.push(number(sorted[low] + (rank - static_cast<double>(low)) * (next - sorted[low])));
  }
  return out;
}

/// How often each error (forecast minus truth, rounded) occurs, in % of the known ones.
Value error_shares(const std::vector<double>& forecast, const simulation::WorkloadTrace& trace,
                   std::size_t start) {
  std::map<std::int64_t, std::size_t> counts;
  std::size_t known = 0;
  double absolute = 0, high = 0;
  for (const double v : trace.load) high = std::max(high, std::isfinite(v) ? v : 0.0);
  // Some thirty bars, and whole units where the loads are counts.
  const double width = std::max(1.0, std::ceil(high / 15));
  for (std::size_t i = 0; i < forecast.size(); ++i) {
    const double error = forecast[i] - trace.load[start + i];
    if (!std::isfinite(error)) continue;
    ++counts[std::llround(error / width)];
    ++known;
    absolute += std::abs(error);
  }
  Value bars = Value::array();
  for (const auto& [at, n] : counts)
    bars.push(
        Value(Value::Array{static_cast<double>(at) * width,
                           number(100 * static_cast<double>(n) / static_cast<double>(known))}));
  return Value::object()
      .set("known", known)
      .set("width", width)
      .set("mae", known > 0 ? number(absolute / static_cast<double>(known)) : Value())
      .set("bars", std::move(bars));
}

std::string_view from(simulation::Forecasts f) {
  switch (f) {
    case simulation::Forecasts::none: return "none";
    case simulation::Forecasts::trace: return "the trace itself";
    case simulation::Forecasts::published: return "the public simulator's file and alignment";
    case simulation::Forecasts::model: return "a model that sees the past only";
  }
  return "";
}

Value policy_value(const SimulationReport& report, std::size_t i) {
  const SimulationResult& r = report.results[i];
  const simulation::LineupEntry& entry = report.lineup[i];
  const std::size_t group = group_of(r.slots);
  Value changes = Value::array();  // [slot, instances] at each change
  for (std::size_t k = 0; k < r.replicas.size(); ++k) {
    if (k == 0 || r.replicas[k] != r.replicas[k - 1])
      changes.push(Value(Value::Array{k, std::int64_t{r.replicas[k]}}));
  }
  return simulation::to_value(r)
      .set("kind", entry.kind)
      .set("options", dump_json(entry.options))
      .set("forecasts", from(entry.forecasts))
      .set("instances", std::move(changes))
      .set("latency", highest(r.latency, group))
      .set("planned", highest(r.forecast, group))
      .set("percentiles", percentiles(r));
}

Value latency_value(const SimulationReport& report) {
  Value out = Value::array();
  for (const decision::LatencyRow& row : report.latencies) {
    Value points = Value::array();
    for (std::size_t i = 0; i < row.latency.size(); ++i)
      points.push(Value(Value::Array{number(row.probability[i], 1e6), number(row.latency[i])}));
    out.push(Value::object().set("load", row.load).set("points", std::move(points)));
  }
  return out;
}

Value sweep_value(const WindowSweep& sweep) {
  Value runs = Value::array();
  for (const SimulationResult& r : sweep.results)
    runs.push(simulation::to_value(r).set("percentiles", percentiles(r)));
  return Value::object().set("name", sweep.name).set("runs", std::move(runs));
}

void check(const SimulationReport& report) {
  if (report.results.empty()) throw LogicError("no results to show");
  if (report.results.size() != report.lineup.size())
    throw LogicError("a report has a result for each policy");
  const auto same = [&](const SimulationResult& r) {
    if (r.protocol != report.results.front().protocol)
      throw LogicError("results of the published and the honest protocol are not compared");
  };
  std::for_each(report.results.begin(), report.results.end(), same);
  for (const WindowSweep& s : report.sweeps)
    std::for_each(s.results.begin(), s.results.end(), same);
}

}  // namespace

Value to_value(const SimulationReport& report) {
  check(report);
  const SimulationResult& first = report.results.front();
  const simulation::WorkloadTrace& trace = report.trace;
  const std::size_t group = group_of(first.slots), whole = group_of(trace.size());
  Value policies = Value::array(), sweeps = Value::array(), bounds = Value::array();
  for (std::size_t i = 0; i < report.results.size(); ++i) policies.push(policy_value(report, i));
  for (const WindowSweep& s : report.sweeps) sweeps.push(sweep_value(s));
  for (const double b : first.bounds) bounds.push(b);
  const std::vector<double>& loop = report.loops.open;
  return Value::object()
      .set("protocol", simulation::to_string(first.protocol))
      .set("seed", static_cast<std::int64_t>(first.seed))
      .set("source", report.source)
      .set("forecaster", report.forecaster)
      .set("latencies_are",
           report.options.latencies == simulation::Latencies::exact ? "exact" : "sampled")
      .set("startup_slots", report.options.startup_slots)
      .set("streams", report.options.streams)
      .set("quantile", report.options.objective_quantile)
      .set("bounds", std::move(bounds))
      .set("trace", Value::object()
                        .set("from", to_ns(trace.start) / ms)
                        .set("slot", trace.slot.count() / ms)
                        .set("slots", trace.size())
                        .set("group", whole)
                        .set("load", highest(trace.load, whole)))
      .set("run", Value::object()
                      .set("from", to_ns(trace.time(first.start_slot)) / ms)
                      .set("first", first.start_slot)
                      .set("slots", first.slots)
                      .set("group", group)
                      .set("load", highest(first.load, group))
                      .set("open", highest(loop, group))
                      .set("closed", highest(report.loops.closed, group)))
      .set("errors",
           Value::object()
               .set("open", error_shares(loop, trace, report.loops.start_slot))
               .set("closed", error_shares(report.loops.closed, trace, report.loops.start_slot)))
      .set("latency", latency_value(report))
      .set("policies", std::move(policies))
      .set("sweeps", std::move(sweeps));
}

std::string to_html(const SimulationReport& report) {
  return fill_page(simulation_page_template(), to_value(report));
}

}  // namespace learningplane::report
