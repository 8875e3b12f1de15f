#pragma once
#include <string>

#include "learningplane/decision/scaling.hpp"

namespace learningplane::decision {

/// What happens while the metric lies in [from, to).
struct ScalingStep {
  double from = -std::numeric_limits<double>::infinity();
  double to = std::numeric_limits<double>::infinity();
  std::int64_t change = 0;  ///< instances more, or less
};

struct StepOptions {
  std::string metric = "latency";  ///< "latency", "load", "load_per_instance", or an input's metric
  std::vector<ScalingStep> steps{};           ///< not overlapping; nothing is done between them
  Duration window = std::chrono::minutes(1);  ///< that the latency is taken over
  Limits limits{};
};
Manifest step_manifest();
StepOptions step_options(const Value& checked);

/// A change for each range of a metric. Rules: step, between_steps.
class Step final : public ScalingPolicy {
 public:
  /// @throws ConfigError
  explicit Step(StepOptions options);
  std::string_view kind() const override { return "step"; }
  ScalingNeeds needs() const override { return {options_.window, Duration(0), 0.5}; }

 protected:
  void wish(const ScalingInput& input, ScalingDecision& decision) override;
  Value options_value() const override;

 private:
  StepOptions options_;
};

}  // namespace learningplane::decision
