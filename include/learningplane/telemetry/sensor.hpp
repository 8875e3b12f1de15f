#pragma once
#include <string>

#include "learningplane/telemetry/frame.hpp"

namespace learningplane::telemetry {

/// The time asked for: begin <= t < end. A step of zero means the source's own sampling.
struct Window {
  TimePoint begin{};
  TimePoint end{};
  Duration step{0};
};

/// Whatever can be observed over a time window: a telemetry source, a tracker's runs, a function.
/// Thread rule: one read at a time per object; different objects may be read at once.
class Sensor {
 public:
  Sensor() = default;
  Sensor(const Sensor&) = delete;
  Sensor& operator=(const Sensor&) = delete;
  virtual ~Sensor() = default;

  /// What is known of the window. Checks the window, turns exceptions into failures and cuts rows
  /// outside the window, so that implementers need not. An empty frame means "nothing there", which
  /// is not zero.
  Result<Frame> read(const Window& window);
  /// For messages and the journal: "prometheus(http://…)", without secrets.
  virtual std::string describe() const = 0;

 protected:
  virtual Result<Frame> do_read(const Window& window) = 0;
};

}  // namespace learningplane::telemetry
