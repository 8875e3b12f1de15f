#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "learningplane/result.hpp"

namespace learningplane::trigger {

/// A cron expression as Debian's cron and the Python package cronsim read it: minute, hour, day of
/// month, month, day of week; with six fields the seconds come first. In each field `*`, numbers,
/// ranges `1-5`, lists `1,3`, steps `*/5`, `10-30/5`, `5/15`; months as JAN-DEC and days as SUN-SAT
/// (0 and 7 are Sunday), in any case; `L` (last day of the month), `LW` (its last weekday), `5L`
/// (the last Friday), `5#2` (the second Friday). Day of month and day of week must both match where
/// one of them starts with `*`, else either is enough. Aliases, each behind an at sign: yearly,
/// annually, monthly, weekly, daily, midnight, hourly.
/// Knows no zone: it compares wall-clock times, in seconds since 1970-01-01T00:00:00.
class CronExpression {
 public:
  /// malformed: names the field, what stands there and what is allowed; also for a day that no
  /// month has ("0 0 31 2 *").
  static Result<CronExpression> parse(std::string_view text);

  /// The first matching wall-clock time from `from` on and before `until`.
  std::optional<std::int64_t> next(std::int64_t from, std::int64_t until) const;
  bool matches(std::int64_t local) const;
  /// Neither seconds, minutes nor hours start with `*`: see Cron for what that means where clocks
  /// change.
  bool is_fixed_time() const { return fixed_time_; }

 private:
  bool day_matches(int year, unsigned month, unsigned day, unsigned weekday) const;

  std::uint64_t seconds_ = 0, minutes_ = 0;  ///< bit n: n is in the field
  std::uint32_t hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
  std::array<std::uint8_t, 6> nth_weekdays_{};  ///< [n]: bit per weekday of its n-th; [0]: the last
  bool last_day_ = false, last_working_day_ = false;
  bool both_days_ = true;
  bool fixed_time_ = false;
};

}  // namespace learningplane::trigger
