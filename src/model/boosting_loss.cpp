#include "model/boosting_loss.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::model {

std::string_view to_string(BoostingLoss loss) {
  switch (loss) {
    case BoostingLoss::squared: return "squared";
    case BoostingLoss::absolute: return "absolute";
    case BoostingLoss::huber: return "huber";
    case BoostingLoss::pinball: return "pinball";
  }
  return "squared";
}

BoostingLoss boosting_loss(std::string_view name) {
  for (const auto loss : {BoostingLoss::squared, BoostingLoss::absolute, BoostingLoss::huber,
                          BoostingLoss::pinball}) {
    if (name == to_string(loss)) return loss;
  }
  throw ConfigError("", "loss", std::string(name), "squared, absolute, huber or pinball");
}

namespace detail {

namespace {

/// Between the two neighbours of position share (n - 1) in order.
double quantile(std::vector<double>& values, double share) {
  const double position = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(position);
  const auto at = values.begin() + below;
  std::nth_element(values.begin(), at, values.end());
  const double part = position - static_cast<double>(below);
  if (part == 0) return *at;
  const double above = *std::min_element(at + 1, values.end());
  return *at + part * (above - *at);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

}  // namespace

double BoostingLossFunction::best_constant(std::vector<double>& residuals) const {
  switch (options_.loss) {
    case BoostingLoss::squared: return mean_of(residuals);
    case BoostingLoss::absolute: return quantile(residuals, 0.5);
    case BoostingLoss::pinball: return quantile(residuals, options_.level);
    case BoostingLoss::huber: break;
  }
  const double median = quantile(residuals, 0.5);
  if (!(delta_ > 0)) return median;  // before the first gradients() there is no limit yet
  double sum = 0;
  for (const double r : residuals) sum += std::clamp(r - median, -delta_, delta_);
  return median + sum / static_cast<double>(residuals.size());
}

void BoostingLossFunction::gradients(std::span<const double> truth,
                                     std::span<const double> forecast, std::span<double> out) {
  const std::size_t n = truth.size();
  switch (options_.loss) {
    case BoostingLoss::squared:
      for (std::size_t i = 0; i < n; ++i) out[i] = forecast[i] - truth[i];
      return;
    case BoostingLoss::absolute:
      for (std::size_t i = 0; i < n; ++i) out[i] = forecast[i] > truth[i] ? 1 : -1;
      return;
    case BoostingLoss::pinball:
      for (std::size_t i = 0; i < n; ++i)
        out[i] = truth[i] >= forecast[i] ? -options_.level : 1 - options_.level;
      return;
    case BoostingLoss::huber:
      scratch_.resize(n);
      for (std::size_t i = 0; i < n; ++i) scratch_[i] = std::abs(truth[i] - forecast[i]);
      delta_ = quantile(scratch_, options_.huber_share);
      for (std::size_t i = 0; i < n; ++i)
        out[i] = std::clamp(forecast[i] - truth[i], -delta_, delta_);
      return;
  }
}

double BoostingLossFunction::one(double residual) const {
  const double size = std::abs(residual);
  switch (options_.loss) {
    case BoostingLoss::squared: return residual * residual;
    case BoostingLoss::absolute: return size;
    case BoostingLoss::pinball:
      return residual >= 0 ? options_.level * size : (1 - options_.level) * size;
    case BoostingLoss::huber: break;
  }
  return size <= delta_ ? 0.5 * size * size : delta_ * (size - 0.5 * delta_);
}

double BoostingLossFunction::mean(std::span<const double> truth,
                                  std::span<const double> forecast) const {
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) sum += one(truth[i] - forecast[i]);
  return sum / static_cast<double>(truth.size());
}

}  // namespace detail

}  // namespace learningplane::model
