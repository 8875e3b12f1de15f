#include "simulation_options.hpp"

namespace learningplane::python {

using namespace simulation;

std::size_t size_of(const Value& v, const char* key, std::size_t fallback) {
  const std::int64_t n = v.get(key, static_cast<std::int64_t>(fallback));
  if (n < 0) throw ConfigError("", key, std::to_string(n), "0 or more");
  return static_cast<std::size_t>(n);
}

namespace {

Duration duration_of(const Value& v, const char* key, Duration fallback) {
  const std::string text = v.get(key, "");
  return text.empty() ? fallback : value_or_throw(parse_duration(text));
}

SimulationOptions simulation_options(const Value& v) {
  SimulationOptions s;
  s.protocol = protocol_from(v.get("protocol", "honest"));
  s.seed = size_of(v, "seed", 0);
  s.start_slot = size_of(v, "start_slot", s.start_slot);
  s.slots = size_of(v, "slots", s.slots);
  s.streams = v.get("streams", s.streams);
  s.frames_per_second = v.get("frames_per_second", s.frames_per_second);
  s.latencies = v.get("exact", false) ? Latencies::exact : Latencies::sampled;
  s.sample_share = v.get("sample_share", s.sample_share);
  s.objective_quantile = v.get("objective_quantile", s.objective_quantile);
  s.penalty_mean = v.get("penalty_mean", s.penalty_mean);
  s.penalty_deviation = v.get("penalty_deviation", s.penalty_deviation);
  s.first_instances = v.get("first_instances", s.first_instances);
  s.startup_slots = size_of(v, "startup_slots", 0);
  s.failure_probability = v.get("failure_probability", 0.0);
  s.arrivals = v.get("arrivals", false);
  s.price = v.get("price", 0.0);
  s.watts = v.get("watts", 0.0);
  s.watts_per_stream = v.get("watts_per_stream", 0.0);
  if (const Value* bounds = v.find("bounds")) {
    if (bounds->as_array().size() != s.bounds.size())
      throw ConfigError("", "bounds", std::to_string(bounds->as_array().size()) + " of them",
                        "three latencies");
    for (std::size_t i = 0; i < s.bounds.size(); ++i)
      s.bounds[i] = bounds->as_array()[i].as_double();
  }
  return s;
}

}  // namespace

LineupOptions lineup_options(const Value& v) {
  LineupOptions o;
  o.simulation = simulation_options(v);
  o.capacity_file = v.get("latency", "");
  o.window = duration_of(v, "window", o.window);
  o.reactive_window = duration_of(v, "reactive_window", o.reactive_window);
  o.forecaster = v.get("model", o.forecaster.c_str());
  if (const Value* options = v.find("model_options")) o.forecaster_options = *options;
  o.train_slots = size_of(v, "train_slots", o.train_slots);
  o.forecast_every = size_of(v, "forecast_slots", o.forecast_every);
  o.refit_every = size_of(v, "refit_slots", o.refit_every);
  o.threads = size_of(v, "threads", 0);
  return o;
}

WorkloadTrace trace_of(const Workload& workload) {
  const auto& [load, start_ns, slot_ns] = workload;
  WorkloadTrace trace;
  trace.start = from_ns(start_ns);
  trace.slot = Duration(slot_ns);
  trace.load = to_buffer<double>(load).to_vector();
  return trace;
}

}  // namespace learningplane::python
