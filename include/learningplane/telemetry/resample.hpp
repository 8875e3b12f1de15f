#pragma once
#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::telemetry {

/// When a mean counts as imputed.
enum class ImputedWhen {
  any,  ///< one of the cells behind it is
  half  ///< at least half of them are: it rests on the made-up ones as much as on the observed
};

struct ResampleOptions {
  Duration step{0};  ///< of the grid, whose points are whole steps since 1970 UTC; above zero
  ImputedWhen imputed = ImputedWhen::half;
};

/// The mean of the known cells in each [t, t + step), stamped t. A row stands where some column is
/// known; a cell without any known one behind it is unknown and keeps the reason of the last of
/// them. @return invalid_argument (step)
Result<Frame> resample_mean(const Frame& frame, const ResampleOptions& options);

/// What a sensor answers a window with: the frame itself where the step is zero, else its means.
Result<Frame> on_grid(const Frame& frame, Duration step);

}  // namespace learningplane::telemetry
