#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "learningplane/evaluation/window_block.hpp"
#include "learningplane/result.hpp"

namespace learningplane::evaluation {

struct ShapleyOptions {
  std::size_t exact_groups = 10;  ///< up to so many groups all coalitions are counted, at most 20
  std::size_t pairs = 64;         ///< above: orders and their reverses that are walked, at least;
                                  ///< rounded up so that each background window serves as often
  std::uint64_t seed = 0;
};

/// How the distance of one forecast from the usual one is shared out among groups of cells.
struct Shapley {
  std::vector<double> values{};  ///< one a group; their sum is forecast - expected
  /// Standard error of each value (0 where exact). The pairs share out the background evenly, which
  /// makes the true error no larger than this one on average.
  std::vector<double> errors{};
  double forecast = 0;
  double expected = 0;  ///< mean forecast of the background
  bool exact = false;
};

/// Shapley values where an absent group takes its cells from a background window (interventional).
/// Exact by all coalitions for few groups, otherwise by walking random orders and their reverses,
/// each pair on one background window; pair p depends on the seed and p alone. Cost, in
/// predictions: exact 2^groups x background; sampled pairs x 2 x groups.
/// @param window lags x columns, to explain
/// @param background count x lags x columns
/// @param groups every cell in exactly one of them
/// @return not_enough_data (no background), unknown_data (a forecast is not finite)
/// @throws LogicError shapes, groups that overlap or leave cells out, options
Result<Shapley> shapley(const Predictor& predict, std::span<const double> window,
                        const model::WindowView& background, std::span<const Block> groups,
                        const ShapleyOptions& options = {});

}  // namespace learningplane::evaluation
