#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "learningplane/result.hpp"

namespace learningplane::features {

/// r_0 … r_lags: sum of (y_t - mean)(y_{t+k} - mean) over that at lag 0. Empty where y is constant,
/// not finite or not longer than `lags`.
std::vector<double> autocorrelation(std::span<const double> y, std::size_t lags);

/// Whether |r_period| stands out at one-sided 5 %: above 1.645 sqrt((1 + 2 sum of the r_k² before
/// it) / n). Needs two periods and a period of 4 or more; false otherwise.
bool is_seasonal(std::span<const double> y, std::size_t period);

enum class SeasonKind { additive, multiplicative };

/// The centred moving average of two times `period` (of `period` where it is odd): half weights at
/// both ends. Undefined ends, period / 2 values each, are NaN.
std::vector<double> centred_average(std::span<const double> y, std::size_t period);

/// Classical decomposition: the mean over each phase of y less (or over) its centred average, made
/// to average 0 (or 1). One value a phase; phase 0 is that of y[0].
/// @return not_enough_data (two periods are needed), invalid_argument (period 0), unknown_data (a
/// division by zero, or what is not finite)
Result<std::vector<double>> seasonal_figure(std::span<const double> y, std::size_t period,
                                            SeasonKind kind);

}  // namespace learningplane::features
