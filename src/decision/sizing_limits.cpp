#include "learningplane/decision/sizing_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {
constexpr double mib = 1'048'576;

Managed managed(std::string_view name) {
  if (name == "cpu") return Managed::cpu;
  return name == "memory" ? Managed::memory : Managed::both;
}

double round_up(double value, double step) {
  // 0.3 cores are 300 steps, whatever binary fractions make of them.
  return std::ceil(value / step - 1e-9) * step;
}
}  // namespace

std::string_view to_string(Resource resource) {
  return resource == Resource::cpu ? "cpu" : "memory";
}

std::string_view to_string(Managed m) {
  return m == Managed::both ? "both" : m == Managed::cpu ? "cpu" : "memory";
}

void check(const SizingLimits& l) {
  const auto number = [](bool fine, std::string_view key, double value, std::string_view allowed) {
    if (!fine || !std::isfinite(value))
      throw ConfigError("", key, fmt::format("{}", value), allowed);
  };
  const auto time = [](Duration value, std::string_view key) {
    if (value.count() < 0)
      throw ConfigError("", key, format_duration(value), "a duration of at least 0s");
  };
  number(l.cpu_minimum > 0, "cpu_minimum", l.cpu_minimum, "a number of cores above 0");
  number(l.cpu_maximum >= l.cpu_minimum, "cpu_maximum", l.cpu_maximum, "at least cpu_minimum");
  number(l.memory_minimum > 0, "memory_minimum", l.memory_minimum, "a number of bytes above 0");
  number(l.memory_maximum >= l.memory_minimum, "memory_maximum", l.memory_maximum,
         "at least memory_minimum");
  number(l.minimal_change >= 0 && l.minimal_change < 1, "minimal_change", l.minimal_change,
         "a share from 0 to below 1");
  number(l.memory_bump_ratio >= 1, "memory_bump_ratio", l.memory_bump_ratio, "at least 1");
  number(l.memory_bump >= 0, "memory_bump", l.memory_bump, "a number of bytes, at least 0");
  number(l.cpu_bump_ratio >= 1, "cpu_bump_ratio", l.cpu_bump_ratio, "at least 1");
  time(l.cooldown_up, "cooldown_up");
  time(l.cooldown_down, "cooldown_down");
  time(l.memory_bump_hold, "memory_bump_hold");
  time(l.cpu_bump_hold, "cpu_bump_hold");
  time(l.stale, "stale");
}

SizingLimiter::SizingLimiter(SizingLimits limits, Resource resource)
    : limits_(limits), resource_(resource) {
  check(limits_);
  const bool cpu = resource == Resource::cpu;
  low_ = cpu ? limits_.cpu_minimum : limits_.memory_minimum;
  high_ = cpu ? limits_.cpu_maximum : limits_.memory_maximum;
  step_ = cpu ? 1e-3 : mib;
}

double SizingLimiter::floor(TimePoint at) const { return at < until_ ? floor_ : 0; }

void SizingLimiter::raise(TimePoint at, double floor, Duration hold) {
  floor_ = std::max(floor, this->floor(at));
  until_ = at + hold;
}

void SizingLimiter::used(TimePoint at, double usage, double limit) {
  if (resource_ != Resource::cpu || limits_.cpu_bump_ratio <= 1) return;
  if (std::isfinite(usage) && std::isfinite(limit) && usage >= 0.99 * limit)
    raise(at, limit * limits_.cpu_bump_ratio, limits_.cpu_bump_hold);
}

void SizingLimiter::out_of_memory(TimePoint at, double limit) {
  if (resource_ != Resource::memory || !std::isfinite(limit)) return;
  raise(at, std::max(limit * limits_.memory_bump_ratio, limit + limits_.memory_bump),
        limits_.memory_bump_hold);
}

SizingLimiter::Bound SizingLimiter::apply(TimePoint at, double current, double usage,
                                          const SizeWish& wish) {
  const bool wished = std::isfinite(wish.value), there = std::isfinite(current);
  if (!wished && !there) return {std::numeric_limits<double>::quiet_NaN(), "unknown_data"};
  Bound out{wished ? wish.value : current, wished ? "" : "unknown_data"};
  bool urgent = false;
  if (!wish.exact && floor(at) > out.value) {
    out = {floor(at), resource_ == Resource::cpu ? "at_limit" : "out_of_memory"};
    urgent = there && out.value > current;
  }
  // Without a wish only a bump may change anything, and only upwards.
  if (!wished && !urgent) return {current, "unknown_data"};
  // A limit below what is in use kills at once.
  if (resource_ == Resource::memory && std::isfinite(usage) && usage > out.value)
    out = {usage, "in_use"};
  const double rounded = round_up(out.value, step_);
  out.value = std::clamp(rounded, low_, high_);
  if (out.value < rounded) out.rule = "maximum";
  if (out.value > rounded) out.rule = "minimum";
  if (!there || urgent) return out;
  // Whoever set a size outside the bounds gets it corrected at once.
  if (current < low_ || current > high_) return out;
  const double change = std::abs(out.value - current);
  if (change <= 0) return {current, out.rule};
  if (change < limits_.minimal_change * current) return {current, "small_change"};
  const Duration wait = out.value > current ? limits_.cooldown_up : limits_.cooldown_down;
  if (any_ && at - last_ < wait) return {current, "cooldown"};
  return out;
}

void SizingLimiter::changed(TimePoint at) {
  any_ = true;
  last_ = at;
}

void SizingLimiter::reset() {
  any_ = false;
  floor_ = 0;
  until_ = TimePoint{};
}

std::vector<Parameter> sizing_limit_parameters() {
  const SizingLimits d;
  const auto number = [](std::string name, std::string summary, double fallback, double low,
                         double high) {
    return Parameter{
        std::move(name), ParameterType::number, std::move(summary), fallback, false, {}, low, high};
  };
  const auto duration = [](std::string name, std::string summary, const char* fallback) {
    return Parameter{std::move(name), ParameterType::duration, std::move(summary), fallback};
  };
  return {{"manage",
           ParameterType::string,
           "which resources are sized",
           "both",
           false,
           {"both", "cpu", "memory"}},
          number("cpu_minimum", "fewest cores, above 0", d.cpu_minimum, 1e-6, 1e6),
          number("cpu_maximum", "most cores, at least the minimum", d.cpu_maximum, 1e-6, 1e6),
          number("memory_minimum", "fewest bytes, above 0", d.memory_minimum, 1, 1e18),
          number("memory_maximum", "most bytes, at least the minimum", d.memory_maximum, 1, 1e18),
          number("minimal_change", "share of the present size below which nothing is changed",
                 d.minimal_change, 0, 0.999),
          duration("cooldown_up", "no raise so long after the last change of the resource", "0s"),
          duration("cooldown_down", "no cut so long after the last change of the resource", "0s"),
          number("memory_bump_ratio", "after an out-of-memory kill: times the limit, 1 or more",
                 d.memory_bump_ratio, 1, 100),
          number("memory_bump", "after an out-of-memory kill: at least so many bytes more",
                 d.memory_bump, 0, 1e15),
          duration("memory_bump_hold", "no less than that for so long", "24h"),
          number("cpu_bump_ratio", "where usage reaches 99 % of the limit: times it; 1: no bump",
                 d.cpu_bump_ratio, 1, 100),
          duration("cpu_bump_hold", "no less than that for so long", "1h"),
          duration("stale", "older usage is not known usage", "15m")};
}

SizingLimits sizing_limits_from(const Value& v) {
  SizingLimits l;
  const auto time = [&](std::string_view key, Duration fallback) {
    return value_or_throw(parse_duration(v.get(key, format_duration(fallback).c_str())));
  };
  l.manage = managed(v.get("manage", "both"));
  l.cpu_minimum = v.get("cpu_minimum", l.cpu_minimum);
  l.cpu_maximum = v.get("cpu_maximum", l.cpu_maximum);
  l.memory_minimum = v.get("memory_minimum", l.memory_minimum);
  l.memory_maximum = v.get("memory_maximum", l.memory_maximum);
  l.minimal_change = v.get("minimal_change", l.minimal_change);
  l.cooldown_up = time("cooldown_up", l.cooldown_up);
  l.cooldown_down = time("cooldown_down", l.cooldown_down);
  l.memory_bump_ratio = v.get("memory_bump_ratio", l.memory_bump_ratio);
  l.memory_bump = v.get("memory_bump", l.memory_bump);
  l.memory_bump_hold = time("memory_bump_hold", l.memory_bump_hold);
  l.cpu_bump_ratio = v.get("cpu_bump_ratio", l.cpu_bump_ratio);
  l.cpu_bump_hold = time("cpu_bump_hold", l.cpu_bump_hold);
  l.stale = time("stale", l.stale);
  check(l);
  return l;
}

}  // namespace learningplane::decision
