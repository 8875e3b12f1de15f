#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "learningplane/time.hpp"

namespace learningplane::decision {

/// A metric by name, as a horizontal autoscaler sees it. NaN: not known.
struct ScalingMetric {
  std::string name{};
  double value = std::numeric_limits<double>::quiet_NaN();
};

/// What a scaling policy may look at. Plain values: live agent, replay and simulator fill it alike.
/// NaN is "not known", never zero.
struct ScalingInput {
  TimePoint at{};
  std::int64_t replicas = 1;  ///< asked for
  std::int64_t ready = 1;     ///< serving; less than `replicas` while some start
  double load = std::numeric_limits<double>::quiet_NaN();  ///< streams, requests a second …, all
                                                           ///< instances together
  /// The objective's quantile over the policy's look-back, all instances together; 0 where nothing
  /// was served.
  double latency = std::numeric_limits<double>::quiet_NaN();
  std::vector<ScalingMetric> metrics{};
  std::vector<double> forecast_mean{};  ///< of the load, for the coming steps
  std::vector<double> forecast{};       ///< its quantile that the policy asked for
};

}  // namespace learningplane::decision
