#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace learningplane::detail {

/// The day and time of one yearly change: "M3.5.0/2", "J60" or "59/24".
struct RuleDay {
  enum class Form { month_week_day, day_without_leap, day_with_leap };
  Form form = Form::month_week_day;
  int month = 0, week = 0, weekday = 0;
  int day = 0;
  std::int32_t time = 7200;  ///< seconds after midnight, local; may be negative or pass a day

  /// Local seconds since 1970 of that day and time.
  std::int64_t in_year(int year) const;
};

/// The POSIX TZ rule in the footer of a zone file: "CET-1CEST,M3.5.0,M10.5.0/3". Offsets are local
/// minus UTC, in seconds, so the sign is turned.
struct ZoneRule {
  std::int32_t standard = 0;
  struct Daylight {
    std::int32_t offset = 0;
    RuleDay start{}, end{};
  };
  std::optional<Daylight> daylight{};

  /// Empty where the text is no such rule, as RFC 8536 and RFC 9636 have it.
  static std::optional<ZoneRule> parse(std::string_view text);
};

}  // namespace learningplane::detail
