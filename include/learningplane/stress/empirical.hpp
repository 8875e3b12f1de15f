#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace learningplane::stress {

/// What was seen of one quantity, as it lies: to draw from and to compare with. Beyond `keep`
/// samples only so many evenly spaced quantiles are kept, so that millions of jobs cost little.
class Empirical {
 public:
  Empirical() = default;
  /// @param samples finite; @param keep 2 or more. @throws ConfigError
  explicit Empirical(std::vector<double> samples, std::size_t keep = 2001);
  /// What to_value() of a profile stored. @param count samples there were
  static Empirical restored(std::vector<double> kept, std::size_t count);

  bool empty() const { return kept_.empty(); }
  /// How many samples there were.
  std::size_t count() const { return count_; }
  /// Sorted.
  const std::vector<double>& kept() const { return kept_; }
  /// By linear interpolation between order statistics; p in [0, 1]. NaN where empty. With p drawn
  /// evenly it is a draw from the distribution.
  double quantile(double p) const;
  double mean() const;

 private:
  std::vector<double> kept_{};
  std::size_t count_ = 0;
};

/// Kolmogorov-Smirnov distance: the largest difference of the two cumulative distributions, in [0,
/// 1]. NaN where one is empty.
double ks_distance(const Empirical& a, const Empirical& b);
/// The distance below which 95 % of two samples of one distribution lie.
double ks_bound(std::size_t n, std::size_t m);
/// Total variation of two histograms, each made to sum to one: half the sum of the differences, in
/// [0, 1]. NaN where one is empty. @throws LogicError where they have different lengths
double total_variation(std::span<const double> a, std::span<const double> b);
/// Pearson's correlation; NaN where one never changes or fewer than two are known.
double correlation(std::span<const double> a, std::span<const double> b);

}  // namespace learningplane::stress
