#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/result.hpp"
#include "learningplane/stress/stress_profile.hpp"
#include "learningplane/telemetry/frame.hpp"
#include "learningplane/time.hpp"

namespace learningplane::stress {

enum class Weighting {
  balanced,  ///< every profile is drawn as often as any other: rare behaviour is well represented
  frequency  ///< as often as it was seen: the phases are as frequent as at the source
};
std::string_view to_string(Weighting weighting);
/// @throws ConfigError naming what is allowed
Weighting weighting_from(std::string_view name);

struct ScheduleOptions {
  Duration length = std::chrono::hours(12);  ///< in which jobs arrive, in the source's time; > 0
  std::uint64_t seed = 1;
  Weighting weighting = Weighting::balanced;
  double speed = 1;  ///< seconds of the source in one second; above 0
  /// Cores that one unit of the source's CPU usage is; absent: so that the plan peaks at max_cores.
  std::optional<double> cpu_scale{};
  std::optional<double> memory_scale{};  ///< bytes of one unit; absent: as max_bytes says
  double max_cores = 1;                  ///< of all jobs together, where there is no cpu_scale
  double max_bytes = 512.0 * 1024 * 1024;
  double grid_s = 1;  ///< every job and step begins on a whole multiple of this; 0: anywhere
  std::size_t max_jobs = 10'000;
};

/// What a job does from `start_s` on, for `seconds`: both of the replay, not of the source.
struct StressStep {
  double start_s = 0;
  double seconds = 0;
  std::int32_t phase = 0;
  double cpu_cores = 0;
  double memory_bytes = 0;
  double end_s() const { return start_s + seconds; }
  friend bool operator==(const StressStep&, const StressStep&) = default;
};
struct StressJob {
  std::string name{};
  std::vector<StressStep> steps{};  ///< one after another without a gap
  double start_s() const { return steps.front().start_s; }
  double end_s() const { return steps.back().end_s(); }
  friend bool operator==(const StressJob&, const StressJob&) = default;
};

/// A timed plan of load.
struct StressSchedule {
  std::uint64_t seed = 0;
  Weighting weighting = Weighting::balanced;
  double speed = 1;
  double cpu_scale = 1, memory_scale = 1;
  double grid_s = 1;
  std::size_t phases = 0;         ///< how many there are
  std::vector<StressJob> jobs{};  ///< by start

  double length_s() const;    ///< until the last job has ended
  double peak_cores() const;  ///< of all jobs together
  double peak_bytes() const;
  friend bool operator==(const StressSchedule&, const StressSchedule&) = default;
};

/// Draws jobs: the time to the next one and its duration from the profile's distributions, what it
/// does from the profiles, one after another until its duration is used up, each as one of its
/// recorded examples; it comes in anywhere within the first. The same seed, the same schedule.
/// @throws ConfigError. @return not_enough_data (no job arrives in that time), too_large (max_jobs)
Result<StressSchedule> generate(const StressProfile& profile, const ScheduleOptions& options);

/// Columns cpu_cores, memory_bytes and jobs of all jobs together: the means of each step, from
/// `start` on. What simulation::read_trace() reads, and a trace player plays.
telemetry::Frame planned_load(const StressSchedule& schedule, Duration step,
                              TimePoint start = from_ns(1'704'067'200'000'000'000));

Value to_value(const StressSchedule& schedule);
/// @return unavailable
Result<void> save(const StressSchedule& schedule, const std::string& path);
/// @return not_found, unavailable, malformed (truncated, damaged, foreign, steps that cannot be),
/// unsupported (newer)
Result<StressSchedule> load_schedule(const std::string& path);

}  // namespace learningplane::stress
