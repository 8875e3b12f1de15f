#include "learningplane/decision/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {

constexpr std::string_view day_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

int minutes_from(const std::string& text) {
  int hour = -1, minute = -1;
  const char* end = text.data() + text.size();
  const auto [colon, bad] = std::from_chars(text.data(), end, hour);
  if (bad == std::errc() && colon != end && *colon == ':') std::from_chars(colon + 1, end, minute);
  if (text.size() != 5 || hour < 0 || hour > 24 || minute < 0 || minute > 59 ||
      hour * 60 + minute > 24 * 60)
    throw ConfigError("", "periods", text, "a time of day such as 07:30, up to 24:00");
  return hour * 60 + minute;
}

SchedulePeriod period_from(const Value& v) {
  SchedulePeriod p;
  if (const Value* days = v.find("days")) {
    p.days.fill(false);
    for (const Value& day : days->as_array()) {
      const auto at = std::find(std::begin(day_names), std::end(day_names), day.as_string());
      if (at == std::end(day_names))
        throw ConfigError("", "periods.days", day.as_string(), "mon, tue, wed, thu, fri, sat, sun");
      p.days[static_cast<std::size_t>(at - std::begin(day_names))] = true;
    }
  }
  p.from = minutes_from(v.get("from", "00:00"));
  p.to = minutes_from(v.get("to", "24:00"));
  p.replicas = v.get("replicas", std::int64_t{1});
  return p;
}

}  // namespace

Schedule::Schedule(ScheduleOptions options)
    : ScalingPolicy(options.limits), options_(std::move(options)) {
  for (const SchedulePeriod& p : options_.periods) {
    if (p.from < 0 || p.from >= p.to || p.to > 24 * 60)
      throw ConfigError("", "periods", fmt::format("from {} to {}", p.from, p.to),
                        "a begin before its end, within a day");
  }
  zone_ = options_.zone == "UTC" ? Zone::utc() : value_or_throw(Zone::load(options_.zone));
}

void Schedule::wish(const ScalingInput& in, ScalingDecision& d) {
  const auto utc = std::chrono::floor<std::chrono::seconds>(in.at.time_since_epoch()).count();
  const std::int64_t minutes = (zone_->to_local(utc) - (zone_->to_local(utc) % 60 + 60) % 60) / 60;
  const std::int64_t day = (minutes - ((minutes % 1440) + 1440) % 1440) / 1440;
  const std::int64_t minute = minutes - day * 1440;
  // 1970-01-01 was a Thursday.
  const auto weekday = static_cast<std::size_t>(((day + 3) % 7 + 7) % 7);
  d.wish = options_.otherwise;
  d.rule = "otherwise";
  for (const SchedulePeriod& p : options_.periods) {
    if (!p.days[weekday] || minute < p.from || minute >= p.to) continue;
    d.wish = p.replicas;
    d.rule = "period";
    break;
  }
  d.wishes.push_back({"minute_of_day", static_cast<double>(minute), d.wish});
}

Value Schedule::options_value() const {
  Value periods = Value::array();
  for (const SchedulePeriod& p : options_.periods) {
    std::string days;
    for (const bool on : p.days) days += on ? '1' : '0';
    periods.push(fmt::format("{} {} {} {}", days, p.from, p.to, p.replicas));
  }
  return Value::object()
      .set("periods", std::move(periods))
      .set("otherwise", options_.otherwise)
      .set("zone", options_.zone);
}

Manifest schedule_manifest() {
  Manifest m{"schedule", "As many instances as the time of the week says", {}};
  m.parameters = {
      {"periods", ParameterType::list,
       "{days: [mon, …], from: \"07:30\", to: \"18:00\", replicas}; the first that holds", Value(),
       true},
      {"otherwise", ParameterType::integer, "instances outside them", 1, false, {}, 0, 1e9},
      {"zone", ParameterType::string, "IANA time zone of the times", "UTC"}};
  for (Parameter& p : limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

ScheduleOptions schedule_options(const Value& v) {
  ScheduleOptions o;
  if (const Value* periods = v.find("periods"); periods != nullptr && !periods->is_null()) {
    for (const Value& one : periods->as_array()) o.periods.push_back(period_from(one));
  }
  o.otherwise = v.get("otherwise", std::int64_t{1});
  o.zone = v.get("zone", "UTC");
  o.limits = limits_from(v);
  return o;
}

}  // namespace learningplane::decision
