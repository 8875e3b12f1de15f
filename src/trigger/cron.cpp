#include "learningplane/trigger/cron.hpp"

#include <date/date.h>
#include <fmt/format.h>

#include "learningplane/error.hpp"
#include "trigger/jitter.hpp"

namespace learningplane::trigger {

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr int years_ahead = 50;

CronExpression parsed(const std::string& text) {
  auto expression = CronExpression::parse(text);
  if (!expression) throw ConfigError({}, "expression", text, expression.error().message);
  return *expression;
}

/// The wall-clock second at which the search ends.
std::int64_t search_end(LocalSeconds from) {
  const date::year_month_day day{
      date::floor<date::days>(date::sys_seconds(std::chrono::seconds(from)))};
  const date::sys_days end = (day.year() + date::years(years_ahead + 1)) / date::January / 1;
  return date::sys_seconds(end).time_since_epoch().count();
}

/// Each wall-clock time once: in a gap the instant after it, in an overlap the first time round.
std::optional<std::int64_t> next_fixed(const CronExpression& expression, const Zone& zone,
                                       std::int64_t after) {
  const ZoneSpan span = zone.span(after);
  LocalSeconds from = after + span.offset + 1;
  const LocalSeconds until = search_end(from);
  // The second time round an overlap every time up to its end has had its instant.
  from = std::max(from, span.from + zone.span(span.from - 1).offset);
  while (const auto wall = expression.next(from, until)) {
    const std::int64_t t = zone.meaning(*wall).first;
    if (t > after) return t;
    from = *wall + 1;
  }
  return std::nullopt;
}

/// Each instant whose wall-clock time matches.
std::optional<std::int64_t> next_recurring(const CronExpression& expression, const Zone& zone,
                                           std::int64_t after) {
  std::int64_t t = after + 1;
  const LocalSeconds until = search_end(zone.to_local(t));
  for (;;) {
    const ZoneSpan span = zone.span(t);
    const LocalSeconds span_end = span.until + span.offset;
    if (const auto wall = expression.next(t + span.offset, std::min(span_end, until)))
      return *wall - span.offset;
    if (span_end >= until) return std::nullopt;
    t = span.until;
  }
}

}  // namespace

Cron::Cron(CronOptions options)
    : options_(std::move(options)), expression_(parsed(options_.expression)) {
  if (!options_.zone) throw LogicError("a cron trigger needs a zone: Zone::utc() or Zone::load()");
  if (options_.jitter < Duration{0})
    throw ConfigError({}, "jitter", format_duration(options_.jitter), "0s or more");
  if (options_.start && options_.end && *options_.end < *options_.start)
    throw ConfigError({}, "end", to_iso8601(*options_.end), "a time not before the start");
}

std::optional<TimePoint> Cron::nominal(TimePoint after) const {
  if (options_.start && after < *options_.start) after = *options_.start - Duration{1};
  const std::int64_t seconds =
      std::chrono::floor<std::chrono::seconds>(after).time_since_epoch().count();
  const auto t = expression_.is_fixed_time() ? next_fixed(expression_, *options_.zone, seconds)
                                             : next_recurring(expression_, *options_.zone, seconds);
  if (!t || *t > std::numeric_limits<std::int64_t>::max() / second_ns) return std::nullopt;
  const TimePoint found = from_ns(*t * second_ns);
  if (options_.end && found > *options_.end) return std::nullopt;
  return found;
}

std::optional<TimePoint> Cron::next(TimePoint after) const {
  return detail::next_with_jitter([this](TimePoint t) { return nominal(t); }, after,
                                  {options_.jitter, options_.seed, options_.end});
}

std::string Cron::describe() const {
  if (options_.zone->name() == "UTC") return fmt::format("cron[{}]", options_.expression);
  return fmt::format("cron[{}, {}]", options_.expression, options_.zone->name());
}

}  // namespace learningplane::trigger
