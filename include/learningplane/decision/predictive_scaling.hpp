#pragma once
#include <algorithm>

#include "learningplane/decision/capacity.hpp"
#include "learningplane/decision/scaling.hpp"
#include "learningplane/decision/scaling_objective.hpp"

namespace learningplane::decision {

struct PredictiveScalingOptions {
  ScalingObjective objective{};
  Duration window = std::chrono::minutes(60);  ///< it decides once a window, for the coming one
  double quantile = 0.5;                       ///< of the forecast that is planned on, in (0, 1)
  /// Latencies drawn per instance, for each stream of the load, to judge a number of instances (so
  /// does the public simulator with 100); 0: the exact quantile.
  std::size_t samples = 0;
  std::uint64_t seed = 0;  ///< of the samples
  Limits limits{};
};
Manifest predictive_scaling_manifest();
PredictiveScalingOptions predictive_scaling_options(const Value& checked);

/// Plans for the highest load forecast in the coming window: more instances until their latency is
/// within the upper bound; else fewer while that many stay below the lower bound. Rules:
/// forecast_over, forecast_under, forecast_idle, forecast_fits, between_windows. With the trace
/// itself as forecast it is the oracle.
class PredictiveScaling final : public ScalingPolicy {
 public:
  /// @throws ConfigError
  PredictiveScaling(PredictiveScalingOptions options, Capacity capacity);
  std::string_view kind() const override { return "predictive"; }
  ScalingNeeds needs() const override {
    return {std::chrono::minutes(1), options_.window, options_.quantile};
  }
  Duration remembers() const override {
    return std::max(options_.window, ScalingPolicy::remembers());
  }

 protected:
  void wish(const ScalingInput& input, ScalingDecision& decision) override;
  void granted(const ScalingInput& input, const ScalingDecision& decision) override;
  void revoked() override { begun_ = false; }  // planned anew at the next step
  void forget() override;
  void remember(PolicyState& state) override;
  Value options_value() const override;

 private:
  double latency(double load, std::int64_t instances);
  PredictiveScalingOptions options_;
  Capacity capacity_;
  ScalingRandom random_;
  std::vector<std::uint32_t> counts_{};
  bool begun_ = false;
  TimePoint due_{};
};

}  // namespace learningplane::decision
