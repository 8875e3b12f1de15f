#pragma once
#include <cstdint>
#include <vector>

#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::stress {

/// What all jobs of a recording did together, reading by reading. NaN: of a job that ran it is not
/// known. Where no job ran it is zero.
struct LoadTotals {
  std::vector<std::int64_t> times_ns{};
  std::vector<double> cpu_cores{}, memory_bytes{};
  std::vector<double> plan_cpu_cores{}, plan_memory_bytes{};
  std::vector<double> jobs{};  ///< that ran
};
/// Of what StressRun::recording() gave. @return not_found (a column)
Result<LoadTotals> load_totals(const telemetry::Frame& recording);

}  // namespace learningplane::stress
