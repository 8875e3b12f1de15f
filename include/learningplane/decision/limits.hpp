#pragma once
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>

#include "learningplane/registry.hpp"
#include "learningplane/time.hpp"

namespace learningplane::decision {

class PolicyState;

/// What binds every scaling policy, whatever it wishes.
struct Limits {
  std::int64_t minimum = 1;      ///< instances, at least 0
  std::int64_t maximum = 1'000;  ///< instances, at least `minimum`
  Duration cooldown_up{0};       ///< no scaling up so long after the last change
  Duration cooldown_down{0};     ///< no scaling down so long after the last change
  std::int64_t stage_down = 0;   ///< most instances given up in one decision; 0: any number
  std::int64_t rate_up = 0;      ///< most instances added within `period`; 0: any number
  std::int64_t rate_down = 0;    ///< most instances given up within `period`; 0: any number
  Duration period = std::chrono::minutes(1);
};
/// @throws ConfigError naming the option
void check(const Limits& limits);
/// The limits as parameters of a policy's manifest; and back from a checked mapping.
std::vector<Parameter> limit_parameters();
Limits limits_from(const Value& checked);
Value to_value(const Limits& limits);
/// How long a change bears on what is allowed.
Duration longest(const Limits& limits);

/// Applies the limits and remembers the changes that they look back on. Bounds come first and are
/// never left; a change that only brings an outside number back into them is not slowed down.
class Limiter {
 public:
  /// @throws ConfigError
  explicit Limiter(Limits limits);
  struct Bound {
    std::int64_t replicas;
    std::string_view rule;  ///< what bound it; empty: the wish was granted
  };
  /// What becomes of a wish at that time. Times must not go back.
  Bound apply(TimePoint at, std::int64_t current, std::int64_t wish);
  /// A change took place: decided here, or by somebody else.
  void changed(TimePoint at, std::int64_t by);
  const Limits& limits() const { return limits_; }
  void reset();
  /// Its part of what a policy remembers.
  void remember(PolicyState& state);

 private:
  Limits limits_;
  std::deque<std::pair<TimePoint, std::int64_t>> changes_{};  ///< within `period`
  bool any_ = false;
  TimePoint last_{};
};

}  // namespace learningplane::decision
