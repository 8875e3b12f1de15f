#pragma once
#include <limits>
#include <vector>

#include "learningplane/time.hpp"

namespace learningplane::decision {

/// What one instance used at a time. NaN: not known, never zero.
struct UsageSample {
  TimePoint at{};
  double cpu_cores = std::numeric_limits<double>::quiet_NaN();
  double memory_bytes = std::numeric_limits<double>::quiet_NaN();
};

/// CPU and memory of one instance: a limit, a request. NaN: not known.
struct Size {
  double cpu_cores = std::numeric_limits<double>::quiet_NaN();
  double memory_bytes = std::numeric_limits<double>::quiet_NaN();
};

/// An instance was killed because it wanted more memory than it had.
struct OutOfMemory {
  TimePoint at{};
  double memory_bytes = std::numeric_limits<double>::quiet_NaN();  ///< its limit then
};

/// What a sizing policy may look at. Plain values: live agent and replay fill it alike.
struct SizingInput {
  TimePoint at{};
  Size current{};    ///< the limits in effect
  Size requested{};  ///< what the user asked for
  /// In the order of time. A policy remembers what it has seen and passes over it, so that a live
  /// agent may give a look-back each time: after a restart it fills the memory again.
  std::vector<UsageSample> usage{};
  std::vector<OutOfMemory> out_of_memory{};  ///< the same rule
  std::vector<UsageSample> future{};  ///< of the coming horizon, for the oracle; a replay knows it
};

}  // namespace learningplane::decision
