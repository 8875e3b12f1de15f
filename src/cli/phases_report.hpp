#pragma once
#include <string>
#include <utility>
#include <vector>

#include "learningplane/profiling/next_phase.hpp"

namespace learningplane::cli {

/// How well the next phase was foreseen, by method.
using NextScores = std::vector<std::pair<std::string, profiling::NextPhaseScore>>;

/// Of each method ("markov", "mlp"), learned on the first half of every sequence.
NextScores next_scores(const std::vector<std::string>& methods, std::size_t ahead,
                       const profiling::PhaseData& data,
                       const std::vector<profiling::PhaseLabels>& labels, std::size_t k);
Value to_value(const NextScores& scores);

/// The page that was asked for.
struct PhasesPage {
  std::string path{};   ///< empty: none
  std::string data{};   ///< files that were read
  std::string model{};  ///< file of the phases; empty: they were learned now
};
/// Writes the page of rows, which it takes, where one was asked for.
/// @param labels of the rows; empty: they are told here
void write_report(const PhasesPage& page, const profiling::Phases& phases,
                  profiling::PhaseData data, std::vector<profiling::PhaseLabels> labels = {},
                  Value fit = {}, NextScores next = {});

}  // namespace learningplane::cli
