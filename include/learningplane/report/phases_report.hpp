#pragma once
#include <string>
#include <utility>
#include <vector>

#include "learningplane/profiling/next_phase.hpp"
#include "learningplane/profiling/phase_statistics.hpp"

namespace learningplane::report {

/// What the page of phases shows.
struct PhasesReport {
  std::string source{};  ///< where the rows came from
  std::string model{};   ///< where the phases came from; empty: they were learned on these rows
  profiling::PhaseOptions options{};
  profiling::PhaseData data{};
  std::vector<profiling::PhaseLabels> labels{};  ///< of the data, sequence by sequence
  profiling::PhaseStatistics statistics{};       ///< of the same
  Value fit{};  ///< how they were learned on these rows, as to_value(PhaseFit) has it; else null
  /// How well what comes next was foreseen, by method, where that was asked.
  std::vector<std::pair<std::string, profiling::NextPhaseScore>> next{};
  std::size_t sequences = 24;  ///< most that are drawn: the longest; all are counted
};

/// As JSON; series are thinned to what a screen shows, so that the page stays small whatever the
/// number of rows. @throws LogicError where data, labels and statistics do not fit
Value to_value(const PhasesReport& report);
/// One HTML page that needs nothing else: series with their phases, how usage lies in each, how
/// long they last, which follows which, why so many, and how well the next one is foreseen.
std::string to_html(const PhasesReport& report);

}  // namespace learningplane::report
