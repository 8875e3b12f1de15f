#pragma once
#include <cstdint>
#include <optional>

#include "learningplane/trigger/trigger.hpp"

namespace learningplane::trigger {

struct IntervalOptions {
  Duration every{};  ///< at least 1 ms
  /// The first time, and the point that the others are counted from. Without it they are whole
  /// multiples of `every` since 1970-01-01T00:00:00Z: the same after each restart.
  std::optional<TimePoint> start{};
  std::optional<TimePoint> end{};  ///< no time after this
  Duration jitter{};  ///< each time is put off by 0 to this much, and never to or past the next one
  std::uint64_t seed = 0;  ///< of the jitter: seed and time decide, so that next() stays pure
};

/// Fires every so often, in elapsed time: clock changes of a zone do not touch it.
class Interval final : public Trigger {
 public:
  /// @throws ConfigError where `every` is too short or the end lies before the start.
  explicit Interval(IntervalOptions options);
  std::optional<TimePoint> next(TimePoint after) const override;
  /// "interval[0:05:00]", "interval[1 day, 0:00:00]".
  std::string describe() const override;

 private:
  std::optional<TimePoint> nominal(TimePoint after) const;
  IntervalOptions options_;
};

}  // namespace learningplane::trigger
