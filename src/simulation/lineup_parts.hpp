#pragma once
#include <memory>

#include "learningplane/simulation/lineup.hpp"

namespace learningplane::simulation {

/// @throws ConfigError where it is no scaling policy
std::unique_ptr<decision::ScalingPolicy> build(const LineupEntry& entry,
                                               const Registries& registries);
/// A policy whose steps are not said decides once a slot.
LineupEntry at_step(LineupEntry entry, Duration slot, const Registries& registries);
/// The options' model, learning `horizon` steps where that is an option of it.
std::unique_ptr<model::Forecaster> make_forecaster(const LineupOptions& options,
                                                   std::size_t horizon,
                                                   const Registries& registries);
/// The forecasts of the options' model that such a policy needs. @throws Error
std::unique_ptr<ForecastSource> model_source(const WorkloadTrace& trace, const LineupOptions& o,
                                             const decision::ScalingNeeds& needs,
                                             const Registries& registries);

}  // namespace learningplane::simulation
