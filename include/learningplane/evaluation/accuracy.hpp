#pragma once
#include <cstddef>
#include <span>

namespace learningplane::evaluation {

/// Plain scores of forecasts against the truth. Pairs in which either is not finite are passed
/// over; the result is NaN where no pair remains. All throw LogicError where lengths differ.

/// Pairs in which both are known; the others are what a score passes over.
std::size_t known_pairs(std::span<const double> forecast, std::span<const double> truth);

/// Mean absolute error, in the target's unit.
double mae(std::span<const double> forecast, std::span<const double> truth);
/// Mean squared error, in the target's unit squared.
double mse(std::span<const double> forecast, std::span<const double> truth);
/// Root of mse().
double rmse(std::span<const double> forecast, std::span<const double> truth);
/// Mean of forecast - truth: above zero where too much was forecast.
double bias(std::span<const double> forecast, std::span<const double> truth);
/// 1 - mse / variance of the truth; NaN where the truth is constant.
double r2(std::span<const double> forecast, std::span<const double> truth);

/// Mean of |error| / |truth|, as a share (0.1 = 10 %). Pairs whose truth is zero have no percentage
/// and are passed over: zero_truths() counts them.
double mape(std::span<const double> forecast, std::span<const double> truth);
/// Mean of 2 |error| / (|truth| + |forecast|), from 0 to 2. A pair of two zeros is no error, 0.
double smape(std::span<const double> forecast, std::span<const double> truth);
/// Known pairs whose truth is zero.
std::size_t zero_truths(std::span<const double> forecast, std::span<const double> truth);

/// What mase() divides by: the mean absolute error of the seasonal naive forecast on `training`.
/// A season longer than half of it, or of 0, counts as 1; where the result is below 1e-9 (a
/// constant series) it is the mean of |training|, at least 1e-9. NaN where nothing is known.
double seasonal_scale(std::span<const double> training, std::size_t season);
/// mae() / scale. @throws LogicError where scale is not above zero (NaN gives NaN)
double mase(std::span<const double> forecast, std::span<const double> truth, double scale);

/// Mean pinball (quantile) loss: level e where the truth is e above, (1 - level) e where it is e
/// below. @throws LogicError where level is outside (0, 1)
double pinball(std::span<const double> quantile, std::span<const double> truth, double level);
/// Share of truths at or below the quantile; within 1e-9, as in the accuracy panel.
double coverage(std::span<const double> upper, std::span<const double> truth);
/// Share of truths within [lower, upper].
double coverage(std::span<const double> lower, std::span<const double> upper,
                std::span<const double> truth);
/// Mean of upper - lower, in the target's unit.
double interval_width(std::span<const double> lower, std::span<const double> upper);

}  // namespace learningplane::evaluation
