#pragma once
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/decision/limits.hpp"
#include "learningplane/decision/policy.hpp"
#include "learningplane/decision/policy_state.hpp"
#include "learningplane/decision/scaling_input.hpp"

namespace learningplane::decision {

/// What a scaling policy wants to be told.
struct ScalingNeeds {
  Duration look_back = std::chrono::minutes(1);  ///< that `latency` is taken over
  Duration horizon{0};                           ///< of the forecast; zero: none
  double quantile = 0.5;                         ///< of the forecast it plans on
};

/// What one metric, or one part of a policy, asked for.
struct ScalingWish {
  std::string_view metric{};  ///< "load", "forecast", "latency", or the metric's name; the policy
                              ///< owns the text
  double value = std::numeric_limits<double>::quiet_NaN();  ///< what it went by; NaN: not known
  std::int64_t replicas = -1;                               ///< -1: none
};

/// How many instances and why. Names are static texts or owned by the policy.
struct ScalingDecision {
  std::int64_t current = 1;   ///< asked for before
  std::int64_t wish = 1;      ///< what the policy wanted
  std::int64_t replicas = 1;  ///< after the limits
  std::string_view rule{};    ///< the one that bound it: "over_objective", "cooldown" …
  bool known = true;          ///< false: held on unknown data, `wish` is what is there
  double raw_forecast = std::numeric_limits<double>::quiet_NaN();  ///< highest mean it looked at
  double planned = std::numeric_limits<double>::quiet_NaN();  ///< highest value of the quantile
  double load = std::numeric_limits<double>::quiet_NaN();
  double latency = std::numeric_limits<double>::quiet_NaN();
  std::vector<ScalingWish> wishes{};

  bool acts() const { return replicas != current; }
};

/// A policy that says how many instances. plan() holds on unknown data, asks wish(), and applies
/// the limits: the same for every policy. It remembers what it decided, so one object serves one
/// application. Same inputs in the same order, same decisions. Not thread safe.
class ScalingPolicy : public Policy {
 public:
  /// What to do now. Times must not go back.
  ScalingDecision plan(const ScalingInput& input);
  /// The same as a record. An observation without `scaling` is unknown data.
  Decision decide(const Observation& observation) final;
  virtual ScalingNeeds needs() const = 0;
  const Limits& limits() const { return limiter_.limits(); }
  /// The change that plan() granted last did not come about (refused, failed, overtaken): limits
  /// and memory are as before it, so that it may be wished for again at once.
  void revoke();
  /// After a restart: a change by so many instances took place at that time. Before any plan().
  void recall(TimePoint at, std::int64_t by);
  /// Forgets everything seen.
  void reset();

  /// How long something seen may bear on a decision; zero: nothing does.
  virtual Duration remembers() const { return longest(limits()); }
  /// All that it remembers, for restore() in another process. Null where it remembers nothing.
  Value state();
  /// Goes on as the policy that wrote this. @param now when it is asked next @param kept_at until
  /// when the other one decided. @return why not: it is damaged, of another version, of a policy of
  /// another kind or with other options, or older than an hour and than what it remembers; then it
  /// is as new
  Result<void> restore(const Value& state, TimePoint now, TimePoint kept_at);

 protected:
  /// @throws ConfigError
  explicit ScalingPolicy(Limits limits) : limiter_(limits) {}
  /// Fills wish, rule, wishes and the forecast figures; `known` false where the data do not tell.
  virtual void wish(const ScalingInput& input, ScalingDecision& decision) = 0;
  /// Told what was granted.
  virtual void granted(const ScalingInput&, const ScalingDecision&) {}
  /// Told that what was granted last did not come about.
  virtual void revoked() {}
  /// Told of a change before a restart.
  virtual void recalled(TimePoint, std::int64_t /*by*/) {}
  virtual void forget() {}
  /// Names each field of its own that a decision rests on, those that revoked() needs among them.
  virtual void remember(PolicyState&) {}
  /// Its options, without the limits: a state is of use to a policy with the same ones only.
  virtual Value options_value() const { return Value::object(); }

 private:
  void fields(PolicyState& state);
  const std::string& fingerprint();

  Limiter limiter_;
  std::optional<Limiter> before_{};  ///< the last change that was granted
  std::int64_t current_ = -1;        ///< what it was granted on
  std::int64_t expected_ = -1;       ///< what was granted last
  std::string fingerprint_{};        ///< of the options, once asked for
};

/// How it becomes a record for the journal.
Decision to_decision(const ScalingDecision& scaling, const ScalingPolicy& policy);

}  // namespace learningplane::decision
