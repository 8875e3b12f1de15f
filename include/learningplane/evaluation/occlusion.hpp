#pragma once
#include <span>
#include <vector>

#include "learningplane/evaluation/window_block.hpp"
#include "learningplane/result.hpp"

namespace learningplane::evaluation {

/// What stands in for hidden cells.
enum class Fill {
  window_mean,  ///< the mean of the column within the window: hides shape, keeps level
  usual         ///< the mean of the cell over all windows: hides both
};

/// forecast - forecast with the block hidden, over the windows looked at.
struct BlockOcclusion {
  std::vector<double> each{};
  double mean = 0;      ///< above zero: what stands in the block raises the forecast
  double absolute = 0;  ///< mean of the absolute values
  double deviation = 0;
};

/// Hides one block after the other. Looked at where a spike follows, this says what announces it.
/// Cost: (blocks + 1) x looked-at predictions and one copy of those windows.
/// @param looked_at numbers of windows; empty: all
/// @return not_enough_data (no window), unknown_data (a forecast is not finite)
Result<std::vector<BlockOcclusion>> occlusion(const Predictor& predict,
                                              const model::WindowView& windows,
                                              std::span<const Block> blocks,
                                              Fill fill = Fill::window_mean,
                                              std::span<const std::size_t> looked_at = {});

}  // namespace learningplane::evaluation
