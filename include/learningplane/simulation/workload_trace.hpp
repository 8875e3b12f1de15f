#pragma once
#include <string>
#include <vector>

#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"
#include "learningplane/time.hpp"

namespace learningplane::simulation {

/// The load of a service, slot by slot. NaN: not known.
struct WorkloadTrace {
  TimePoint start = from_ns(1'704'067'200'000'000'000);  ///< 2024-01-01T00:00:00Z, a Monday
  Duration slot = std::chrono::minutes(1);
  std::vector<double> load{};

  std::size_t size() const { return load.size(); }
  /// When the slot begins.
  TimePoint time(std::size_t index) const {
    return start + slot * static_cast<std::int64_t>(index);
  }
  /// One column "load" over the slots [first, first + count).
  telemetry::Frame frame(std::size_t first, std::size_t count) const;
};

/// A text file with one number a line (slots of `slot` from the default start), or a CSV with a
/// time column, of which `column` is the load (empty: its only one); its times must be evenly
/// spaced. @return not_found, malformed
Result<WorkloadTrace> read_trace(const std::string& path, const std::string& column = {},
                                 Duration slot = std::chrono::minutes(1));

}  // namespace learningplane::simulation
