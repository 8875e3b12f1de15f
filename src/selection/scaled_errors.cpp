#include "selection/scaled_errors.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/error_grid.hpp"

namespace learningplane::selection::detail {

namespace {

// How much of the restlessness counts, and how steeply the width follows the steps: between none
// (0) and all (1). Chosen once; docs/design/039-automatic.md says how.
constexpr double restless_share = 0.3;
constexpr double growth_power = 0.5;
// Neighbouring steps and origins say nearly the same: of all residuals so many count for each
// origin where a level is corrected for their number.
constexpr double independent_steps = 4;
constexpr double pace = 0.005;  // of the adaptive levels, a step
constexpr double upper_watched = 0.95;

double mean_change(std::span<const double> y, std::size_t window) {
  const std::size_t n = std::min(window, y.size());
  if (n < 2) return 0;
  double sum = 0;
  for (std::size_t i = y.size() - n + 1; i < y.size(); ++i) sum += std::abs(y[i] - y[i - 1]);
  return sum / static_cast<double>(n - 1);
}

}  // namespace

ScaledErrors::ScaledErrors(const ValidationResiduals& residuals, std::span<const double> y,
                           std::size_t window)
    : window_(window), origins_(std::max<std::size_t>(1, residuals.values.size())) {
  std::size_t steps = 0;
  for (const auto& row : residuals.values) steps = std::max(steps, row.size());
  std::vector<double> counts(steps, 0);
  growth_.assign(steps, 0);
  std::vector<double> changes;
  for (std::size_t k = 0; k < residuals.values.size(); ++k) {
    for (std::size_t s = 0; s < residuals.values[k].size(); ++s) {
      growth_[s] += std::abs(residuals.values[k][s]);
      counts[s] += 1;
    }
    changes.push_back(mean_change(y.first(residuals.origins[k]), window_));
    base_ += changes.back() / static_cast<double>(residuals.values.size());
  }
  double mean = 0;
  for (std::size_t s = 0; s < steps; ++s) {
    growth_[s] /= std::max(1.0, counts[s]);
    if (s > 0) growth_[s] = std::max(growth_[s], growth_[s - 1]);  // further is never surer
    mean += growth_[s] / static_cast<double>(steps);
  }
  for (double& g : growth_)
    g = mean > 0 ? std::pow(std::max(g, 1e-6 * mean) / mean, growth_power) : 1;
  for (std::size_t k = 0; k < residuals.values.size(); ++k) {
    const double ratio = base_ > 0 ? changes[k] / base_ : 1;
    const double restless = 1 + restless_share * (ratio - 1);
    for (std::size_t s = 0; s < residuals.values[k].size(); ++s)
      pooled_.push_back(residuals.values[k][s] / (growth_[s] * restless));
  }
  std::sort(pooled_.begin(), pooled_.end());
}

double ScaledErrors::restlessness(std::span<const double> y) const {
  const double ratio = base_ > 0 ? mean_change(y, window_) / base_ : 1;
  return 1 + restless_share * (ratio - 1);
}

/// The level looked up for the level asked for: corrected for the number of residuals as split
/// conformal intervals are, then by what adapt() found.
double ScaledErrors::level_asked(double level) const {
  const double n = independent_steps * static_cast<double>(origins_);
  const double outer = level >= 0.5 ? level * (1 + 1 / n) : 1 - (1 - level) * (1 + 1 / n);
  const double shift = level >= 0.5 ? upper_ * (level - 0.5) : lower_ * (level - 0.5);
  return std::clamp(outer + shift, 0.0, 1.0);
}

double ScaledErrors::quantile(std::size_t step, double level, double restlessness) const {
  if (pooled_.empty()) return 0;
  const double at = level_asked(level) * static_cast<double>(pooled_.size() - 1);
  return model::detail::between(pooled_, at) * growth_[std::min(step, growth_.size() - 1)] *
         restlessness;
}

void ScaledErrors::widen(model::Forecast& forecast, std::span<const double> levels,
                         std::span<const double> y) const {
  const double restless = restlessness(y);
  forecast.levels.assign(levels.begin(), levels.end());
  forecast.quantiles.clear();
  for (std::size_t step = 0; step < forecast.steps(); ++step) {
    for (const double level : levels)
      forecast.quantiles.push_back(forecast.mean[step] + quantile(step, level, restless));
  }
}

void ScaledErrors::adapt(double truth, double mean, std::size_t step, double restless) {
  const double upper = mean + quantile(step, upper_watched, restless);
  const double lower = mean + quantile(step, 1 - upper_watched, restless);
  const double missed_above = truth > upper ? 1 : 0, missed_below = truth < lower ? 1 : 0;
  upper_ += pace * (missed_above - (1 - upper_watched));
  lower_ += pace * (missed_below - (1 - upper_watched));
  upper_ = std::clamp(upper_, -0.1, 0.11);
  lower_ = std::clamp(lower_, -0.1, 0.11);
}

model::Tensors ScaledErrors::save() const {
  return {{"pooled", {{pooled_.size()}, pooled_}},
          {"growth", {{growth_.size()}, growth_}},
          {"facts",
           {{5},
            {base_, static_cast<double>(window_), static_cast<double>(origins_), upper_, lower_}}}};
}

ScaledErrors ScaledErrors::from(const model::Tensors& tensors) {
  const auto get = [&tensors](const char* name) -> const std::vector<double>& {
    const auto found = tensors.find(name);
    if (found == tensors.end())
      throw FormatError(std::string("the tensor 'errors.") + name + "' is absent");
    for (const double v : found->second.values) {
      if (!std::isfinite(v))
        throw FormatError(std::string("the tensor 'errors.") + name + "' is not finite");
    }
    return found->second.values;
  };
  ScaledErrors out;
  out.pooled_ = get("pooled");
  out.growth_ = get("growth");
  const std::vector<double>& facts = get("facts");
  if (out.pooled_.empty() || out.growth_.empty() || facts.size() != 5 || !(facts[1] >= 1) ||
      !(facts[1] < 1e9) || !(facts[2] >= 1) || !(facts[2] < 1e9) || !(facts[0] >= 0) ||
      !std::is_sorted(out.pooled_.begin(), out.pooled_.end()))
    throw FormatError("the tensors of the errors cannot be used");
  out.base_ = facts[0];
  out.window_ = static_cast<std::size_t>(facts[1]);
  out.origins_ = static_cast<std::size_t>(facts[2]);
  out.upper_ = std::clamp(facts[3], -0.1, 0.11);
  out.lower_ = std::clamp(facts[4], -0.1, 0.11);
  return out;
}

}  // namespace learningplane::selection::detail
