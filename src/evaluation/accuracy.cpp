#include "learningplane/evaluation/accuracy.hpp"

#include <algorithm>
#include <vector>

#include "evaluation/pairs.hpp"

namespace learningplane::evaluation {

using detail::each_pair;
using detail::mean_of;
using detail::unknown;

namespace {

constexpr double tolerance = 1e-9;

/// Mean distance of values `season` apart, both known.
double naive_error(std::span<const double> y, std::size_t season) {
  if (y.size() <= season) return unknown;
  return mae(y.first(y.size() - season), y.subspan(season));
}

}  // namespace

std::size_t known_pairs(std::span<const double> forecast, std::span<const double> truth) {
  return each_pair(forecast, truth, [](double, double) {});
}

double mae(std::span<const double> forecast, std::span<const double> truth) {
  return mean_of(forecast, truth, [](double f, double t) { return std::abs(f - t); });
}

double mse(std::span<const double> forecast, std::span<const double> truth) {
  return mean_of(forecast, truth, [](double f, double t) { return (f - t) * (f - t); });
}

double rmse(std::span<const double> forecast, std::span<const double> truth) {
  return std::sqrt(mse(forecast, truth));
}

double bias(std::span<const double> forecast, std::span<const double> truth) {
  return mean_of(forecast, truth, [](double f, double t) { return f - t; });
}

double r2(std::span<const double> forecast, std::span<const double> truth) {
  const double mean = mean_of(forecast, truth, [](double, double t) { return t; });
  const double variance =
      mean_of(forecast, truth, [mean](double, double t) { return (t - mean) * (t - mean); });
  return variance > 0 ? 1 - mse(forecast, truth) / variance : unknown;
}

double mape(std::span<const double> forecast, std::span<const double> truth) {
  double sum = 0;
  std::size_t n = 0;
  each_pair(forecast, truth, [&](double f, double t) {
    if (t == 0) return;
    sum += std::abs((f - t) / t);
    ++n;
  });
  return n == 0 ? unknown : sum / static_cast<double>(n);
}

double smape(std::span<const double> forecast, std::span<const double> truth) {
  return mean_of(forecast, truth, [](double f, double t) {
    const double size = std::abs(f) + std::abs(t);
    return size > 0 ? 2 * std::abs(f - t) / size : 0;
  });
}

std::size_t zero_truths(std::span<const double> forecast, std::span<const double> truth) {
  std::size_t zeros = 0;
  each_pair(forecast, truth, [&zeros](double, double t) { zeros += t == 0 ? 1 : 0; });
  return zeros;
}

double seasonal_scale(std::span<const double> training, std::size_t season) {
  const bool fits = season > 0 && training.size() > 2 * season;
  const double error = naive_error(training, fits ? season : 1);
  if (error > tolerance) return error;
  const std::vector<double> zeros(training.size(), 0.0);
  const double size = mae(zeros, training);
  return std::isfinite(size) ? std::max(size, tolerance) : unknown;
}

double mase(std::span<const double> forecast, std::span<const double> truth, double scale) {
  if (scale <= 0) throw LogicError("mase: the scale is " + std::to_string(scale));
  return mae(forecast, truth) / scale;
}

double pinball(std::span<const double> quantile, std::span<const double> truth, double level) {
  if (!(level > 0 && level < 1))
    throw LogicError("pinball: the level " + std::to_string(level) + " is outside (0, 1)");
  return mean_of(quantile, truth, [level](double q, double t) {
    return t >= q ? level * (t - q) : (1 - level) * (q - t);
  });
}

double coverage(std::span<const double> upper, std::span<const double> truth) {
  return mean_of(upper, truth, [](double q, double t) { return t <= q + tolerance ? 1.0 : 0.0; });
}

double coverage(std::span<const double> lower, std::span<const double> upper,
                std::span<const double> truth) {
  if (lower.size() != truth.size() || upper.size() != truth.size())
    throw LogicError("coverage: bounds and truth differ in length");
  // A truth that is not above the upper bound and not below the lower one, where all three are
  // known.
  std::size_t n = 0, inside = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!std::isfinite(lower[i]) || !std::isfinite(upper[i]) || !std::isfinite(truth[i])) continue;
    ++n;
    if (truth[i] >= lower[i] - tolerance && truth[i] <= upper[i] + tolerance) ++inside;
  }
  return n == 0 ? unknown : static_cast<double>(inside) / static_cast<double>(n);
}

double interval_width(std::span<const double> lower, std::span<const double> upper) {
  return mean_of(upper, lower, [](double high, double low) { return high - low; });
}

}  // namespace learningplane::evaluation
