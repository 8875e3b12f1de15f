#pragma once
#include <span>
#include <vector>

#include "learningplane/evaluation/window_block.hpp"
#include "learningplane/model/ridge.hpp"
#include "learningplane/result.hpp"

namespace learningplane::evaluation {

/// A forecast as a sum: constant + one part for each block.
struct Components {
  std::vector<double> values{};
  double constant = 0;
  double forecast = 0;
};

/// A ridge model's own sum: weight x standardised (and, where it clips, clipped) value, block by
/// block; the constant is its intercept. Cost: lags x columns products a window.
/// @param step 1 to the model's horizon
/// @param blocks each cell in exactly one @throws LogicError shapes, step, blocks, unfitted
std::vector<Components> ridge_components(const model::Ridge& model,
                                         const model::WindowView& windows, std::size_t step,
                                         std::span<const Block> blocks);

/// The sum of any additive model: what each block alone changes at the baseline; the constant is
/// the baseline's forecast. Cost: (blocks + 2) predictions a window.
/// @return unsupported where the parts do not sum to the forecast to 1e-6 of its size
/// @throws LogicError shapes, blocks
Result<std::vector<Components>> additive_components(const Predictor& predict,
                                                    const model::WindowView& windows,
                                                    std::span<const double> baseline,
                                                    std::span<const Block> blocks);

}  // namespace learningplane::evaluation
