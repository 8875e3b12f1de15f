#include "simulation/lineup_parts.hpp"

#include <algorithm>

#include "learningplane/error.hpp"

namespace learningplane::simulation {

namespace {
std::size_t slots_of(Duration d, Duration slot) {
  return static_cast<std::size_t>((d + slot - Duration(1)) / slot);
}
}  // namespace

std::unique_ptr<decision::ScalingPolicy> build(const LineupEntry& entry,
                                               const Registries& registries) {
  std::unique_ptr<decision::Policy> policy = registries.policies.build(entry.kind, entry.options);
  auto* scaling = dynamic_cast<decision::ScalingPolicy*>(policy.get());
  if (scaling == nullptr)
    throw ConfigError("", "policy", entry.kind, "a policy that says how many instances");
  policy.release();
  return std::unique_ptr<decision::ScalingPolicy>(scaling);
}

LineupEntry at_step(LineupEntry entry, Duration slot, const Registries& registries) {
  for (const Parameter& p : registries.policies.manifest(entry.kind).parameters) {
    if (p.name == "step" && p.type == ParameterType::duration &&
        entry.options.find("step") == nullptr)
      entry.options.set("step", format_duration(slot));
  }
  return entry;
}

std::unique_ptr<model::Forecaster> make_forecaster(const LineupOptions& o, std::size_t horizon,
                                                   const Registries& registries) {
  Value options = o.forecaster_options;
  if (options.find("target") == nullptr) options.set("target", "load");
  for (const Parameter& p : registries.forecasters.manifest(o.forecaster).parameters) {
    if (p.name == "horizon" && options.find("horizon") == nullptr) options.set("horizon", horizon);
  }
  return registries.forecasters.build(o.forecaster, options);
}

std::unique_ptr<ForecastSource> model_source(const WorkloadTrace& trace, const LineupOptions& o,
                                             const decision::ScalingNeeds& needs,
                                             const Registries& registries) {
  ModelSourceOptions m;
  const SimulationOptions& s = o.simulation;
  m.first = s.start_slot;
  m.last = std::min(trace.size(), s.start_slot + s.slots) - 1;
  m.every = o.forecast_every;
  m.horizon = slots_of(needs.horizon, trace.slot);
  m.refit_every = o.refit_every;
  m.from = s.start_slot > o.train_slots ? s.start_slot - o.train_slots : 0;
  m.quantile = needs.quantile;
  return value_or_throw(ModelSource::make(
      trace, [&] { return make_forecaster(o, m.horizon + m.every - 1, registries); }, m));
}

}  // namespace learningplane::simulation
