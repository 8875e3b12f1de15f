#include "learningplane/telemetry/function_sensor.hpp"

namespace learningplane::telemetry {

FunctionSensor::FunctionSensor(std::string name, Function function)
    : name_(std::move(name)), function_(std::move(function)) {
  if (!function_)
    throw ConfigError("", "function", name_, "hand over something that can be called");
}

}  // namespace learningplane::telemetry
