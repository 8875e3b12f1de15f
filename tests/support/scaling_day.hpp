#pragma once
#include <stdexcept>

#include "learningplane/registries.hpp"
#include "support/scaling_fixture.hpp"

/// A working day of the operating rooms: what policies are told of it by the simulator, and the
/// telemetry that tells an agent the same.
namespace support {

using namespace std::chrono_literals;
using decision::Capacity;
using simulation::WorkloadTrace;

constexpr std::size_t start_slot = 14 * 1440;  // a Monday after two weeks

inline Value with_bounds(Value v) { return v.set("minimum", 1).set("maximum", 4); }

inline std::unique_ptr<decision::ScalingPolicy> build(const Registries& r, const std::string& kind,
                                                      const Value& options) {
  auto made = r.policies.build(kind, options);
  auto* scaling = dynamic_cast<decision::ScalingPolicy*>(made.release());
  if (scaling == nullptr) throw std::logic_error(kind + " does not scale");
  return std::unique_ptr<decision::ScalingPolicy>(scaling);
}

/// A working day with half an hour of which nothing is known.
inline WorkloadTrace rooms() {
  WorkloadTrace t = simulation::operating_rooms({.weeks = 3, .seed = 5});
  t.load.resize(start_slot + 1440);
  for (std::size_t i = 0; i < 30; ++i) t.load[start_slot + 11 * 60 + i] = std::nan("");
  return t;
}

struct Simulated {
  std::vector<decision::ScalingInput> inputs{};
  std::vector<decision::ScalingDecision> decisions{};
};

inline Simulated simulate_day(const WorkloadTrace& trace,
                              std::unique_ptr<decision::ScalingPolicy> inner) {
  Overheard policy(std::move(inner));
  simulation::SimulationOptions o;
  o.start_slot = start_slot;
  o.slots = 1440;
  o.latencies = simulation::Latencies::exact;
  o.startup_slots = 3;
  std::unique_ptr<simulation::ForecastSource> source;
  if (policy.needs().horizon > Duration(0)) {
    simulation::ModelSourceOptions m;
    m.first = start_slot;
    m.last = start_slot + 1439;
    m.refit_every = 0;
    m.quantile = policy.needs().quantile;
    source = value_or_throw(simulation::ModelSource::make(
        trace, [] { return std::make_unique<model::DayProfile>(model::DayProfileOptions{"load"}); },
        m));
  }
  (void)simulation::simulate(trace, Capacity::from_throughput(5, 19), policy, source.get(), o);
  return {policy.inputs, policy.decisions};
}

/// What sensors would have seen of it: load, latency and how many serve, minute by minute.
inline telemetry::Frame telemetry_of(const WorkloadTrace& trace, const Simulated& s) {
  std::vector<std::int64_t> times;
  std::vector<double> load(trace.load.begin(), trace.load.end()), latency, ready;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    times.push_back(to_ns(trace.time(i)));
    const bool seen = i >= start_slot;
    latency.push_back(seen ? s.inputs.at(i - start_slot).latency : std::nan(""));
    ready.push_back(seen ? static_cast<double>(s.inputs.at(i - start_slot).ready) : std::nan(""));
  }
  return value_or_throw(
      telemetry::Frame::make(std::move(times), {{"load", {}, "", std::move(load), {}},
                                                {"p95", {}, "", std::move(latency), {}},
                                                {"ready", {}, "", std::move(ready), {}}}));
}

inline void set_up(ScalingFixture& f, agent::ScalingPolicyFactory make) {
  f.parts.make_scaling = std::move(make);
  f.parts.scaling.latency = "p95";
  f.parts.scaling.ready = "ready";
  f.parts.make_model = [] {
    return std::make_unique<model::DayProfile>(model::DayProfileOptions{"load"});
  };
  f.parts.forecast.training = std::chrono::minutes(start_slot + 1);
}

/// One of each kind of policy.
struct Case {
  std::string kind;
  Value options;
};

inline std::vector<Case> cases() {
  const auto object = [] { return Value::object(); };
  return {
      {"reactive", with_bounds(object())},
      {"reactive_memory", with_bounds(object())},
      {"predictive", with_bounds(object().set("throughput", 5.0).set("quantile", 0.75))},
      {"hybrid", with_bounds(object().set("throughput", 5.0).set("cooldown_down", "10m"))},
      {"hpa",
       with_bounds(object().set(
           "metrics",
           Value(Value::Array{
               object().set("name", "load").set("target", 4.0).set("kind", "average_value")})))},
      {"step", with_bounds(object()
                               .set("metric", "load_per_instance")
                               .set("steps", Value(Value::Array{
                                                 object().set("from", 5.0).set("change", 1),
                                                 object().set("to", 1.5).set("change", -1)})))},
      {"schedule",
       with_bounds(object().set(
           "periods", Value(Value::Array{
                          object().set("from", "07:00").set("to", "17:00").set("replicas", 2)})))}};
}

/// A decision of the journal in one line, without its id.
inline std::string decided_line(const journal::Entry& e) {
  const Value* details = e.body.find("details");
  std::string out = e.body.get("rule", "");
  for (const char* name : {"current", "wish", "replicas", "load", "planned", "raw_forecast"}) {
    const Value* v = details == nullptr ? nullptr : details->find(name);
    out +=
        v == nullptr || !v->is_number() ? std::string(" -") : " " + std::to_string(v->as_double());
  }
  return out;
}

}  // namespace support
