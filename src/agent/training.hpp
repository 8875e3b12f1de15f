#pragma once
#include <functional>
#include <memory>
#include <string>

#include "learningplane/agent/parts.hpp"

namespace learningplane::agent {

using OnFailure = std::function<void(const std::string& where, const Failure& failure)>;
using Adopt = std::function<void(std::shared_ptr<model::Forecaster>)>;

/// What all sensors see of a window, cleaned. What other sensors saw is used where one fails; a
/// failure only where nothing is left. @param on_failure hears of each sensor that fails
Result<telemetry::Frame> read_sensors(AgentParts& parts, const telemetry::Window& window,
                                      const OnFailure& on_failure);

/// Fits, validates and publishes a model of `key`. `adopt` gets what forecasts from now on: the new
/// model, or the baseline where that was refused and there was none (`has_model`).
/// @return a report for the journal
Result<Value> train_model(AgentParts& parts, const std::string& key, const telemetry::Frame& data,
                          std::size_t horizon, bool has_model, const Adopt& adopt);

}  // namespace learningplane::agent
