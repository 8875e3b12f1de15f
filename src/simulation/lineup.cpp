#include "learningplane/simulation/lineup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/decision/scaling_objective.hpp"
#include "learningplane/error.hpp"
#include "simulation/lineup_parts.hpp"
#include "simulation/parallel.hpp"

namespace learningplane::simulation {

namespace {

bool takes(const Registries& registries, const std::string& kind, std::string_view option) {
  const auto& parameters = registries.policies.manifest(kind).parameters;
  return std::any_of(parameters.begin(), parameters.end(),
                     [&](const Parameter& p) { return p.name == option; });
}

/// Fills in what the comparison knows and the policy takes.
void complete(LineupEntry& entry, const LineupOptions& o, const Registries& registries) {
  const auto fill = [&](std::string_view key, Value v) {
    if (takes(registries, entry.kind, key) && entry.options.find(key) == nullptr)
      entry.options.set(key, std::move(v));
  };
  const bool own = entry.options.find("throughput") != nullptr;
  if (!o.capacity_file.empty() && !own) fill("capacity", o.capacity_file);
  const bool reactive = entry.kind == "reactive" || entry.kind == "reactive_memory";
  if (reactive) fill("window", format_duration(o.reactive_window));
  if (entry.kind == "predictive" || entry.kind == "hybrid")
    fill("window", format_duration(o.window));
  if (entry.kind == "predictive" && o.simulation.protocol == Protocol::published) {
    fill("samples", 100);
    fill("seed", static_cast<std::int64_t>(o.simulation.seed));
  }
}

Forecasts usual_forecasts(const std::string& kind, Protocol protocol) {
  if (kind != "predictive" && kind != "hybrid") return Forecasts::none;
  return protocol == Protocol::published ? Forecasts::published : Forecasts::model;
}

}  // namespace

LineupEntry lineup_entry(const std::string& name, const LineupOptions& o,
                         const decision::Capacity& capacity, const Registries& registries) {
  static const std::map<std::string, std::string, std::less<>> kinds = {
      {"vanilla", "reactive"}, {"memory", "reactive_memory"}, {"oracle", "predictive"}};
  LineupEntry entry;
  entry.name = name;
  const auto found = kinds.find(name);
  entry.kind = found == kinds.end() ? name : found->second;
  entry.forecasts =
      name == "oracle" ? Forecasts::trace : usual_forecasts(entry.kind, o.simulation.protocol);
  complete(entry, o, registries);
  // People aim at four fifths of what an instance carries.
  const decision::ScalingObjective objective;
  const double target = 0.8 * static_cast<double>(std::max<std::int64_t>(
                                  1, capacity.most_streams(objective.quantile, objective.upper())));
  if (name == "target_tracking") entry.options.set("target", target);
  if (name == "hpa")
    entry.options.set("metrics", Value(Value::Array{Value::object()
                                                        .set("name", "load")
                                                        .set("target", target)
                                                        .set("kind", "average_value")}));
  (void)build(entry, registries);  // refused now rather than in the middle of the runs
  return entry;
}

LineupEntry lineup_entry(const Value& policy, const LineupOptions& o,
                         const Registries& registries) {
  LineupEntry entry;
  entry.kind = policy.get("kind", "");
  if (entry.kind.empty()) throw ConfigError("", "kind", "", "the kind of a scaling policy");
  entry.name = policy.get("name", entry.kind.c_str());
  entry.forecasts = usual_forecasts(entry.kind, o.simulation.protocol);
  for (const auto& [key, value] : policy.as_object()) {
    if (key == "forecasts") {
      const std::string& from = value.as_string();
      if (from != "none" && from != "trace" && from != "model")
        throw ConfigError("", "forecasts", from, "none, trace or model");
      entry.forecasts = from == "none"    ? Forecasts::none
                        : from == "trace" ? Forecasts::trace
                                          : Forecasts::model;
    } else if (key != "kind" && key != "name") {
      entry.options.set(key, value);
    }
  }
  complete(entry, o, registries);
  (void)build(entry, registries);
  return entry;
}

struct Comparison::Impl {
  Impl(const WorkloadTrace& t, const decision::Capacity& c, LineupOptions o, const Registries& r)
      : trace(t),
        capacity(c),
        options(std::move(o)),
        registries(r),
        oracle(t, options.simulation.protocol == Protocol::published ? 0 : 1),
        aligned(published_forecast(t), options.simulation.start_slot) {}
  /// Policies that want the same of the model share its forecasts.
  using Key = std::pair<std::int64_t, double>;

  void make_missing(const std::map<Key, decision::ScalingNeeds>& wanted) {
    std::vector<std::pair<Key, decision::ScalingNeeds>> missing;
    for (const auto& [key, needs] : wanted) {
      if (models.find(key) == models.end()) missing.emplace_back(key, needs);
    }
    std::vector<std::unique_ptr<ForecastSource>> made(missing.size());
    parallel_for(missing.size(), options.threads, [&](std::size_t i) {
      made[i] = model_source(trace, options, missing[i].second, registries);
    });
    for (std::size_t i = 0; i < missing.size(); ++i) models[missing[i].first] = std::move(made[i]);
  }

  const WorkloadTrace& trace;
  const decision::Capacity& capacity;
  LineupOptions options;
  const Registries& registries;
  OracleSource oracle;
  AlignedSource aligned;
  std::map<Key, std::unique_ptr<ForecastSource>> models{};
};

Comparison::Comparison(const WorkloadTrace& trace, const decision::Capacity& capacity,
                       LineupOptions options, const Registries& registries) {
  check(options.simulation);
  if (options.simulation.start_slot >= trace.size())
    throw ConfigError("", "start_slot", fmt::format("{}", options.simulation.start_slot),
                      fmt::format("below the trace's {} slots", trace.size()));
  const std::size_t first = options.simulation.start_slot;
  const std::size_t last = first + std::min(options.simulation.slots, trace.size() - first);
  const auto at = [&](std::size_t slot) {
    return trace.load.begin() + static_cast<std::ptrdiff_t>(slot);
  };
  if (std::none_of(at(first), at(last), [](double v) { return std::isfinite(v); }))
    throw ConfigError(
        "", "trace", "no known load",
        fmt::format("a load that is known somewhere in slots {} to {}", first, last - 1));
  impl_ = std::make_unique<Impl>(trace, capacity, std::move(options), registries);
}

Comparison::~Comparison() = default;

std::vector<SimulationResult> Comparison::run(const std::vector<LineupEntry>& lineup,
                                              bool keep_slots) {
  const SimulationOptions& s = impl_->options.simulation;
  const bool published = s.protocol == Protocol::published;
  std::vector<WhatIf> runs;
  std::vector<Impl::Key> keys;
  std::map<Impl::Key, decision::ScalingNeeds> wanted;
  for (const LineupEntry& entry : lineup) {
    WhatIf run;
    run.trace = &impl_->trace;
    run.capacity = &impl_->capacity;
    run.name = entry.name;
    run.options = s;
    run.keep_slots = keep_slots;
    run.policy = [&entry, this] {
      return build(at_step(entry, impl_->trace.slot, impl_->registries), impl_->registries);
    };
    const decision::ScalingNeeds needs = run.policy()->needs();
    if (entry.forecasts == Forecasts::model && published)
      throw ConfigError("", "forecasts", "model",
                        "the published forecast in the published protocol; else choose honest");
    if (entry.forecasts == Forecasts::trace) run.source = &impl_->oracle;
    if (entry.forecasts == Forecasts::published) run.source = &impl_->aligned;
    keys.emplace_back(needs.horizon.count(), needs.quantile);
    if (entry.forecasts == Forecasts::model) wanted[keys.back()] = needs;
    runs.push_back(std::move(run));
  }
  impl_->make_missing(wanted);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (lineup[i].forecasts == Forecasts::model) runs[i].source = impl_->models.at(keys[i]).get();
  }
  return what_if(runs, impl_->options.threads);
}

std::vector<SimulationResult> compare(const WorkloadTrace& trace,
                                      const decision::Capacity& capacity,
                                      const std::vector<LineupEntry>& lineup,
                                      const LineupOptions& o, const Registries& registries) {
  return Comparison(trace, capacity, o, registries).run(lineup);
}

}  // namespace learningplane::simulation
