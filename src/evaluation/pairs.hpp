#pragma once
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>

#include "learningplane/error.hpp"

namespace learningplane::evaluation::detail {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Calls `take(forecast, truth)` for every pair in which both are known; returns how many.
template <class Take>
std::size_t each_pair(std::span<const double> forecast, std::span<const double> truth,
                      Take&& take) {
  if (forecast.size() != truth.size())
    throw LogicError("score: " + std::to_string(forecast.size()) + " forecasts for " +
                     std::to_string(truth.size()) + " true values");
  std::size_t n = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!std::isfinite(forecast[i]) || !std::isfinite(truth[i])) continue;
    take(forecast[i], truth[i]);
    ++n;
  }
  return n;
}

/// Mean of `value(forecast, truth)` over the known pairs.
template <class Of>
double mean_of(std::span<const double> forecast, std::span<const double> truth, Of&& value) {
  double sum = 0;
  const std::size_t n = each_pair(forecast, truth, [&](double f, double t) { sum += value(f, t); });
  return n == 0 ? unknown : sum / static_cast<double>(n);
}

}  // namespace learningplane::evaluation::detail
