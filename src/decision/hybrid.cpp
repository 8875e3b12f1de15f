#include "learningplane/decision/hybrid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t startups_kept = 8;
}  // namespace

Hybrid::Hybrid(HybridOptions options, const Capacity& capacity)
    : ScalingPolicy(options.limits), options_(options) {
  const HybridOptions& o = options_;
  check(o.objective);
  const auto number = [](bool fine, std::string_view key, double value, std::string_view allowed) {
    if (!fine) throw ConfigError("", key, fmt::format("{}", value), allowed);
  };
  const auto time = [](bool fine, std::string_view key, Duration value, std::string_view allowed) {
    if (!fine) throw ConfigError("", key, format_duration(value), allowed);
  };
  number(o.quantile > 0 && o.quantile < 1, "quantile", o.quantile, "above 0 and below 1");
  number(o.headroom >= 0 && std::isfinite(o.headroom), "headroom", o.headroom, "at least 0");
  number(o.reach >= 0 && std::isfinite(o.reach), "reach", o.reach, "at least 0");
  number(o.slack >= 0 && std::isfinite(o.slack), "slack", o.slack, "at least 0");
  time(o.step.count() > 0, "step", o.step, "a duration above 0s");
  time(o.window >= o.step, "window", o.window, "at least the step");
  time(o.startup.count() >= 0, "startup", o.startup, "a duration of at least 0s");
  time(o.calm.count() >= 0, "calm", o.calm, "a duration of at least 0s");
  time(o.memory.count() >= 0, "memory", o.memory, "a duration of at least 0s");
  carries_ = static_cast<double>(capacity.most_streams(o.objective.quantile, o.objective.upper()));
  number(carries_ > 0, "objective", o.objective.latency,
         "a latency that one instance keeps with one stream");
}

std::int64_t Hybrid::instances_for(double load) const {
  const double n = std::ceil(load / carries_ - 1e-9);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(n, 1e15)));
}

Duration Hybrid::measured_startup() const {
  Duration longest{0};
  for (const Duration d : startups_) longest = std::max(longest, d);
  return longest;
}

double Hybrid::highest_plan(const ScalingInput& in, Duration within) const {
  const auto steps = static_cast<std::size_t>(std::max<std::int64_t>(1, within / options_.step));
  double high = unknown;
  for (std::size_t i = 0; i < std::min(steps, in.forecast.size()); ++i) {
    if (!std::isfinite(in.forecast[i])) return unknown;
    high = std::isfinite(high) ? std::max(high, in.forecast[i]) : in.forecast[i];
  }
  return high;
}

void Hybrid::watch_startup(const ScalingInput& in) {
  if (!asked_ || in.ready < in.replicas) return;
  // The first step is how long any change takes to be seen.
  startups_.push_back(std::max(Duration(0), in.at - *asked_ - options_.step));
  if (startups_.size() > startups_kept) startups_.erase(startups_.begin());
  asked_.reset();
}

void Hybrid::wish(const ScalingInput& in, ScalingDecision& d) {
  watch_startup(in);
  const HybridOptions& o = options_;
  const Duration lead = std::max(o.startup, measured_startup()) + o.step;
  const double soon = highest_plan(in, lead);
  const double window = highest_plan(in, o.window);
  d.planned = window;
  for (const double v : in.forecast_mean) {
    if (std::isfinite(v))
      d.raw_forecast = std::isfinite(d.raw_forecast) ? std::max(d.raw_forecast, v) : v;
  }
  if (!std::isfinite(in.load)) {
    // What is planned may still start; nothing is taken away.
    d.known = false;
    if (std::isfinite(soon)) d.wish = std::max(d.current, instances_for(soon));
    if (d.wish > d.current) d.rule = "plan";
    d.wishes.push_back({"plan", soon, std::isfinite(soon) ? d.wish : -1});
    return;
  }
  highest_load_ = std::isfinite(highest_load_) ? std::max(highest_load_, in.load) : in.load;
  // More than the plan is not provided for while the plan is right, and never more than was seen.
  const bool wrong = !std::isfinite(planned_now_) || in.load > planned_now_ + o.headroom;
  const double most = wrong || !std::isfinite(window) ? highest_load_ : window;
  const std::int64_t by_load =
      instances_for(std::max(in.load, std::min(in.load + o.headroom, most)));
  std::int64_t up = by_load;
  d.rule = "load";
  d.wishes.push_back({"load", in.load, by_load});
  if (std::isfinite(soon)) {
    const std::int64_t by_plan = std::min(instances_for(soon), instances_for(in.load + o.reach));
    d.wishes.push_back({"plan", soon, by_plan});
    if (by_plan > up) up = by_plan, d.rule = "plan";
  }
  // Slow although the load should be carried: the capacity is not what was measured.
  if (std::isfinite(in.latency) && in.latency > o.objective.upper() && in.ready >= in.replicas &&
      up <= d.current) {
    up = d.current + 1;
    d.rule = "over_objective";
    d.wishes.push_back({"latency", in.latency, up});
  }
  if (up >= d.current) {
    calm_since_.reset();
    d.wish = up;
    if (up == d.current) d.rule = "fits";
    return;
  }
  if (!std::isfinite(window)) {
    d.known = false;
    d.rule = {};
    return;
  }
  go_down(in, std::max({up, instances_for(window), instances_for(in.load + o.slack)}), d);
}

void Hybrid::go_down(const ScalingInput& in, std::int64_t keep, ScalingDecision& d) {
  d.wishes.push_back({"window", d.planned, keep});
  if (keep >= d.current) {
    calm_since_.reset();
    d.rule = "fits";
    return;
  }
  if (std::isfinite(planned_now_) && in.load > planned_now_ + options_.headroom) {
    calm_since_.reset();
    d.rule = "fallback";
    return;
  }
  if (!calm_since_) calm_since_ = in.at;
  if (in.at - *calm_since_ < options_.calm) {
    d.rule = "calm";
  } else if (last_up_ && in.at - *last_up_ < options_.memory) {
    d.rule = "memory";
  } else {
    d.wish = keep;
    d.rule = "plan_under";
  }
}

void Hybrid::granted(const ScalingInput& in, const ScalingDecision& d) {
  planned_now_ = in.forecast.empty() ? unknown : in.forecast.front();
  if (!d.acts()) return;
  asked_before_ = asked_;
  last_up_before_ = last_up_;
  calm_before_ = calm_since_;
  calm_since_.reset();
  if (d.replicas > d.current) {
    last_up_ = in.at;
    if (!asked_) asked_ = in.at;
  } else if (in.ready >= d.replicas) {
    asked_.reset();  // what was starting is not waited for any more
  }
}

void Hybrid::revoked() {
  asked_ = asked_before_;
  last_up_ = last_up_before_;
  calm_since_ = calm_before_;
}

void Hybrid::recalled(TimePoint at, std::int64_t by) {
  if (by > 0) last_up_ = at;
}

void Hybrid::forget() {
  asked_.reset();
  last_up_.reset();
  calm_since_.reset();
  asked_before_.reset();
  last_up_before_.reset();
  calm_before_.reset();
  planned_now_ = highest_load_ = unknown;
  startups_.clear();
}

void Hybrid::remember(PolicyState& state) {
  state.field("asked", asked_);
  state.field("last_up", last_up_);
  state.field("calm_since", calm_since_);
  state.field("asked_before", asked_before_);
  state.field("last_up_before", last_up_before_);
  state.field("calm_before", calm_before_);
  state.field("planned_now", planned_now_);
  state.field("highest_load", highest_load_);
  state.field("startups", startups_);
}

// What was measured of start-ups and loads has no window of its own.
Duration Hybrid::remembers() const {
  return std::max({Duration(std::chrono::days(1)), options_.window, options_.calm, options_.memory,
                   ScalingPolicy::remembers()});
}

Value Hybrid::options_value() const {
  const HybridOptions& o = options_;
  return to_value(o.objective)
      .set("window", format_duration(o.window))
      .set("quantile", o.quantile)
      .set("step", format_duration(o.step))
      .set("startup", format_duration(o.startup))
      .set("headroom", o.headroom)
      .set("reach", o.reach)
      .set("slack", o.slack)
      .set("calm", format_duration(o.calm))
      .set("memory", format_duration(o.memory))
      .set("carries", carries_);
}

Manifest hybrid_manifest() {
  const auto number = [](std::string name, std::string summary, double fallback, double high) {
    return Parameter{
        std::move(name), ParameterType::number, std::move(summary), fallback, false, {}, 0, high};
  };
  const auto time = [](std::string name, std::string summary, const char* fallback) {
    return Parameter{std::move(name), ParameterType::duration, std::move(summary), fallback};
  };
  const HybridOptions o;
  Manifest m{"hybrid", "Plans on an upper quantile, falls back on the load, remembers", {}};
  m.parameters = objective_parameters();
  const std::vector<Parameter> own = {
      time("window", "an instance is kept while the plan of the coming window needs it",
           format_duration(o.window).c_str()),
      {"quantile",
       ParameterType::number,
       "of the forecast that is the plan, in (0, 1)",
       o.quantile,
       false,
       {},
       1e-6,
       1 - 1e-6},
      time("step", "of the forecast and between decisions, above 0s",
           format_duration(o.step).c_str()),
      time("startup", "until an instance serves; longer measured ones replace it",
           format_duration(o.startup).c_str()),
      number("headroom", "streams that may come at once, at least 0", o.headroom, 1e12),
      number("reach", "streams above the load that the plan is believed, at least 0", o.reach,
             1e12),
      number("slack", "streams that must be free after giving an instance up, at least 0", o.slack,
             1e12),
      time("calm", "how long that must hold without a break", format_duration(o.calm).c_str()),
      time("memory", "no instance is given up so long after one came",
           format_duration(o.memory).c_str())};
  m.parameters.insert(m.parameters.end(), own.begin(), own.end());
  for (Parameter& p : capacity_parameters()) m.parameters.push_back(std::move(p));
  for (Parameter& p : limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

HybridOptions hybrid_options(const Value& v) {
  HybridOptions o;
  const auto time = [&](std::string_view key, Duration fallback) {
    return value_or_throw(parse_duration(v.get(key, format_duration(fallback).c_str())));
  };
  o.objective = objective_from(v);
  o.window = time("window", o.window);
  o.quantile = v.get("quantile", o.quantile);
  o.step = time("step", o.step);
  o.startup = time("startup", o.startup);
  o.headroom = v.get("headroom", o.headroom);
  o.reach = v.get("reach", o.reach);
  o.slack = v.get("slack", o.slack);
  o.calm = time("calm", o.calm);
  o.memory = time("memory", o.memory);
  o.limits = limits_from(v);
  return o;
}

}  // namespace learningplane::decision
