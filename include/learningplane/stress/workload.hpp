#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "learningplane/profiling/phase_data.hpp"
#include "learningplane/result.hpp"
#include "learningplane/stress/empirical.hpp"
#include "learningplane/telemetry/frame.hpp"
#include "learningplane/time.hpp"

namespace learningplane::stress {

/// When jobs came and how long they stayed, in seconds.
struct JobTimes {
  Empirical durations{};
  Empirical interarrivals{};  ///< from the start of one job to that of the next
};
/// From (start, end) of each job in seconds, in any order. @return invalid_argument (an end before
/// its start, a time that is not known), not_enough_data (fewer than two jobs)
Result<JobTimes> job_times(std::vector<std::pair<double, double>> spans);

/// What was collected of a system: the usage of each application on an even grid, and its jobs.
struct Workload {
  std::string source{};
  double step_s = 0;             ///< of the grid
  profiling::PhaseData usage{};  ///< features cpu and memory, in the source's units
  JobTimes jobs{};
  std::size_t filled = 0;   ///< rows that were missing and stand on the line of their neighbours
  std::size_t dropped = 0;  ///< rows of pieces that were too short
  std::vector<std::string> notes{};  ///< what was left out, and why
};

struct WorkloadOptions {
  std::string cpu = "cpu";                    ///< column of the CPU usage
  std::string memory = "memory";              ///< column of the memory usage
  Duration step{0};                           ///< of the grid; zero: the data's own
  Duration max_gap{std::chrono::minutes(5)};  ///< longer ones cut the series in two
  std::size_t min_rows = 30;                  ///< of a piece; shorter ones are left out
};

/// Usage of each label set of a frame, on the grid, cut where a gap is too long. An application
/// counts as a job from its first row to its last. @return not_found (a column), invalid_argument
/// (negative usage, a step), not_enough_data (no piece is long enough), unknown_data
Result<Workload> workload_of(const telemetry::Frame& frame, const WorkloadOptions& options = {});
/// The same with jobs of their own.
Result<Workload> workload_of(const telemetry::Frame& frame, const WorkloadOptions& options,
                             JobTimes jobs);
/// Jobs of a table with a row each: start and end as seconds or ISO 8601. @return not_found,
/// malformed (file and line named), as job_times()
Result<JobTimes> read_jobs(const std::string& path, const std::string& start_column = "start",
                           const std::string& end_column = "end");

}  // namespace learningplane::stress
