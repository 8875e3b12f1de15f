#pragma once
#include "learningplane/telemetry/sensor.hpp"

namespace learningplane::telemetry {

/// A frame as a sensor: for replays, notebooks and tests. A window's step is not looked at.
class FrameSensor final : public Sensor {
 public:
  explicit FrameSensor(Frame frame, std::string name = "frame")
      : frame_(std::move(frame)), name_(std::move(name)) {}
  std::string describe() const override { return name_; }

 protected:
  Result<Frame> do_read(const Window& window) override {
    return frame_.between(window.begin, window.end);
  }

 private:
  Frame frame_;
  std::string name_;
};

}  // namespace learningplane::telemetry
