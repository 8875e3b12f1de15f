#pragma once
#include <optional>
#include <string>

#include "learningplane/time.hpp"

namespace learningplane::trigger {

/// Says when. Pure: the same `after` gives the same answer, so that live agent, replay and
/// simulator agree. Thread safe: const calls may run at once.
class Trigger {
 public:
  Trigger() = default;
  Trigger(const Trigger&) = delete;
  Trigger& operator=(const Trigger&) = delete;
  virtual ~Trigger() = default;
  /// The first time strictly after `after`; empty where there is none any more.
  virtual std::optional<TimePoint> next(TimePoint after) const = 0;
  /// As the reference log writes it: "interval[0:05:00]", "cron[*/5 * * * *]", "date[2024-04-12
  /// 10:44:31 UTC]".
  virtual std::string describe() const = 0;
};

}  // namespace learningplane::trigger
