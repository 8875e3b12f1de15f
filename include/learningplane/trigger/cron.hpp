#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "learningplane/trigger/cron_expression.hpp"
#include "learningplane/trigger/trigger.hpp"
#include "learningplane/zone.hpp"

namespace learningplane::trigger {

struct CronOptions {
  std::string expression{};  ///< 5 or 6 fields, or an alias: see CronExpression
  std::shared_ptr<const Zone> zone = Zone::utc();
  std::optional<TimePoint> start{};  ///< no time before this
  std::optional<TimePoint> end{};    ///< no time after this
  Duration jitter{};  ///< each time is put off by 0 to this much, and never to or past the next one
  std::uint64_t seed = 0;  ///< of the jitter: seed and time decide, so that next() stays pure
};

/// Fires at the wall-clock times of an expression, and never at one that the zone's clocks do not
/// show. Where clocks change:
/// - a fixed-time expression (neither seconds, minutes nor hours start with `*`) fires for a time
/// in
///   the gap once, at the first instant after the gap; for a time in the overlap once, the first
///   time round;
/// - any other fires at each instant whose wall-clock time matches: not in the gap, twice in the
///   overlap.
class Cron final : public Trigger {
 public:
  /// @throws ConfigError naming field and what is allowed.
  explicit Cron(CronOptions options);
  /// Gives up 50 years after `after`, as cronsim does. Under 1 ms.
  std::optional<TimePoint> next(TimePoint after) const override;
  /// "cron[*/5 * * * *]"; with a zone other than UTC "cron[30 2 * * *, Europe/Berlin]".
  std::string describe() const override;

 private:
  std::optional<TimePoint> nominal(TimePoint after) const;
  CronOptions options_;
  CronExpression expression_;
};

}  // namespace learningplane::trigger
