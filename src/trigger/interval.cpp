#include "learningplane/trigger/interval.hpp"

#include <fmt/format.h>

#include "learningplane/error.hpp"
#include "trigger/jitter.hpp"
#include "trigger/text.hpp"

namespace learningplane::trigger {

Interval::Interval(IntervalOptions options) : options_(options) {
  if (options_.every < std::chrono::milliseconds(1))
    throw ConfigError({}, "every", format_duration(options_.every), "at least 1ms");
  if (options_.jitter < Duration{0})
    throw ConfigError({}, "jitter", format_duration(options_.jitter), "0s or more");
  if (options_.start && options_.end && *options_.end < *options_.start)
    throw ConfigError({}, "end", to_iso8601(*options_.end), "a time not before the start");
}

std::optional<TimePoint> Interval::nominal(TimePoint after) const {
  if (options_.start && after < *options_.start) return options_.start;
  const std::int64_t every = options_.every.count();
  const std::int64_t anchor = options_.start ? to_ns(*options_.start) : 0;
  const std::int64_t now = to_ns(after);
  // After the anchor the distance may pass 63 bits, before it only where the anchor is zero.
  const std::int64_t behind =
      now >= anchor ? static_cast<std::int64_t>(
                          (static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(anchor)) %
                          static_cast<std::uint64_t>(every))
                    : (now % every + every) % every;
  std::int64_t next = 0;
  if (__builtin_add_overflow(now, every - behind, &next)) return std::nullopt;
  if (options_.end && from_ns(next) > *options_.end) return std::nullopt;
  return from_ns(next);
}

std::optional<TimePoint> Interval::next(TimePoint after) const {
  return detail::next_with_jitter([this](TimePoint t) { return nominal(t); }, after,
                                  {options_.jitter, options_.seed, options_.end});
}

std::string Interval::describe() const {
  return fmt::format("interval[{}]", detail::python_text(options_.every));
}

}  // namespace learningplane::trigger
