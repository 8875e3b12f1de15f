#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "learningplane/decision/scaling.hpp"

namespace learningplane::decision {

struct TargetTrackingOptions {
  std::string metric = "load_per_instance";  ///< "load_per_instance", "latency", or an input's
  double target = 1;                         ///< above 0
  double scale_in_below = 0.9;  ///< share of the target under which instances are given up, (0, 1]
  Duration period = std::chrono::minutes(1);  ///< of a datapoint, the mean of its values
  std::int64_t scale_out_periods = 3;         ///< in a row above the target
  std::int64_t scale_in_periods = 15;         ///< in a row below the share of it
  Duration scale_out_cooldown = std::chrono::minutes(5);
  Duration scale_in_cooldown = std::chrono::minutes(5);
  bool scale_in = true;                       ///< false: instances are only added
  Duration window = std::chrono::minutes(1);  ///< that the latency is taken over
  Limits limits{};
};
Manifest target_tracking_manifest();
TargetTrackingOptions target_tracking_options(const Value& checked);

/// Target tracking as cloud providers run it: an alarm after so many periods in a row above the
/// target adds as many instances as bring the metric back to it, another after more periods below a
/// share of the target gives some up. While the scale-out cool-down runs, only more than what was
/// added counts; a scale-in waits for its own cool-down, and a scale-out ends that. A missing value
/// is insufficient data: it breaks the row. A value stands for the time since the one before, for
/// at most five periods. Rules: alarm_high, alarm_low, within_target, periods, scale_out_cooldown,
/// scale_in_cooldown, disabled.
class TargetTracking final : public ScalingPolicy {
 public:
  /// @throws ConfigError
  explicit TargetTracking(TargetTrackingOptions options);
  std::string_view kind() const override { return "target_tracking"; }
  ScalingNeeds needs() const override { return {options_.window, Duration(0), 0.5}; }
  Duration remembers() const override;
  const std::string& metric() const { return options_.metric; }

 protected:
  void wish(const ScalingInput& input, ScalingDecision& decision) override;
  void granted(const ScalingInput& input, const ScalingDecision& decision) override;
  void revoked() override;
  void forget() override;
  void remember(PolicyState& state) override;
  Value options_value() const override;

 private:
  /// @return whether a datapoint was completed
  bool count(TimePoint at, double value, std::int64_t replicas);

  TargetTrackingOptions options_;
  std::optional<TimePoint> seen_{};  ///< when the last value was
  double sum_ = 0, datapoint_ = 0;   ///< of the values since the last datapoint; the last datapoint
  Duration covered_{0};              ///< by these values
  std::int64_t values_ = 0, above_ = 0, below_ = 0;  ///< periods in a row
  std::optional<TimePoint> last_out_{}, last_in_{};
  std::optional<TimePoint> out_before_{}, in_before_{};  ///< before the last change
};

}  // namespace learningplane::decision
