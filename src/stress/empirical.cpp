#include "learningplane/stress/empirical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learningplane/error.hpp"

namespace learningplane::stress {

namespace {

double between(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double share = at - static_cast<double>(below);
  return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

}  // namespace

Empirical::Empirical(std::vector<double> samples, std::size_t keep)
    : kept_(std::move(samples)), count_(kept_.size()) {
  if (keep < 2) throw ConfigError("", "keep", std::to_string(keep), "2 or more");
  for (const double v : kept_)
    if (!std::isfinite(v)) throw ConfigError("", "samples", fmt::format("{}", v), "finite numbers");
  std::sort(kept_.begin(), kept_.end());
  if (kept_.size() <= keep) return;
  std::vector<double> quantiles(keep);
  for (std::size_t i = 0; i < keep; ++i)
    quantiles[i] = between(kept_, static_cast<double>(i) / static_cast<double>(keep - 1));
  kept_ = std::move(quantiles);
}

Empirical Empirical::restored(std::vector<double> kept, std::size_t count) {
  const std::size_t n = kept.size();
  Empirical out(std::move(kept), std::max<std::size_t>(n, 2));
  out.count_ = std::max(count, n);
  return out;
}

double Empirical::quantile(double p) const {
  return kept_.empty() ? std::nan("") : between(kept_, std::clamp(p, 0.0, 1.0));
}

double Empirical::mean() const {
  return kept_.empty()
             ? std::nan("")
             : std::accumulate(kept_.begin(), kept_.end(), 0.0) / static_cast<double>(kept_.size());
}

double ks_distance(const Empirical& a, const Empirical& b) {
  const auto& x = a.kept();
  const auto& y = b.kept();
  if (x.empty() || y.empty()) return std::nan("");
  std::size_t i = 0, j = 0;
  double most = 0;
  while (i < x.size() && j < y.size()) {
    // Both step over all equal values before they are compared.
    const double v = std::min(x[i], y[j]);
    while (i < x.size() && x[i] <= v) ++i;
    while (j < y.size() && y[j] <= v) ++j;
    most = std::max(most, std::abs(static_cast<double>(i) / static_cast<double>(x.size()) -
                                   static_cast<double>(j) / static_cast<double>(y.size())));
  }
  return most;
}

double ks_bound(std::size_t n, std::size_t m) {
  if (n == 0 || m == 0) return std::nan("");
  const auto a = static_cast<double>(n), b = static_cast<double>(m);
  return 1.358 * std::sqrt((a + b) / (a * b));
}

double total_variation(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size())
    throw LogicError(fmt::format("total_variation: {} and {} bins", a.size(), b.size()));
  const double sum_a = std::accumulate(a.begin(), a.end(), 0.0);
  const double sum_b = std::accumulate(b.begin(), b.end(), 0.0);
  if (!(sum_a > 0) || !(sum_b > 0)) return std::nan("");
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] / sum_a - b[i] / sum_b);
  return sum / 2;
}

double correlation(std::span<const double> a, std::span<const double> b) {
  double n = 0, mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) continue;
    n += 1;
    const double da = a[i] - mean_a, db = b[i] - mean_b;
    mean_a += da / n;
    mean_b += db / n;
    aa += da * (a[i] - mean_a);
    bb += db * (b[i] - mean_b);
    ab += da * (b[i] - mean_b);
  }
  return n < 2 || !(aa > 0) || !(bb > 0) ? std::nan("") : ab / std::sqrt(aa * bb);
}

}  // namespace learningplane::stress
