#pragma once
#include <deque>
#include <string>

#include "learningplane/decision/scaling.hpp"

namespace learningplane::decision {

enum class HpaTarget {
  value,         ///< the metric itself against the target: instances grow with their ratio
  average_value  ///< the metric divided by the instances against the target
};

struct HpaMetric {
  std::string name = "load";  ///< "load", "latency", or one of the input's metrics
  double target = 1;          ///< above 0
  HpaTarget kind = HpaTarget::average_value;
};

struct HpaRate {
  bool percent = false;  ///< `value` is a percentage of the instances at the period's begin
  std::int64_t value = 1;
  Duration period = std::chrono::seconds(15);
};

enum class HpaSelect { most, least, disabled };  ///< upstream's Max, Min, Disabled

struct HpaBehavior {
  Duration stabilization{0};
  std::vector<HpaRate> rates{};  ///< at least one
  HpaSelect select = HpaSelect::most;
};

struct HpaOptions {
  std::vector<HpaMetric> metrics{HpaMetric{}};
  double tolerance = 0.1;                     ///< of the ratio to the target, in [0, 1)
  Duration window = std::chrono::minutes(1);  ///< that the latency is taken over
  HpaBehavior up{Duration(0),
                 {{true, 100, std::chrono::seconds(15)}, {false, 4, std::chrono::seconds(15)}},
                 HpaSelect::most};
  HpaBehavior down{
      std::chrono::seconds(300), {{true, 100, std::chrono::seconds(15)}}, HpaSelect::most};
  Limits limits{};  ///< of these upstream knows the minimum and the maximum only
};
Manifest hpa_manifest();
HpaOptions hpa_options(const Value& checked);

/// The rules of Kubernetes' HorizontalPodAutoscaler, autoscaling/v2: a replica count for each
/// metric (tolerance round the target), the highest of them, stabilisation windows, rate policies,
/// bounds. Where a metric is not known it never scales down, as upstream, and not to the maximum
/// either. Rules: metric, tolerance, stabilization, rate_policy, disabled, unknown_data.
class Hpa final : public ScalingPolicy {
 public:
  /// @throws ConfigError
  explicit Hpa(HpaOptions options);
  std::string_view kind() const override { return "hpa"; }
  ScalingNeeds needs() const override { return {options_.window, Duration(0), 0.5}; }
  Duration remembers() const override;

 protected:
  void wish(const ScalingInput& input, ScalingDecision& decision) override;
  void granted(const ScalingInput& input, const ScalingDecision& decision) override;
  void revoked() override;
  void forget() override;
  void remember(PolicyState& state) override;
  Value options_value() const override;

 private:
  struct Event {
    TimePoint at;
    std::int64_t count;
  };
  std::int64_t proposal(const HpaMetric& metric, double value, const ScalingInput& input) const;
  void drop_useless();
  std::int64_t stabilized(TimePoint at, std::int64_t current, std::int64_t wish);
  std::int64_t limit(const HpaBehavior& behavior, bool up, std::int64_t current,
                     TimePoint at) const;

  HpaOptions options_;
  std::deque<Event> recommended_{}, added_{}, removed_{};
  std::int64_t granted_ = 0;  ///< the last plan: 1 added, -1 removed instances
};

}  // namespace learningplane::decision
