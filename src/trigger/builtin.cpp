#include "trigger/builtin.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/trigger/combine.hpp"
#include "learningplane/trigger/cron.hpp"
#include "learningplane/trigger/date.hpp"
#include "learningplane/trigger/interval.hpp"
#include "learningplane/zone.hpp"

namespace learningplane::trigger {

namespace {

using Type = ParameterType;

std::string where_of(const Value& v) {
  return v.where().line > 0 ? fmt::format("line {}", v.where().line) : std::string();
}

/// The options of one trigger, read key by key with errors that name the place.
struct Options {
  const Value& values;
  const TriggerContext& context;

  const Value& at(std::string_view key) const {
    static const Value null;
    const Value* v = values.find(key);
    return v == nullptr ? null : *v;
  }
  bool has(std::string_view key) const { return !at(key).is_null(); }
  [[noreturn]] void refuse(std::string_view key, const std::string& allowed) const {
    const Value& v = at(key);
    throw ConfigError(where_of(v.is_null() ? values : v), fmt::format("{}.{}", context.path, key),
                      v.is_string() ? v.as_string() : std::string(v.kind()), allowed);
  }
  Duration duration(std::string_view key) const {
    if (!has(key)) return {};
    const auto d = parse_duration(at(key).as_string());
    if (!d) refuse(key, d.error().message);
    if (*d < Duration{0}) refuse(key, "0s or more");
    return *d;
  }
  std::shared_ptr<const Zone> zone() const {
    auto zone = Zone::load(has("timezone") ? at("timezone").as_string() : context.timezone);
    if (!zone) refuse("timezone", zone.error().message);
    return *zone;
  }
  /// A time without an offset of its own is meant in the zone.
  std::optional<TimePoint> time(std::string_view key) const {
    if (!has(key)) return std::nullopt;
    const std::string& text = at(key).as_string();
    const auto t = parse_iso8601(text);
    if (!t) refuse(key, t.error().message);
    const auto clock = text.find(':');
    const bool has_offset = text.find_first_of("Zz") != text.npos ||
                            (clock != text.npos && text.find_first_of("+-", clock) != text.npos);
    if (has_offset) return *t;
    const auto whole = std::chrono::floor<std::chrono::seconds>(*t);
    const auto meaning = zone()->meaning(whole.time_since_epoch().count());
    if (meaning.kind == LocalMeaning::Kind::gap)
      refuse(key, "a time that the clocks of the zone show: they are put forward over this one");
    return TimePoint(std::chrono::seconds(meaning.first)) + (*t - whole);
  }
  std::uint64_t seed() const {
    return static_cast<std::uint64_t>(values.get("seed", std::int64_t{0}));
  }
};

const Parameter timezone{.name = "timezone",
                         .type = Type::string,
                         .summary = "IANA zone like Europe/Berlin; else that of the agent"};
const Parameter start{
    .name = "start", .type = Type::string, .summary = "ISO 8601; no time before it"};
const Parameter end{.name = "end", .type = Type::string, .summary = "ISO 8601; no time after it"};
const Parameter jitter{.name = "jitter",
                       .type = Type::duration,
                       .summary = "each time is put off by 0 to this much",
                       .fallback = "0s"};
const Parameter seed{
    .name = "seed", .type = Type::integer, .summary = "of the jitter", .fallback = 0, .minimum = 0};

Parameter part(const char* name) {
  return {.name = name,
          .type = Type::number,
          .summary = "added to `every`",
          .fallback = 0,
          .minimum = 0,
          .maximum = 1e9};
}

std::unique_ptr<Trigger> build_interval(const Value& values, const TriggerContext& context) {
  const Options options{values, context};
  constexpr std::array<std::pair<const char*, double>, 5> parts{
      {{"weeks", 604800}, {"days", 86400}, {"hours", 3600}, {"minutes", 60}, {"seconds", 1}}};
  double seconds = 0;
  for (const auto& [name, size] : parts) seconds += values.get(name, 0.0) * size;
  if (seconds > 9e9) options.refuse("every", "at most 285 years together");
  IntervalOptions out;
  out.every = options.duration("every") + Duration(std::llround(seconds * 1e9));
  if (out.every < std::chrono::milliseconds(1))
    options.refuse("every", "at least 1ms, like 5m; or weeks, days, hours, minutes, seconds");
  out.start = options.time("start");
  out.end = options.time("end");
  if (out.start && out.end && *out.end < *out.start)
    options.refuse("end", "a time not before the start");
  out.jitter = options.duration("jitter");
  out.seed = options.seed();
  return std::make_unique<Interval>(out);
}

std::unique_ptr<Trigger> build_date(const Value& values, const TriggerContext& context) {
  const Options options{values, context};
  return std::make_unique<Date>(*options.time("at"));
}

std::unique_ptr<Trigger> build_cron(const Value& values, const TriggerContext& context) {
  const Options options{values, context};
  CronOptions out;
  out.expression = values.get("expression", "");
  if (const auto good = CronExpression::parse(out.expression); !good)
    options.refuse("expression", good.error().message);
  out.zone = options.zone();
  out.start = options.time("start");
  out.end = options.time("end");
  if (out.start && out.end && *out.end < *out.start)
    options.refuse("end", "a time not before the start");
  out.jitter = options.duration("jitter");
  out.seed = options.seed();
  return std::make_unique<Cron>(std::move(out));
}

template <class Combined>
std::unique_ptr<Trigger> build_combined(const Value& values, const TriggerContext& context) {
  const Options options{values, context};
  const Value& list = options.at("children");
  if (list.size() == 0) options.refuse("children", "one trigger or more");
  Children children;
  TriggerContext inner = context;
  ++inner.depth;
  for (const Value& child : list.as_array()) {
    inner.path = fmt::format("{}.children[{}]", context.path, children.size());
    if (std::is_same_v<Combined, And> && child.get("jitter", "0s") != std::string("0s"))
      throw ConfigError(where_of(child), inner.path + ".jitter", child.get("jitter", "0s"),
                        "no jitter under 'and': times that are put off at random never meet");
    children.push_back(build(child, inner));
  }
  return std::make_unique<Combined>(std::move(children));
}

}  // namespace

void register_builtins(TriggerRegistry& registry) {
  const Parameter children{.name = "children",
                           .type = Type::list,
                           .summary = "triggers: [{kind: …}, …]",
                           .required = true};
  registry.add({"interval",
                "Every so often, counted from `start` or from 1970",
                {{.name = "every", .type = Type::duration, .summary = "like 5m; at least 1ms"},
                 part("weeks"),
                 part("days"),
                 part("hours"),
                 part("minutes"),
                 part("seconds"),
                 start,
                 end,
                 timezone,
                 jitter,
                 seed}},
               build_interval);
  registry.add(
      {"date",
       "Once",
       {{.name = "at", .type = Type::string, .summary = "ISO 8601", .required = true}, timezone}},
      build_date);
  registry.add(
      {"cron",
       "At wall-clock times, as Debian's cron reads them; L, LW, 5L and 5#2 too",
       {{.name = "expression",
         .type = Type::string,
         .summary =
             "minute hour day month weekday; with six fields seconds come first; or @hourly …",
         .required = true},
        timezone,
        start,
        end,
        jitter,
        seed}},
      build_cron);
  registry.add({"and", "When all children fire at the same instant", {children}},
               build_combined<And>);
  registry.add({"or", "Whenever one of the children fires", {children}}, build_combined<Or>);
}

}  // namespace learningplane::trigger
