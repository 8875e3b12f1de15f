#include "learningplane/decision/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "learningplane/decision/policy_state.hpp"
#include "learningplane/error.hpp"

namespace learningplane::decision {

void check(const Limits& l) {
  const auto number = [](bool fine, std::string_view key, std::int64_t value,
                         std::string_view allowed) {
    if (!fine) throw ConfigError("", key, fmt::format("{}", value), allowed);
  };
  const auto time = [](bool fine, std::string_view key, Duration value, std::string_view allowed) {
    if (!fine) throw ConfigError("", key, format_duration(value), allowed);
  };
  number(l.minimum >= 0, "minimum", l.minimum, "at least 0");
  number(l.maximum >= l.minimum, "maximum", l.maximum, "at least the minimum");
  number(l.stage_down >= 0, "stage_down", l.stage_down, "at least 0");
  number(l.rate_up >= 0, "rate_up", l.rate_up, "at least 0");
  number(l.rate_down >= 0, "rate_down", l.rate_down, "at least 0");
  time(l.cooldown_up.count() >= 0, "cooldown_up", l.cooldown_up, "a duration of at least 0s");
  time(l.cooldown_down.count() >= 0, "cooldown_down", l.cooldown_down, "a duration of at least 0s");
  time(l.period.count() > 0, "period", l.period, "a duration above 0s");
}

Limiter::Limiter(Limits limits) : limits_(limits) { check(limits_); }

Limiter::Bound Limiter::apply(TimePoint at, std::int64_t current, std::int64_t wish) {
  const Limits& l = limits_;
  Bound out{std::clamp(wish, l.minimum, l.maximum), {}};
  if (out.replicas < wish) out.rule = "maximum";
  if (out.replicas > wish) out.rule = "minimum";
  // Whoever set a number outside the bounds gets it corrected at once.
  const std::int64_t from = std::clamp(current, l.minimum, l.maximum);
  if (out.replicas == from) return out;
  const bool up = out.replicas > from;
  const Duration wait = up ? l.cooldown_up : l.cooldown_down;
  if (any_ && at - last_ < wait) return {from, "cooldown"};
  if (!up && l.stage_down > 0 && from - out.replicas > l.stage_down)
    out = {from - l.stage_down, "stage_down"};
  const std::int64_t rate = up ? l.rate_up : l.rate_down;
  if (rate == 0) return out;
  while (!changes_.empty() && at - changes_.front().first >= l.period) changes_.pop_front();
  std::int64_t spent = 0;
  for (const auto& [when, by] : changes_) {
    if ((by > 0) == up) spent += by < 0 ? -by : by;
  }
  const std::int64_t left = std::max<std::int64_t>(0, rate - spent);
  if (up && out.replicas - from > left) out = {from + left, "rate_up"};
  if (!up && from - out.replicas > left) out = {from - left, "rate_down"};
  return out;
}

void Limiter::changed(TimePoint at, std::int64_t by) {
  if (by == 0) return;
  any_ = true;
  last_ = at;
  if (limits_.rate_up == 0 && limits_.rate_down == 0) return;
  while (!changes_.empty() && at - changes_.front().first >= limits_.period) changes_.pop_front();
  changes_.emplace_back(at, by);
}

void Limiter::reset() {
  changes_.clear();
  any_ = false;
  last_ = {};
}

void Limiter::remember(PolicyState& state) {
  state.events("changes", changes_);
  state.field("any", any_);
  state.field("last", last_);
}

Duration longest(const Limits& l) {
  const Duration rates = l.rate_up > 0 || l.rate_down > 0 ? l.period : Duration(0);
  return std::max({l.cooldown_up, l.cooldown_down, rates});
}

Value to_value(const Limits& l) {
  return Value::object()
      .set("minimum", l.minimum)
      .set("maximum", l.maximum)
      .set("cooldown_up", format_duration(l.cooldown_up))
      .set("cooldown_down", format_duration(l.cooldown_down))
      .set("stage_down", l.stage_down)
      .set("rate_up", l.rate_up)
      .set("rate_down", l.rate_down)
      .set("period", format_duration(l.period));
}

std::vector<Parameter> limit_parameters() {
  const auto integer = [](std::string name, std::string summary, std::int64_t fallback,
                          double low) {
    return Parameter{
        std::move(name), ParameterType::integer, std::move(summary), fallback, false, {}, low, 1e9};
  };
  const auto duration = [](std::string name, std::string summary, const char* fallback) {
    return Parameter{std::move(name), ParameterType::duration, std::move(summary), fallback};
  };
  return {integer("minimum", "fewest instances, at least 0", 1, 0),
          integer("maximum", "most instances, at least the minimum", 1'000, 0),
          duration("cooldown_up", "no scaling up so long after the last change", "0s"),
          duration("cooldown_down", "no scaling down so long after the last change", "0s"),
          integer("stage_down", "most instances given up in one decision; 0: any number", 0, 0),
          integer("rate_up", "most instances added within the period; 0: any number", 0, 0),
          integer("rate_down", "most instances given up within the period; 0: any number", 0, 0),
          duration("period", "what the rates are counted over, above 0s", "1m")};
}

Limits limits_from(const Value& v) {
  const auto time = [&](std::string_view key, const char* fallback) {
    return value_or_throw(parse_duration(v.get(key, fallback)));
  };
  Limits l;
  l.minimum = v.get("minimum", std::int64_t{1});
  l.maximum = v.get("maximum", std::int64_t{1'000});
  l.cooldown_up = time("cooldown_up", "0s");
  l.cooldown_down = time("cooldown_down", "0s");
  l.stage_down = v.get("stage_down", std::int64_t{0});
  l.rate_up = v.get("rate_up", std::int64_t{0});
  l.rate_down = v.get("rate_down", std::int64_t{0});
  l.period = time("period", "1m");
  check(l);
  return l;
}

}  // namespace learningplane::decision
