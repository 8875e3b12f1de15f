#pragma once
#include "learningplane/decision/scaling.hpp"
#include "learningplane/decision/scaling_objective.hpp"

namespace learningplane::decision {

struct ReactiveOptions {
  ScalingObjective objective{};
  Duration window = std::chrono::minutes(5);  ///< that the latency is taken over
  Limits limits{};
};
Manifest reactive_manifest();
ReactiveOptions reactive_options(const Value& checked);

/// One instance more where the latency is above the objective's upper bound, one less where it is
/// below the lower. Rules: over_objective, under_objective, within_tolerance.
class Reactive : public ScalingPolicy {
 public:
  /// @throws ConfigError
  explicit Reactive(ReactiveOptions options);
  std::string_view kind() const override { return "reactive"; }
  ScalingNeeds needs() const override { return {options_.window, Duration(0), 0.5}; }

 protected:
  void wish(const ScalingInput& input, ScalingDecision& decision) override;
  Value options_value() const override;

 private:
  ReactiveOptions options_;
};

}  // namespace learningplane::decision
