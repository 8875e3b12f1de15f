#include "model/boosting_features.hpp"

#include <algorithm>
#include <cmath>

namespace learningplane::model::detail {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t half_widths[] = {3, 12};  // of means around the same time a season ago

/// Every lag near by, ever fewer further back.
std::vector<std::size_t> lags_within(std::size_t rows) {
  std::vector<std::size_t> out;
  for (std::size_t lag = 1; lag < rows; lag += rows <= 12 ? 1 : std::max<std::size_t>(1, lag / 4))
    out.push_back(lag);
  return out;
}

/// The fewest seasons that are not shorter than `step`.
std::size_t whole_seasons(std::size_t step, std::size_t season) {
  return (step + season - 1) / season;
}

}  // namespace

BoostingFeatures::BoostingFeatures(Shape shape) : shape_(std::move(shape)) {
  lags_ = lags_within(shape_.lags);
  for (const std::size_t n : {3UL, 6UL, 12UL, 36UL, 144UL}) {
    if (n <= shape_.lags) means_.push_back(n);
  }
  for (const std::size_t n : {12UL, 36UL}) {
    if (n <= shape_.lags) deviations_.push_back(n);
  }
  if (!shape_.seasons.empty()) {
    for (const std::size_t n : {shape_.seasons[0] / 2, shape_.seasons[0]}) {
      if (n > (means_.empty() ? 1 : means_.back())) means_.push_back(n);
    }
  }
  // Target: lags, means, deviations, where it is not relative also the value. Others: value, lags.
  const std::size_t others = shape_.columns - 1;
  origin_width_ = (shape_.relative ? 0 : 1) + lags_.size() + means_.size() + deviations_.size() +
                  others * (1 + lags_.size());
  step_width_ = shape_.with_step ? 1 : 0;
  if (!shape_.seasons.empty())
    step_width_ += shape_.seasons.size() * (2 + std::size(half_widths)) + 2;
}

std::size_t BoostingFeatures::reach(std::size_t horizon) const {
  std::size_t out = std::max(shape_.lags, means_.empty() ? 1 : means_.back());
  for (const std::size_t m : shape_.seasons)
    out = std::max(out, whole_seasons(horizon, m) * m + half_widths[1] + 1);
  if (!shape_.seasons.empty()) {
    const std::size_t day = shape_.seasons[0];
    out = std::max(out, (whole_seasons(horizon, day) + shape_.past_seasons - 1) * day);
  }
  return out;
}

double BoostingFeatures::value(const BoostingOrigin& origin, std::size_t back,
                               std::size_t column) const {
  const std::size_t rows = origin.history.size() / shape_.columns;
  return back < rows ? origin.history[(rows - 1 - back) * shape_.columns + column] : unknown;
}

double BoostingFeatures::mean_around(const BoostingOrigin& origin, std::size_t back,
                                     std::size_t half) const {
  // NaN where it would look into the future or before the start.
  const std::size_t rows = origin.history.size() / shape_.columns;
  if (back < half || back + half >= rows) return unknown;
  const double* from =
      origin.history.data() + (rows - 1 - back - half) * shape_.columns + shape_.target;
  double sum = 0;
  for (std::size_t i = 0; i < 2 * half + 1; ++i) sum += from[i * shape_.columns];
  return sum / static_cast<double>(2 * half + 1);
}

void BoostingFeatures::write_origin(const BoostingOrigin& origin, double* row) const {
  const double last = value(origin, 0, shape_.target), zero = shape_.relative ? last : 0;
  if (!shape_.relative) *row++ = last;
  for (const std::size_t lag : lags_) *row++ = value(origin, lag, shape_.target) - zero;
  // One walk back serves all means and deviations; around the last value, so that squares of a
  // large level do not swallow small changes.
  double sum = 0, squares = 0;
  std::size_t seen = 0, mean = 0, deviation = 0;
  double* const means = row;
  double* const deviations = row + means_.size();
  std::fill_n(means, means_.size() + deviations_.size(), unknown);
  const std::size_t rows = origin.history.size() / shape_.columns;
  const std::size_t far = means_.empty() ? 0 : std::min(rows, means_.back());
  const double* from = origin.history.data() + origin.history.size() - shape_.columns;
  for (; seen < far; from -= shape_.columns) {
    const double difference = from[shape_.target] - last;
    sum += difference;
    squares += difference * difference;
    ++seen;
    const auto n = static_cast<double>(seen);
    if (mean < means_.size() && means_[mean] == seen) means[mean++] = sum / n + (last - zero);
    if (deviation < deviations_.size() && deviations_[deviation] == seen)
      deviations[deviation++] = std::sqrt(std::max(0.0, squares / n - (sum / n) * (sum / n)));
  }
  row += means_.size() + deviations_.size();
  for (std::size_t c = 0; c < shape_.columns; ++c) {
    if (c == shape_.target) continue;
    const double now = value(origin, 0, c);
    *row++ = now;
    for (const std::size_t lag : lags_)
      *row++ = value(origin, lag, c) - (shape_.relative ? now : 0);
  }
}

void BoostingFeatures::write_step(const BoostingOrigin& origin, std::size_t step,
                                  double* row) const {
  if (shape_.with_step) *row++ = static_cast<double>(step);
  if (shape_.seasons.empty()) return;
  const double last = value(origin, 0, shape_.target), zero = shape_.relative ? last : 0;
  for (const std::size_t m : shape_.seasons) {
    const std::size_t ago = whole_seasons(step, m) * m, back = ago - step;
    const double then = value(origin, back, shape_.target);
    *row++ = then - zero;
    for (const std::size_t half : half_widths) *row++ = mean_around(origin, back, half) - zero;
    *row++ = then - value(origin, ago, shape_.target);
  }
  const std::size_t day = shape_.seasons[0];
  double sum = 0, n = 0;
  const std::size_t first = whole_seasons(step, day);
  for (std::size_t k = first; k < first + shape_.past_seasons; ++k) {
    const double v = value(origin, k * day - step, shape_.target);
    if (std::isnan(v)) break;
    sum += v;
    ++n;
  }
  *row++ = n > 0 ? sum / n - zero : unknown;
  *row = std::fmod(origin.index + static_cast<double>(step), static_cast<double>(day));
}

}  // namespace learningplane::model::detail
