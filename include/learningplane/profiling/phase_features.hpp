#pragma once
#include <cstddef>
#include <vector>

#include "learningplane/profiling/phases.hpp"

namespace learningplane::profiling {

enum class PhaseColumns {
  index,   ///< one column `phase` that holds the number
  one_hot  ///< a column `phase_0`, `phase_1`, … for each phase that holds 1 or 0
};

/// The frame with phases as columns that a forecaster can take as inputs, beside the columns of
/// each sequence and with its labels. Rows without a phase are unknown there, not zero. In
/// corrected mode a row's phase rests on that row and earlier ones: it is known when the row is.
/// @return conflict where the frame has such columns already
Result<telemetry::Frame> with_phases(const telemetry::Frame& frame,
                                     const std::vector<PhaseLabels>& labels, std::size_t k,
                                     PhaseColumns columns = PhaseColumns::one_hot);

}  // namespace learningplane::profiling
