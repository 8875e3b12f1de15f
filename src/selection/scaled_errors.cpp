#include "selection/scaled_errors.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/error_grid.hpp"

namespace learningplane::selection::detail {

namespace {

// How steeply the width follows the steps, and how much of the liveliness counts: between none (0)
// and all (1). Chosen once; docs/design/041-intervals.md says how.
constexpr double growth_power = 0.5;
constexpr double liveliness_power = 0.5;
constexpr double least_liveliness = 0.1;  // added, in units of the mean: no time is without risk
// Neighbouring steps and origins say nearly the same: of all residuals so many count for each
// origin where a level is corrected for their number.
constexpr double independent_steps = 4;
constexpr double upper_watched = 0.95;
constexpr double most_shift = 1e6;

/// How much the series moves from value to value at each place of the day, smoothed over an hour to
/// either side.
std::vector<double> liveliness_of(std::span<const double> y, std::size_t season,
                                  std::int64_t first) {
  if (season < 2 || y.size() < 2 * season) return {1};
  const auto m = static_cast<std::int64_t>(season);
  std::vector<double> sums(season, 0), counts(season, 0), out(season, 0);
  for (std::size_t i = 1; i < y.size(); ++i) {
    const std::int64_t place = (first + static_cast<std::int64_t>(i)) % m;
    const auto at = static_cast<std::size_t>(place < 0 ? place + m : place);
    sums[at] += std::abs(y[i] - y[i - 1]);
    counts[at] += 1;
  }
  double mean = 0;
  for (std::size_t p = 0; p < season; ++p) {
    sums[p] /= std::max(1.0, counts[p]);
    mean += sums[p] / static_cast<double>(season);
  }
  if (!(mean > 0) || !std::isfinite(mean)) return {1};
  const std::size_t side = std::max<std::size_t>(1, season / 24);
  for (std::size_t p = 0; p < season; ++p) {
    double sum = 0;
    for (std::size_t k = 0; k <= 2 * side; ++k)
      sum += sums[(p + season - side % season + k) % season];
    const double relative = sum / static_cast<double>(2 * side + 1) / mean;
    out[p] = std::pow(relative + least_liveliness, liveliness_power);
  }
  return out;
}

}  // namespace

ScaledErrors::ScaledErrors(const ValidationResiduals& residuals, std::span<const double> y,
                           std::size_t season, std::int64_t first)
    : liveliness_(liveliness_of(y, season, first)),
      origins_(std::max<std::size_t>(1, residuals.values.size())) {
  std::size_t steps = 0;
  for (const auto& row : residuals.values) steps = std::max(steps, row.size());
  growth_.assign(steps, 1);
  std::vector<double> counts(steps, 0), sums(steps, 0);
  const auto each = [&](auto&& visit) {
    for (std::size_t k = 0; k < residuals.values.size(); ++k) {
      const std::int64_t start = first + static_cast<std::int64_t>(residuals.origins[k]);
      for (std::size_t s = 0; s < residuals.values[k].size(); ++s) {
        const double e = residuals.values[k][s] / scale(s, start);
        if (std::isfinite(e)) visit(s, e);  // otherwise the truth is not known
      }
    }
  };
  each([&](std::size_t s, double e) {
    sums[s] += std::abs(e);
    counts[s] += 1;
  });
  double mean = 0;
  for (std::size_t s = 0; s < steps; ++s) {
    sums[s] /= std::max(1.0, counts[s]);
    if (s > 0) sums[s] = std::max(sums[s], sums[s - 1]);  // further is never surer
    mean += sums[s] / static_cast<double>(steps);
  }
  for (std::size_t s = 0; s < steps && mean > 0; ++s)
    growth_[s] = std::pow(std::max(sums[s], 1e-6 * mean) / mean, growth_power);
  each([&](std::size_t, double e) { pooled_.push_back(e); });
  std::sort(pooled_.begin(), pooled_.end());
  if (!pooled_.empty())
    reach_ =
        (pooled_at(level_asked(upper_watched)) - pooled_at(level_asked(1 - upper_watched))) / 2;
}

double ScaledErrors::scale(std::size_t step, std::int64_t start) const {
  const auto m = static_cast<std::int64_t>(liveliness_.size());
  const std::int64_t place = (start + static_cast<std::int64_t>(step)) % m;
  return growth_[std::min(step, growth_.size() - 1)] *
         liveliness_[static_cast<std::size_t>(place < 0 ? place + m : place)];
}

double ScaledErrors::pooled_at(double level) const {
  return model::detail::between(pooled_, level * static_cast<double>(pooled_.size() - 1));
}

/// The level looked up for the level asked for: corrected for the number of residuals as split
/// conformal intervals are.
double ScaledErrors::level_asked(double level) const {
  const double n = independent_steps * static_cast<double>(origins_);
  const double outer = level >= 0.5 ? level * (1 + 1 / n) : 1 - (1 - level) * (1 + 1 / n);
  return std::clamp(outer, 0.0, 1.0);
}

/// What adapt() found narrows towards the median by a factor, so that levels never cross, and
/// widens by an addend, so that no largest residual is the end.
double ScaledErrors::quantile(std::size_t step, double level, std::int64_t start) const {
  if (pooled_.empty()) return 0;
  const double shift = level >= 0.5 ? upper_ : lower_;
  const double middle = pooled_at(0.5), plain = pooled_at(level_asked(level));
  double scaled = middle + (plain - middle) * (1 + std::min(shift, 0.0));
  scaled += std::max(shift, 0.0) * reach_ * (level - 0.5) / (upper_watched - 0.5);
  return scaled * scale(step, start);
}

void ScaledErrors::widen(model::Forecast& forecast, std::span<const double> levels,
                         std::int64_t start) const {
  forecast.levels.assign(levels.begin(), levels.end());
  forecast.quantiles.clear();
  for (std::size_t step = 0; step < forecast.steps(); ++step) {
    for (const double level : levels)
      forecast.quantiles.push_back(forecast.mean[step] + quantile(step, level, start));
  }
}

void ScaledErrors::adapt(double truth, double mean, std::size_t step, std::int64_t start) {
  if (pooled_.empty()) return;
  const double upper = mean + quantile(step, upper_watched, start);
  const double lower = mean + quantile(step, 1 - upper_watched, start);
  const double above = truth > upper ? 1 : 0, below = truth < lower ? 1 : 0;
  // Where validation saw no spread at all, the first miss says what a width is.
  if (!(reach_ > 0) && above + below > 0) {
    reach_ = std::max(truth - upper, lower - truth) / scale(step, start);
  }
  upper_ = std::clamp(upper_ + pace_ * (above - (1 - upper_watched)), -1.0, most_shift);
  lower_ = std::clamp(lower_ + pace_ * (below - (1 - upper_watched)), -1.0, most_shift);
}

model::Tensors ScaledErrors::save() const {
  return {{"pooled", {{pooled_.size()}, pooled_}},
          {"growth", {{growth_.size()}, growth_}},
          {"liveliness", {{liveliness_.size()}, liveliness_}},
          {"facts", {{4}, {static_cast<double>(origins_), upper_, lower_, reach_}}}};
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
  out.liveliness_ = get("liveliness");
  const std::vector<double>& facts = get("facts");
  const auto positive = [](double v) { return v > 0; };
  if (out.pooled_.empty() || out.growth_.empty() || out.liveliness_.empty() || facts.size() != 4 ||
      !(facts[0] >= 1) || !(facts[0] < 1e9) || !(facts[3] >= 0) ||
      !std::all_of(out.growth_.begin(), out.growth_.end(), positive) ||
      !std::all_of(out.liveliness_.begin(), out.liveliness_.end(), positive) ||
      !std::is_sorted(out.pooled_.begin(), out.pooled_.end()))
    throw FormatError("the tensors of the errors cannot be used");
  out.origins_ = static_cast<std::size_t>(facts[0]);
  out.upper_ = std::clamp(facts[1], -1.0, most_shift);
  out.lower_ = std::clamp(facts[2], -1.0, most_shift);
  out.reach_ = facts[3];
  return out;
}

}  // namespace learningplane::selection::detail
