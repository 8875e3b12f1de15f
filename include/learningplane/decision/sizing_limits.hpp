#pragma once
#include <limits>
#include <string_view>
#include <vector>

#include "learningplane/registry.hpp"
#include "learningplane/time.hpp"

namespace learningplane::decision {

enum class Resource { cpu, memory };
std::string_view to_string(Resource resource);

/// Which resources a policy sizes.
enum class Managed { both, cpu, memory };
std::string_view to_string(Managed managed);

/// What binds every sizing policy, whatever it wishes. Cores and bytes of one instance.
struct SizingLimits {
  Managed manage = Managed::both;
  double cpu_minimum = 0.01;                 ///< cores, above 0
  double cpu_maximum = 1'000;                ///< cores, at least the minimum
  double memory_minimum = 16.0 * 1'048'576;  ///< bytes, above 0
  double memory_maximum = 1e15;              ///< bytes, at least the minimum
  double minimal_change = 0.05;    ///< share of the present size below which nothing is changed
  Duration cooldown_up{0};         ///< no raise so long after the last change of the resource
  Duration cooldown_down{0};       ///< no cut so long after it
  double memory_bump_ratio = 1.2;  ///< after an out-of-memory kill: times the limit, and
  double memory_bump = 100.0 * 1'048'576;              ///< bytes more than it, whichever is more
  Duration memory_bump_hold = std::chrono::hours(24);  ///< no less than that for so long
  double cpu_bump_ratio = 1.2;  ///< where usage reaches 99 % of the limit; 1: no bump
  Duration cpu_bump_hold = std::chrono::hours(1);
  Duration stale = std::chrono::minutes(15);  ///< older usage is not known usage
};
/// @throws ConfigError naming the option
void check(const SizingLimits& limits);
/// The limits as parameters of a policy's manifest; and back from a checked mapping.
std::vector<Parameter> sizing_limit_parameters();
SizingLimits sizing_limits_from(const Value& checked);

/// What a policy would give, and what became of it.
struct SizeWish {
  double value = std::numeric_limits<double>::quiet_NaN();  ///< NaN: none
  bool exact = false;  ///< a number that was asked for: no bump raises it
};

/// Applies the limits to one resource and remembers what they look back on. The only place that
/// rounds: up to a thousandth of a core, up to a MiB.
class SizingLimiter {
 public:
  /// @throws ConfigError
  SizingLimiter(SizingLimits limits, Resource resource);

  /// The newest usage under the limit in effect. A resource at its limit asks for more than it
  /// says.
  void used(TimePoint at, double usage, double limit);
  /// Killed for want of memory at that limit. Memory only.
  void out_of_memory(TimePoint at, double limit);
  struct Bound {
    double value;           ///< NaN: not known and none wished
    std::string_view rule;  ///< what bound it; empty: the wish was granted
  };
  /// What becomes of a wish. `usage` NaN: memory that is in use is not known.
  Bound apply(TimePoint at, double current, double usage, const SizeWish& wish);
  /// A change took place.
  void changed(TimePoint at);
  const SizingLimits& limits() const { return limits_; }
  void reset();

 private:
  double floor(TimePoint at) const;
  void raise(TimePoint at, double floor, Duration hold);
  SizingLimits limits_;
  Resource resource_;
  double low_, high_, step_;
  double floor_ = 0;
  TimePoint until_{};
  bool any_ = false;
  TimePoint last_{};
};

}  // namespace learningplane::decision
