#pragma once
#include <string>
#include <vector>

#include "learningplane/simulation/sizing_lineup.hpp"

namespace learningplane::report {

/// What the page of policies that size shows.
struct SizingReport {
  std::string source{};  ///< where the usage came from
  simulation::SizingReplayOptions options{};
  std::vector<simulation::UsageTrace> traces{};
  std::vector<simulation::SizingEntry> lineup{};
  /// Every policy on every trace, policy by policy, as compare_sizing() gives them.
  std::vector<simulation::SizingResult> results{};
  std::size_t applications = 24;  ///< most that are drawn: those that ask for most; all are scored
};

/// As JSON; series are thinned to what a screen shows. @throws LogicError where there is no result
/// of each policy on each trace
Value to_value(const SizingReport& report);
/// One HTML page that needs nothing else: the scores of every policy, what they cost against what
/// they miss, and usage and limits of an application over time.
std::string to_html(const SizingReport& report);

}  // namespace learningplane::report
