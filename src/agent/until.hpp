#pragma once
#include "learningplane/time.hpp"

namespace learningplane::agent {

/// A moment until which work goes on. On a clock that stands still meanwhile, as in a replay, it
/// never passes.
class Until {
 public:
  /// @param clock outlives it @param within from now on
  Until(const Clock& clock, Duration within)
      : clock_(&clock), end_(within < most ? clock.now() + within : TimePoint::max()) {}
  bool passed() const { return clock_->now() >= end_; }

 private:
  static constexpr Duration most = std::chrono::days(1);
  const Clock* clock_;
  TimePoint end_;
};

}  // namespace learningplane::agent
