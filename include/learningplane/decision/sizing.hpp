#pragma once
#include <limits>
#include <optional>
#include <string_view>

#include "learningplane/decision/policy.hpp"
#include "learningplane/decision/sizing_input.hpp"
#include "learningplane/decision/sizing_limits.hpp"

namespace learningplane::decision {

/// What a sizing policy wants to be told.
struct SizingNeeds {
  Duration look_back = std::chrono::hours(1);  ///< of usage that a fresh policy needs
  Duration horizon{0};                         ///< of the future; zero: none. The oracle's.
  Duration spacing{0};  ///< samples further apart tell it nothing; zero: any will do
};

/// One resource of a decision. Cores or bytes; NaN: not known. Names are static texts.
struct ResourceDecision {
  double current = std::numeric_limits<double>::quiet_NaN();  ///< limit in effect
  double usage = std::numeric_limits<double>::quiet_NaN();    ///< newest, where known
  double wish = std::numeric_limits<double>::quiet_NaN();     ///< of the policy
  double lower = std::numeric_limits<double>::quiet_NaN();    ///< it would leave down to this
  double upper = std::numeric_limits<double>::quiet_NaN();    ///< it would leave up to this
  double value = std::numeric_limits<double>::quiet_NaN();    ///< after the limits
  bool exact = false;       ///< the wish is a number that was asked for
  bool known = true;        ///< false: the data do not tell
  std::string_view rule{};  ///< the one that bound it

  bool acts() const { return value == value && value != current; }
};

struct SizingDecision {
  ResourceDecision cpu{}, memory{};
  bool acts() const { return cpu.acts() || memory.acts(); }
};

/// A policy that says how much CPU and memory an instance gets. plan() takes the usage in, holds on
/// unknown data, asks wish() and applies the limits: the same for every policy. It remembers what
/// it saw, so one object serves one application. Same inputs in the same order, same decisions. Not
/// thread safe.
class SizingPolicy : public Policy {
 public:
  /// What to do now. Times must not go back.
  SizingDecision plan(const SizingInput& input);
  /// The same as a record: Resize, with 0 for a resource that is not known or not managed and is
  /// left alone. An observation without `sizing` is unknown data.
  Decision decide(const Observation& observation) final;
  virtual SizingNeeds needs() const = 0;
  const SizingLimits& limits() const { return cpu_.limits(); }
  /// The change that plan() granted last did not come about (refused, failed, overtaken):
  /// cool-downs are as before it, so that it may be wished for again at once.
  void revoke();
  /// After a restart: a change of the resource took effect at that time. Before any plan().
  void recall(Resource resource, TimePoint at);
  /// Forgets everything seen.
  void reset();

 protected:
  /// @throws ConfigError
  explicit SizingPolicy(SizingLimits limits)
      : cpu_(limits, Resource::cpu), memory_(limits, Resource::memory) {}
  /// A sample later than those before; a part that is not known is NaN, a negative one too.
  virtual void observe(const UsageSample& sample) = 0;
  virtual void killed(const OutOfMemory&) {}
  /// Fills wish, lower, upper, rule; `known` false where the data do not tell.
  virtual void wish(const SizingInput& input, SizingDecision& decision) = 0;
  /// Told what was granted.
  virtual void granted(const SizingInput&, const SizingDecision&) {}
  /// Told that what was granted last did not come about.
  virtual void revoked() {}
  /// Told of a change before a restart.
  virtual void recalled(Resource, TimePoint) {}
  virtual void forget() {}

 private:
  void take_in(const SizingInput& input);
  void bind(SizingLimiter& limiter, const SizingInput& input, Managed own, TimePoint known_at,
            ResourceDecision& d);
  void learn(const UsageSample& sample);
  SizingLimiter cpu_, memory_;
  std::optional<SizingLimiter> cpu_before_{}, memory_before_{};  ///< the last change of each
  bool any_ = false, any_kill_ = false;
  TimePoint seen_{}, cpu_at_{}, memory_at_{}, killed_{};
  double cpu_usage_ = std::numeric_limits<double>::quiet_NaN();
  double memory_usage_ = std::numeric_limits<double>::quiet_NaN();
};

/// How it becomes a record for the journal.
Decision to_decision(const SizingDecision& sizing, const SizingPolicy& policy);

}  // namespace learningplane::decision
