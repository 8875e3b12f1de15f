#pragma once
#include "learningplane/decision/decaying_histogram.hpp"
#include "learningplane/decision/sizing_resource.hpp"

namespace learningplane::decision {

struct SizingHistogramOptions {
  double target = 0.9;   ///< percentile that is given, in (0, 1]
  double lower = 0.5;    ///< below this one (made less sure by little data) it is raised
  double upper = 0.95;   ///< above this one it is cut
  double margin = 0.15;  ///< share added to each, 0 or more
  Duration half_life = std::chrono::hours(24);    ///< of a sample's weight, above 0
  Duration memory_peak = std::chrono::hours(24);  ///< memory counts by its peak in each, above 0
  /// A size between the bounds is moved to the target too, but only so long after the last change,
  /// and where it is 10 % off.
  Duration settle = std::chrono::hours(12);
  SizingLimits limits{};
};
Manifest sizing_histogram_manifest();
SizingHistogramOptions sizing_histogram_options(const Value& checked);

/// The recommender of the Kubernetes vertical autoscaler: percentiles of decaying histograms of
/// every CPU sample (weighted by the CPU it has) and of memory peaks, a margin, and bounds that a
/// confidence widens, which grows with days and samples. Out-of-memory kills count as a peak above
/// the limit. Rules: target, within_bounds, warming_up.
class SizingHistogram final : public SizingByResource {
 public:
  /// @throws ConfigError
  explicit SizingHistogram(SizingHistogramOptions options);
  std::string_view kind() const override { return "sizing_histogram"; }
};

}  // namespace learningplane::decision
