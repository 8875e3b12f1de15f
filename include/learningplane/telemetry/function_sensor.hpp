#pragma once
#include <functional>
#include <string>

#include "learningplane/telemetry/sensor.hpp"

namespace learningplane::telemetry {

/// Any callable as a sensor. What it throws becomes a failure; rows outside the window are cut.
class FunctionSensor final : public Sensor {
 public:
  using Function = std::function<Result<Frame>(const Window&)>;
  /// @throws ConfigError where the function is empty
  FunctionSensor(std::string name, Function function);
  std::string describe() const override { return name_; }

 protected:
  Result<Frame> do_read(const Window& window) override { return function_(window); }

 private:
  std::string name_;
  Function function_;
};

}  // namespace learningplane::telemetry
