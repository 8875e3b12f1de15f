#include "learningplane/features/seasonality.hpp"

#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace learningplane::features {

std::vector<double> autocorrelation(std::span<const double> y, std::size_t lags) {
  if (y.size() <= lags) return {};
  Eigen::VectorXd centred =
      Eigen::Map<const Eigen::VectorXd>(y.data(), static_cast<Eigen::Index>(y.size()));
  const double first = centred[0];
  // A constant whose mean is not exact would look like noise.
  if ((centred.array() == first).all()) return {};
  centred.array() -= centred.mean();
  const double zero = centred.squaredNorm();
  if (!std::isfinite(zero) || zero <= 0) return {};
  std::vector<double> out(lags + 1);
  for (std::size_t k = 0; k <= lags; ++k) {
    const auto n = static_cast<Eigen::Index>(y.size() - k);
    out[k] = centred.head(n).dot(centred.tail(n)) / zero;
  }
  return out;
}

bool is_seasonal(std::span<const double> y, std::size_t period) {
  constexpr double one_sided = 1.6448536269514722;
  if (period < 4 || y.size() < 2 * period) return false;
  const std::vector<double> r = autocorrelation(y, period);
  if (r.empty()) return false;
  double before = 0;
  for (std::size_t k = 1; k < period; ++k) before += r[k] * r[k];
  return std::abs(r[period]) >
         one_sided * std::sqrt((1 + 2 * before) / static_cast<double>(y.size()));
}

std::vector<double> centred_average(std::span<const double> y, std::size_t period) {
  const std::size_t half = period / 2;
  std::vector<double> out(y.size(), std::numeric_limits<double>::quiet_NaN());
  if (period == 0 || y.size() < 2 * half + 1) return out;
  const bool even = period % 2 == 0;
  const std::size_t width = 2 * half + 1;
  // A running sum in more digits than are asked for, so that it does not drift.
  long double sum = 0;
  for (std::size_t i = 0; i < width; ++i) sum += static_cast<long double>(y[i]);
  for (std::size_t t = half;; ++t) {
    const std::size_t from = t - half, to = t + half;
    const long double ends = static_cast<long double>(y[from]) + static_cast<long double>(y[to]);
    const long double weighted = even ? sum - ends / 2 : sum;
    out[t] = static_cast<double>(weighted / static_cast<long double>(period));
    if (to + 1 == y.size()) break;
    sum += static_cast<long double>(y[to + 1]) - static_cast<long double>(y[from]);
  }
  return out;
}

Result<std::vector<double>> seasonal_figure(std::span<const double> y, std::size_t period,
                                            SeasonKind kind) {
  if (period == 0) return fail(Errc::invalid_argument, "a period is 1 step or more");
  if (y.size() / 2 < period)
    return fail(Errc::not_enough_data, "two periods, " + std::to_string(2 * period) +
                                           " values, are needed; there are " +
                                           std::to_string(y.size()));
  const bool divide = kind == SeasonKind::multiplicative;
  const std::vector<double> average = centred_average(y, period);
  std::vector<double> out(period, 0), count(period, 0);
  const std::size_t half = period / 2;
  std::size_t phase = half % period;
  for (std::size_t t = half; t + half < y.size(); ++t) {
    out[phase] += divide ? y[t] / average[t] : y[t] - average[t];
    count[phase] += 1;
    if (++phase == period) phase = 0;
  }
  for (std::size_t p = 0; p < period; ++p) out[p] /= count[p];
  const double mean = std::accumulate(out.begin(), out.end(), 0.0) / static_cast<double>(period);
  for (double& s : out) {
    s = divide ? s / mean : s - mean;
    if (!std::isfinite(s))
      return fail(Errc::unknown_data, divide ? "a multiplicative season divides by zero here"
                                             : "the values grew beyond what a number can hold");
  }
  return out;
}

}  // namespace learningplane::features
