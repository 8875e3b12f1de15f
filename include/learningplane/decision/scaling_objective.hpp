#pragma once
#include "learningplane/registry.hpp"

namespace learningplane::decision {

/// What the service promises: this latency at this quantile. Policies react outside the tolerance.
struct ScalingObjective {
  double latency = 20;     ///< in the unit of the observed latencies, above 0
  double tolerance = 0.1;  ///< share of it, in [0, 1)
  double quantile = 0.95;  ///< in (0, 1)

  double upper() const { return latency * (1 + tolerance); }
  double lower() const { return latency * (1 - tolerance); }
};
/// @throws ConfigError naming the option
void check(const ScalingObjective& objective);
std::vector<Parameter> objective_parameters();
ScalingObjective objective_from(const Value& checked);
Value to_value(const ScalingObjective& objective);

}  // namespace learningplane::decision
