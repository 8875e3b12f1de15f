#include "learningplane/decision/decaying_histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {
/// What is left of a bucket after subtractions and does not count.
constexpr double epsilon = 1e-9;
/// Half-lives after which weights are told from a new reference, lest they overflow.
constexpr double most = 100;
}  // namespace

DecayingHistogram::DecayingHistogram(DecayingHistogramOptions o) : options_(o) {
  const auto check = [](bool fine, std::string_view key, double value, std::string_view allowed) {
    if (!fine || !std::isfinite(value))
      throw ConfigError("", key, fmt::format("{}", value), allowed);
  };
  check(o.first > 0, "first", o.first, "above 0");
  check(o.ratio > 1, "ratio", o.ratio, "above 1");
  check(o.maximum > o.first, "maximum", o.maximum, "above the first bucket");
  if (o.half_life.count() <= 0)
    throw ConfigError("", "half_life", format_duration(o.half_life), "a duration above 0s");
  const double last = std::log(o.maximum * (o.ratio - 1) / o.first + 1) / std::log(o.ratio);
  weights_.assign(static_cast<std::size_t>(std::ceil(last)) + 1, 0.0);
}

std::size_t DecayingHistogram::bucket(double value) const {
  if (value < options_.first) return 0;
  const double i =
      std::log(value * (options_.ratio - 1) / options_.first + 1) / std::log(options_.ratio);
  return std::min(static_cast<std::size_t>(i), weights_.size() - 1);
}

double DecayingHistogram::begin(std::size_t bucket) const {
  return options_.first * (std::pow(options_.ratio, static_cast<double>(bucket)) - 1) /
         (options_.ratio - 1);
}

double DecayingHistogram::decay(TimePoint at) {
  if (!any_) reference_ = at;
  any_ = true;
  const auto half = static_cast<double>(options_.half_life.count());
  double age = static_cast<double>((at - reference_).count()) / half;
  if (age > most) {
    const double shrink = std::exp2(-age);
    for (double& w : weights_) w *= shrink;
    total_ *= shrink;
    reference_ = at;
    age = 0;
  }
  return std::exp2(age);
}

void DecayingHistogram::add(double value, double weight, TimePoint at) {
  const double w = weight * decay(at);
  weights_[bucket(value)] += w;
  total_ += w;
}

void DecayingHistogram::subtract(double value, double weight, TimePoint at) {
  const double w = weight * decay(at);
  double& there = weights_[bucket(value)];
  const double taken = std::min(there, w);
  there -= taken;
  if (there < epsilon * w) there = 0;
  total_ = std::max(0.0, total_ - taken);
}

double DecayingHistogram::percentile(double q) const {
  if (empty()) return 0;
  std::size_t last = weights_.size() - 1;
  while (last > 0 && weights_[last] <= 0) --last;
  double sum = 0;
  std::size_t i = 0;
  for (; i < last; ++i) {
    sum += weights_[i];
    if (sum >= q * total_) break;
  }
  return i + 1 < weights_.size() ? begin(i + 1) : begin(i);
}

void DecayingHistogram::clear() {
  std::fill(weights_.begin(), weights_.end(), 0.0);
  total_ = 0;
  any_ = false;
}

}  // namespace learningplane::decision
