#pragma once
#include <cstddef>
#include <vector>

#include "learningplane/profiling/next_phase.hpp"

namespace learningplane::profiling {

/// Learns what comes next on the first part of every sequence and is judged on the rest, which it
/// never saw: how well phases of this application can be foreseen.
/// @param train_share of the rows of each sequence, in (0, 1)
/// @return not_enough_data (no part is long enough). @throws ConfigError, LogicError as NextPhase
Result<NextPhaseScore> holdout_next_phase(const NextPhaseOptions& options, const PhaseData& data,
                                          const std::vector<PhaseLabels>& labels, std::size_t k,
                                          double train_share = 0.5);

}  // namespace learningplane::profiling
