#pragma once
#include "learningplane/actuator/actuator.hpp"
#include "learningplane/decision/policy.hpp"
#include "learningplane/model/model.hpp"
#include "learningplane/registry.hpp"
#include "learningplane/telemetry/sensor.hpp"
#include "learningplane/trigger/build.hpp"

namespace learningplane {

/// What a builder may need besides its options.
struct BuildContext {
  const Clock* clock = nullptr;  ///< outlives what is built
  std::string base_dir;  ///< relative paths in options start here; empty: the working directory
};

/// Everything that can be built by name. An object: fill it with builtins(), add your own, hand it
/// to the agent.
struct Registries {
  Registry<telemetry::Sensor, const BuildContext&> sensors{"sensor"};
  Registry<model::Forecaster> forecasters{"model"};
  Registry<decision::Policy> policies{"policy"};
  Registry<actuator::Actuator, const BuildContext&> actuators{"actuator"};
  trigger::TriggerRegistry triggers{"trigger"};  ///< trigger::build() builds from a configuration
};

/// Adds what the core brings: csv, procfs, naive, seasonal_naive, ridge, nlinear, lstm, placement,
/// recording, interval …
void register_core(Registries& registries);
/// Adds what the net library brings: prometheus, sqlite, kubernetes …
void register_net(Registries& registries);

}  // namespace learningplane
