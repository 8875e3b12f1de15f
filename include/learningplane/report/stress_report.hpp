#pragma once
#include <string>

#include "learningplane/stress/stress_check.hpp"
#include "learningplane/stress/stress_profile.hpp"
#include "learningplane/stress/stress_schedule.hpp"

namespace learningplane::report {

/// What the page of a run of stress shows.
struct StressReport {
  std::string recording{};          ///< where it came from
  stress::StressProfile profile{};  ///< of the source
  stress::StressSchedule schedule{};
  stress::StressCheck check{};  ///< of the recording against both
};

/// As JSON; series are thinned to what a screen shows.
Value to_value(const StressReport& report);
/// One HTML page that needs nothing else: load planned and measured over time, phase shares,
/// durations and arrivals beside the source's, and the figures of the check.
std::string to_html(const StressReport& report);

}  // namespace learningplane::report
