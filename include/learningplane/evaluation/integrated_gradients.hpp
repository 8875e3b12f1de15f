#pragma once
#include <span>
#include <vector>

#include "learningplane/evaluation/window_block.hpp"
#include "learningplane/result.hpp"

namespace learningplane::evaluation {

/// Slopes by central differences: 2 x lags x columns predictions for each window asked for.
/// @param steps how far each cell is moved, above zero (a small share of what it varies by); one
/// for each cell of a window
Gradient central_differences(Predictor predict, std::vector<double> steps);
/// Steps for central_differences(): `share` of the standard deviation of each cell over the
/// windows (`share` itself where it is constant).
std::vector<double> difference_steps(const model::WindowView& windows, double share = 1e-3);

/// What each cell of one window adds to the forecast on the way from a baseline.
struct IntegratedGradients {
  std::vector<double> values{};  ///< lags x columns
  double forecast = 0;
  double baseline = 0;  ///< the forecast of the baseline
  /// sum of the values - (forecast - baseline): zero but for the error of the trapezoid
  double gap = 0;
};

/// (x - x0) times the mean slope on the straight line from x0 to x, by the trapezoid rule. Cost:
/// (steps + 1) slopes for each window, asked for together.
/// @param windows to explain
/// @param baseline lags x columns: the mean window, zeros
/// @param steps of the trapezoid, 1 or more
/// @return not_enough_data (no window), unknown_data (a slope or forecast is not finite)
/// @throws LogicError shapes
Result<std::vector<IntegratedGradients>> integrated_gradients(const Predictor& predict,
                                                              const Gradient& gradient,
                                                              const model::WindowView& windows,
                                                              std::span<const double> baseline,
                                                              std::size_t steps = 64);

}  // namespace learningplane::evaluation
