#pragma once
#include <string>
#include <vector>

#include "learningplane/telemetry/sensor.hpp"

namespace learningplane::telemetry {

/// Keeps telemetry between runs. A store is a sensor too: what was written can be read back by
/// window. Thread safe. What write() acknowledged survives a crash of the process.
class Store : public Sensor {
 public:
  /// Adds a frame's known cells, and keeps the flag of imputed ones. A cell written again replaces
  /// the old one.
  /// @return how many cells were written.
  virtual Result<std::size_t> write(const Frame& frame) = 0;
  /// Removes everything before t. @return how many cells went.
  virtual Result<std::size_t> drop_before(TimePoint t) = 0;
  /// name{labels} of every series.
  virtual Result<std::vector<std::string>> series() = 0;
};

}  // namespace learningplane::telemetry
