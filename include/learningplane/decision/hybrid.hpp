#pragma once
#include "learningplane/decision/capacity.hpp"
#include "learningplane/decision/scaling.hpp"
#include "learningplane/decision/scaling_objective.hpp"

namespace learningplane::decision {

struct HybridOptions {
  ScalingObjective objective{};
  Duration window = std::chrono::minutes(60);  ///< an instance is kept while the plan of the coming
                                               ///< window needs it
  double quantile = 0.75;                      ///< of the forecast that is the plan, in (0, 1)
  Duration step = std::chrono::minutes(1);     ///< of the forecast, and between decisions
  Duration startup{0};  ///< until an instance serves; measured ones replace it where longer
  double headroom = 1;  ///< streams that may come at once: load and these are always carried
  double reach = 3;     ///< streams that may come while an instance starts: how far above the
                        ///< load the plan is believed
  double slack = 2;     ///< streams that must be free after giving an instance up
  Duration calm = std::chrono::minutes(20);    ///< how long that must hold without a break
  Duration memory = std::chrono::minutes(60);  ///< no instance is given up so long after one came
  Limits limits{};
};
Manifest hybrid_manifest();
HybridOptions hybrid_options(const Value& checked);

/// Plans on an upper quantile of the forecast, and never trusts it alone. Up: the load with its
/// headroom (as far as the plan of the window goes; where the load has left the plan, as far as the
/// highest load seen), the plan over the start-up lead time as far as it is believable, and a
/// latency above the bound each ask for instances. Down: only where plan, load and memory agree,
/// and not while the load is above what was planned for now (the forecast is seen to be wrong:
/// `fallback`). Without a forecast it goes up by the load and never down. Rules: load, plan,
/// over_objective, plan_under, fits, calm, memory, fallback.
class Hybrid final : public ScalingPolicy {
 public:
  /// @throws ConfigError, also where one instance carries no stream under the objective
  Hybrid(HybridOptions options, const Capacity& capacity);
  std::string_view kind() const override { return "hybrid"; }
  ScalingNeeds needs() const override {
    return {options_.step, options_.window, options_.quantile};
  }
  /// From asking for an instance until all served: the longest of the last eight times.
  Duration measured_startup() const;
  Duration remembers() const override;

 protected:
  void wish(const ScalingInput& input, ScalingDecision& decision) override;
  void granted(const ScalingInput& input, const ScalingDecision& decision) override;
  void revoked() override;
  void recalled(TimePoint at, std::int64_t by) override;
  void forget() override;
  void remember(PolicyState& state) override;
  Value options_value() const override;

 private:
  std::int64_t instances_for(double load) const;
  double highest_plan(const ScalingInput& input, Duration within) const;
  void watch_startup(const ScalingInput& input);
  void go_down(const ScalingInput& input, std::int64_t keep, ScalingDecision& decision);

  HybridOptions options_;
  double carries_;                    ///< streams on one instance under the objective
  std::optional<TimePoint> asked_{};  ///< instances that do not serve yet were asked for then
  std::optional<TimePoint> last_up_{};
  std::optional<TimePoint> calm_since_{};
  std::optional<TimePoint> asked_before_{}, last_up_before_{}, calm_before_{};  ///< the last change
  double planned_now_ = std::numeric_limits<double>::quiet_NaN();
  double highest_load_ = std::numeric_limits<double>::quiet_NaN();
  std::vector<Duration> startups_{};
};

}  // namespace learningplane::decision
