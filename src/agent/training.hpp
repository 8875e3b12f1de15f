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

/// The same for a long window, in parts that are handed on in the order of time, each with its end:
/// weeks of every metric of thousands of applications would not fit into memory, nor into one
/// answer. With cleaning, which looks around, it is one part. @return rows read, in all
using OnPart = std::function<void(const telemetry::Frame& part, TimePoint until)>;
Result<std::size_t> read_in_parts(AgentParts& parts, const telemetry::Window& window,
                                  const OnPart& on_part, const OnFailure& on_failure);

/// Fits, validates and publishes a model of `key`. `adopt` gets what forecasts from now on: the new
/// model, or the baseline where that was refused and there was none (`has_model`).
/// @return a report for the journal
Result<Value> train_model(AgentParts& parts, const std::string& key, const telemetry::Frame& data,
                          std::size_t horizon, bool has_model, const Adopt& adopt);

}  // namespace learningplane::agent
