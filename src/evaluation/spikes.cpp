#include "learningplane/evaluation/spikes.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "evaluation/pairs.hpp"

namespace learningplane::evaluation {

using detail::unknown;

namespace {

void check(const SpikeOptions& o) {
  if (o.before == 0) throw LogicError("spikes: 'before' is 0; 1 or more steps are needed");
  for (const double x : {o.deviations, o.rise, o.too_low, o.too_high}) {
    if (!(x >= 0)) throw LogicError("spikes: deviations, rise, too_low and too_high are 0 or more");
  }
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? unknown : static_cast<double>(part) / static_cast<double>(whole);
}

/// One trace and its prediction, moved up by the trace's shift.
class Matcher {
 public:
  Matcher(std::vector<double> forecast, std::vector<double> truth, std::size_t lag,
          const SpikeOptions& options)
      : p_(std::move(forecast)), v_(std::move(truth)), lag_(lag), o_(options) {}

  bool height(std::size_t predicted, std::size_t real) const {
    const double error = p_[predicted] - v_[real];
    return error > -o_.too_low * v_[real] && error < o_.too_high * v_[real];
  }

  /// The true spike that a predicted one at t stands for, out of the sorted `spikes`.
  std::optional<std::size_t> stands_for(std::size_t t, const std::vector<std::size_t>& spikes,
                                        const std::vector<bool>& taken) const {
    std::optional<std::size_t> past;
    for (std::size_t i = 0; i < spikes.size(); ++i) {
      const std::size_t s = spikes[i];
      if (taken[i] || !height(t, s)) continue;
      if (s >= t && s <= t + o_.ahead) return i;
      if (s < t && s + o_.late >= t) past = i;  // a later one is nearer
    }
    return past;
  }

  void meet(std::size_t spike, SpikeScore& out) const {
    bool found = false, covered = false;
    const std::size_t first = spike - std::min(spike, o_.early);
    for (std::size_t t = std::max(first, lag_); t <= spike; ++t) {
      found = found || height(t, spike);
      covered = covered || p_[t] >= v_[spike];
    }
    out.found += found ? 1 : 0;
    out.covered += covered ? 1 : 0;
  }

 private:
  std::vector<double> p_;
  std::vector<double> v_;
  std::size_t lag_;
  const SpikeOptions& o_;
};

}  // namespace

TraceScale trace_scale(std::span<const double> trace) {
  double low = unknown, sum = 0, squares = 0;
  std::size_t n = 0;
  for (const double v : trace) {
    if (!std::isfinite(v)) continue;
    low = n == 0 ? v : std::min(low, v);
    sum += v;
    ++n;
  }
  if (n == 0) return {unknown, unknown, unknown};
  const auto count = static_cast<double>(n);
  const double mean = sum / count;
  for (const double v : trace) {
    if (std::isfinite(v)) squares += (v - mean) * (v - mean);
  }
  return {std::abs(low), std::sqrt(squares / count), sum + count * std::abs(low)};
}

std::vector<std::size_t> find_spikes(std::span<const double> series, std::span<const double> trace,
                                     const TraceScale& scale, const SpikeOptions& o) {
  check(o);
  if (series.size() != trace.size())
    throw LogicError("spikes: the series has " + std::to_string(series.size()) +
                     " values, the trace " + std::to_string(trace.size()));
  std::vector<std::size_t> out;
  double last = unknown;  // height of the last spike counted in the run
  for (std::size_t t = o.before; t < series.size(); ++t) {
    double mean = 0;
    for (std::size_t k = t - o.before; k < t; ++k) mean += series[k];
    mean /= static_cast<double>(o.before);
    // NaN fails the comparison: an unknown step is no spike.
    if (!(series[t] - mean > o.deviations * scale.deviation) || !std::isfinite(series[t])) {
      last = unknown;
      continue;
    }
    const double needed = o.rise * (trace[t] + scale.shift);
    if (std::isfinite(last) && !(std::abs(series[t] - last) > needed)) continue;
    last = series[t];
    out.push_back(t);
  }
  return out;
}

double SpikeScore::precision() const { return share(matched, predicted); }
double SpikeScore::recall() const { return share(found, real); }
double SpikeScore::covered_recall() const { return share(covered, real); }

double SpikeScore::f1() const {
  if (real == 0) return unknown;
  const double p = predicted == 0 ? 0 : precision(), r = recall();
  return p + r > 0 ? 2 * p * r / (p + r) : 0;
}

SpikeScore& SpikeScore::operator+=(const SpikeScore& other) {
  predicted += other.predicted;
  matched += other.matched;
  real += other.real;
  found += other.found;
  covered += other.covered;
  return *this;
}

SpikeScore score_spikes(std::span<const double> forecast, std::span<const double> truth,
                        std::size_t lag, const SpikeOptions& options) {
  return score_spikes(forecast, truth, lag, trace_scale(truth), options);
}

SpikeScore score_spikes(std::span<const double> forecast, std::span<const double> truth,
                        std::size_t lag, const TraceScale& scale, const SpikeOptions& options) {
  if (forecast.size() != truth.size())
    throw LogicError("spikes: " + std::to_string(forecast.size()) + " forecasts for " +
                     std::to_string(truth.size()) + " true values");
  std::vector<double> p(truth.begin(), truth.end()), v = p;
  for (std::size_t t = 0; t < p.size(); ++t) {
    if (t >= lag || std::isfinite(forecast[t])) p[t] = forecast[t];
  }
  const auto spikes_of = [&](const std::vector<double>& x) {
    std::vector<std::size_t> found = find_spikes(x, truth, scale, options);
    std::erase_if(found, [lag](std::size_t t) { return t < lag; });
    return found;
  };
  const std::vector<std::size_t> predicted = spikes_of(p), real = spikes_of(v);
  for (double& x : p) x += scale.shift;
  for (double& x : v) x += scale.shift;
  SpikeScore out;
  out.predicted = predicted.size();
  out.real = real.size();
  const Matcher match(std::move(p), std::move(v), lag, options);
  std::vector<bool> taken(real.size(), false);
  for (const std::size_t t : predicted) {
    if (const auto i = match.stands_for(t, real, taken)) {
      taken[*i] = true;
      ++out.matched;
    }
  }
  for (const std::size_t t : real) match.meet(t, out);
  return out;
}

}  // namespace learningplane::evaluation
