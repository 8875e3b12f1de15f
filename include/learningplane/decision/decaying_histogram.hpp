#pragma once
#include <cstddef>
#include <vector>

#include "learningplane/time.hpp"

namespace learningplane::decision {

struct DecayingHistogramOptions {
  double first = 0.01;    ///< width of the first bucket, above 0
  double ratio = 1.05;    ///< each bucket is so much wider than the one before, above 1
  double maximum = 1000;  ///< where the last bucket begins, about; above `first`
  Duration half_life = std::chrono::hours(24);  ///< above 0
};

/// Weights over exponential buckets, halved every half-life: the histogram of the Kubernetes
/// vertical autoscaler. Bucket i begins at first (ratio^i - 1) / (ratio - 1).
class DecayingHistogram {
 public:
  /// @throws ConfigError naming the option
  explicit DecayingHistogram(DecayingHistogramOptions options);
  /// @param value 0 or more; @param weight before decay
  void add(double value, double weight, TimePoint at);
  /// Takes out what add() put in with the same arguments.
  void subtract(double value, double weight, TimePoint at);
  /// End of the bucket in which the share `q` of the weight is reached; begin of the last one; 0
  /// where there is nothing.
  double percentile(double q) const;
  bool empty() const { return total_ <= 0; }
  std::size_t buckets() const { return weights_.size(); }
  std::size_t bucket(double value) const;
  double begin(std::size_t bucket) const;
  void clear();

 private:
  double decay(TimePoint at);
  DecayingHistogramOptions options_;
  std::vector<double> weights_{};
  double total_ = 0;
  bool any_ = false;
  TimePoint reference_{};
};

}  // namespace learningplane::decision
