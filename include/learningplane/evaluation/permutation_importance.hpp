#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "learningplane/evaluation/window_block.hpp"
#include "learningplane/result.hpp"

namespace learningplane::evaluation {

/// The error whose growth counts.
enum class Loss { mae, mse };

struct PermutationOptions {
  Loss loss = Loss::mae;
  std::size_t repeats = 5;  ///< 1 or more
  std::uint64_t seed = 0;
};

/// How much worse forecasts become where one block is not known.
struct BlockImportance {
  std::vector<double> each{};  ///< loss with the block permuted - loss without, one a repeat
  double mean = 0;
  double deviation = 0;  ///< sample standard deviation over the repeats; 0 with one
};

struct PermutationImportance {
  double loss = 0;  ///< nothing permuted
  std::vector<BlockImportance> blocks{};
};

/// Gives each scored window the block of another window, drawn without return from all of them. The
/// shuffle of repeat r depends on the seed and r alone: more repeats or other blocks change nothing
/// in it. Cost: (blocks x repeats + 1) x scored predictions and one copy of the scored windows.
/// @param windows count x lags x columns
/// @param truth one number for each window
/// @param scored windows whose forecasts count; empty: all
/// @return not_enough_data (no window), unknown_data (forecast or truth not finite)
/// @throws LogicError shapes, repeats
Result<PermutationImportance> permutation_importance(const Predictor& predict,
                                                     const model::WindowView& windows,
                                                     std::span<const double> truth,
                                                     std::span<const Block> blocks,
                                                     const PermutationOptions& options = {},
                                                     std::span<const std::size_t> scored = {});

}  // namespace learningplane::evaluation
