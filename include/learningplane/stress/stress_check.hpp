#pragma once
#include <string>
#include <vector>

#include "learningplane/stress/load_totals.hpp"
#include "learningplane/stress/stress_profile.hpp"
#include "learningplane/stress/stress_schedule.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::stress {

/// One quantity of all jobs together, as it was measured against the plan.
struct PlanFit {
  double correlation = 0;  ///< NaN where one never changes
  double mean_plan = 0;
  double mean_error = 0;  ///< measured less planned, on the mean
  double mean_absolute_error = 0;
};
/// How like its source a run was.
struct StressCheck {
  std::size_t readings = 0;        ///< rows on which plan and measurement are compared
  PlanFit cpu{}, memory{};         ///< cores and bytes
  std::vector<double> source{};    ///< share of each phase at the source,
  std::vector<double> planned{};   ///< in the schedule,
  std::vector<double> measured{};  ///< and in the measured usage, cut into phases again
  double to_source = 0;            ///< total variation of measured and source shares
  double to_plan = 0;              ///< of measured and planned shares
  double plan_to_source = 0;       ///< of planned and source shares
  std::size_t rows = 0;            ///< labelled again
  double agreement = 0;            ///< share of them whose phase is the planned one
  std::size_t jobs = 0;
  double durations_ks = 0, arrivals_ks = 0;              ///< measured against the source
  double durations_ks_bound = 0, arrivals_ks_bound = 0;  ///< what chance alone gives in 95 of 100
  LoadTotals totals{};  ///< measured and planned, reading by reading
  JobTimes times{};     ///< measured, in the source's time
};
/// The figures; totals and times are left out.
Value to_value(const StressCheck& check);

/// Compares a recording of a run (StressRun::recording()) with the schedule, and cuts the measured
/// usage into phases again by the profile's own model: usage divided by the schedule's scales,
/// times multiplied by its speed. Rows in which a job ran only in part are left out of the phases.
/// @return not_found (a column), malformed (a job that is not in the schedule, a phase that cannot
/// be), invalid_argument (readings farther apart than the profile's rows, or that do not divide
/// them), not_enough_data (no reading, no row with a phase, a constant series where one is asked)
Result<StressCheck> check_run(const StressProfile& profile, const StressSchedule& schedule,
                              const telemetry::Frame& recording);

}  // namespace learningplane::stress
