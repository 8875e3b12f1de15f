#pragma once
#include <vector>

#include "learningplane/simulation/lineup.hpp"

namespace learningplane::simulation {

/// What was forecast for each simulated slot, and what was not known.
struct ForecastLoops {
  std::size_t start_slot = 0;
  std::vector<double> open{};    ///< one step ahead, everything before being known
  std::vector<double> closed{};  ///< from before the first slot on, fed with its own forecasts
};

/// Forecasts of the simulated slots in an open and in a closed loop. In the honest protocol they
/// come from the options' model; in the published one the open loop is the public one-step model on
/// the true last value, and the closed loop what the published run planned on (the week before).
/// @throws Error (a forecaster that cannot be fitted)
ForecastLoops forecast_loops(const WorkloadTrace& trace, const LineupOptions& options,
                             const Registries& registries);

}  // namespace learningplane::simulation
