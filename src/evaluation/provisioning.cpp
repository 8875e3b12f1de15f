#include "learningplane/evaluation/provisioning.hpp"

#include <algorithm>
#include <vector>

#include "evaluation/pairs.hpp"

namespace learningplane::evaluation {

using detail::each_pair;
using detail::unknown;

namespace {

constexpr double tolerance = 1e-9;

double over_or_unknown(double part, double whole) { return whole > 0 ? part / whole : unknown; }

}  // namespace

Provision provision(std::span<const double> limit, std::span<const double> usage,
                    const ProvisionCosts& costs) {
  if (!(costs.over >= 0) || !(costs.under >= 0))
    throw LogicError("provision: the costs of a unit are 0 or more");
  double over = 0, under = 0, limits = 0, used = 0, size = 0;
  std::size_t violations = 0;
  Provision out;
  out.n = each_pair(limit, usage, [&](double l, double u) {
    over += std::max(l - u, 0.0);
    under += std::max(u - l, 0.0);
    limits += l;
    used += u;
    size += std::abs(u);
    violations += u > l + tolerance ? 1 : 0;
  });
  out.passed_over = usage.size() - out.n;
  const double n = out.n == 0 ? unknown : static_cast<double>(out.n);
  out.over = over_or_unknown(over, used);
  out.under = over_or_unknown(under, used);
  out.cost = (costs.over * over + costs.under * under) / n;
  out.slack = over_or_unknown(limits - used, limits);
  out.violation = static_cast<double>(violations) / n;
  out.excess = over / n / std::max(size / n, tolerance);
  return out;
}

Value to_value(const Provision& p) {
  return Value::object()
      .set("n", p.n)
      .set("passed_over", p.passed_over)
      .set("over", p.over)
      .set("under", p.under)
      .set("cost", p.cost)
      .set("slack", p.slack)
      .set("violation", p.violation)
      .set("excess", p.excess);
}

ProvisioningScore provisioning(std::span<const double> forecast, std::span<const double> truth,
                               std::size_t lag, const SpikeOptions& options) {
  ProvisioningScore out;
  const TraceScale scale = trace_scale(truth);
  out.spikes = score_spikes(forecast, truth, lag, scale, options);
  const std::size_t first = std::min(lag, truth.size());
  double over = 0, under = 0;
  out.n = each_pair(forecast.subspan(first), truth.subspan(first), [&](double p, double v) {
    over += std::max(p - v, 0.0);
    under += std::max(v - p, 0.0);
  });
  out.passed_over = truth.size() - first - out.n;
  out.over = out.n == 0 ? unknown : over_or_unknown(over, scale.total);
  out.under = out.n == 0 ? unknown : over_or_unknown(under, scale.total);
  return out;
}

Value to_value(const ProvisioningScore& s) {
  return Value::object()
      .set("n", s.n)
      .set("passed_over", s.passed_over)
      .set("over", s.over)
      .set("under", s.under)
      .set("spikes", s.spikes.real)
      .set("predicted", s.spikes.predicted)
      .set("precision", s.spikes.precision())
      .set("recall", s.spikes.recall())
      .set("covered_recall", s.spikes.covered_recall())
      .set("f1", s.spikes.f1());
}

WindowCapacity window_capacity(std::span<const double> upper, std::span<const double> truth,
                               std::size_t horizon) {
  if (horizon == 0 || upper.size() != truth.size() || truth.size() % horizon != 0)
    throw LogicError("window_capacity: forecasts and truth are no whole windows of " +
                     std::to_string(horizon) + " steps");
  std::size_t above = 0;
  double excess = 0, size = 0;
  WindowCapacity out;
  for (std::size_t w = 0; w < truth.size(); w += horizon) {
    const auto window = upper.subspan(w, horizon);
    if (!std::all_of(window.begin(), window.end(), [](double x) { return std::isfinite(x); }))
      continue;
    ++out.windows;
    const double capacity = std::max(*std::max_element(window.begin(), window.end()), 0.0);
    for (const double y : truth.subspan(w, horizon)) {
      if (!std::isfinite(y)) continue;
      ++out.n;
      above += y > capacity + tolerance ? 1 : 0;
      excess += std::max(capacity - y, 0.0);
      size += std::abs(y);
    }
  }
  const double n = out.n == 0 ? unknown : static_cast<double>(out.n);
  out.under_pct = 100 * static_cast<double>(above) / n;
  out.excess = excess / n / std::max(size / n, tolerance);
  return out;
}

}  // namespace learningplane::evaluation
