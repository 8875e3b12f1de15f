#include "learningplane/decision/target_tracking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// The load of all for "load_per_instance": the mean of a period is divided by the instances at its
/// end, so that a change within it does not count twice.
double value_of(const ScalingInput& in, const std::string& name) {
  if (name == "latency") return in.latency;
  if (name == "load_per_instance") return in.replicas > 0 ? in.load : unknown;
  for (const ScalingMetric& m : in.metrics) {
    if (m.name == name) return m.value;
  }
  return unknown;
}
}  // namespace

TargetTracking::TargetTracking(TargetTrackingOptions options)
    : ScalingPolicy(options.limits), options_(std::move(options)) {
  const TargetTrackingOptions& o = options_;
  const auto want = [](bool fine, std::string_view key, auto value, std::string_view allowed) {
    if (!fine) throw ConfigError("", key, fmt::format("{}", value), allowed);
  };
  want(o.target > 0 && std::isfinite(o.target), "target", o.target, "above 0");
  want(o.scale_in_below > 0 && o.scale_in_below <= 1, "scale_in_below", o.scale_in_below,
       "above 0, at most 1");
  want(o.scale_out_periods >= 1, "scale_out_periods", o.scale_out_periods, "at least 1");
  want(o.scale_in_periods >= 1, "scale_in_periods", o.scale_in_periods, "at least 1");
  const auto time = [&](bool fine, std::string_view key, Duration value, std::string_view allowed) {
    want(fine, key, format_duration(value), allowed);
  };
  time(o.period.count() > 0, "period", o.period, "a duration above 0s");
  time(o.window.count() > 0, "window", o.window, "a duration above 0s");
  time(o.scale_out_cooldown.count() >= 0, "scale_out_cooldown", o.scale_out_cooldown,
       "a duration of at least 0s");
  time(o.scale_in_cooldown.count() >= 0, "scale_in_cooldown", o.scale_in_cooldown,
       "a duration of at least 0s");
}

bool TargetTracking::count(TimePoint at, double value, std::int64_t replicas) {
  constexpr std::int64_t most_periods = 5;  // a value does not speak for a longer silence
  const Duration since = seen_ ? at - *seen_ : Duration(0);
  seen_ = at;
  // Values within a period are averaged; one that covers several stands for each of them.
  sum_ += value;
  ++values_;
  covered_ += since;
  if (covered_ < options_.period && to_ns(at) % options_.period.count() != 0) return false;
  datapoint_ = sum_ / static_cast<double>(values_);
  if (options_.metric == "load_per_instance") datapoint_ /= static_cast<double>(replicas);
  const std::int64_t periods = std::clamp<std::int64_t>(since / options_.period, 1, most_periods);
  sum_ = 0;
  values_ = 0;
  covered_ = Duration(0);
  const auto run = [&](std::int64_t& so_far, bool holds) { so_far = holds ? so_far + periods : 0; };
  const bool known = std::isfinite(datapoint_);
  run(above_, known && datapoint_ > options_.target);
  run(below_, known && datapoint_ < options_.target * options_.scale_in_below);
  return true;
}

void TargetTracking::wish(const ScalingInput& in, ScalingDecision& d) {
  const TargetTrackingOptions& o = options_;
  const double value = value_of(in, o.metric);
  const bool whole = count(in.at, value, in.replicas);
  if (!std::isfinite(value) || (whole && !std::isfinite(datapoint_))) {
    d.known = false;
    d.wishes.push_back({o.metric, value, -1});
    return;
  }
  if (!whole) {
    d.rule = "periods";
    return;
  }
  // While what was added still starts, the metric is of those that serve: only more than what was
  // added is missing. The load is divided by all that were asked for and needs no such care.
  const bool cooling = last_out_ && in.at - *last_out_ < o.scale_out_cooldown;
  const bool of_serving = o.metric != "load_per_instance" && cooling && in.ready < in.replicas;
  const auto base = static_cast<double>(of_serving ? in.ready : d.current);
  const double exact = std::ceil(base * datapoint_ / o.target - 1e-9);
  const auto wanted = static_cast<std::int64_t>(std::min(exact, 2147483647.0));
  d.wishes.push_back({o.metric, datapoint_, wanted});
  d.rule = above_ > 0 || below_ > 0 ? "periods" : "within_target";
  if (above_ >= o.scale_out_periods) {
    if (wanted > d.current) d.wish = wanted;
    d.rule = wanted > d.current ? "alarm_high" : "scale_out_cooldown";
  } else if (below_ >= o.scale_in_periods && wanted < d.current) {
    const auto waits = [&](const std::optional<TimePoint>& last) {
      return last && in.at - *last < o.scale_in_cooldown;
    };
    if (!o.scale_in) {
      d.rule = "disabled";
    } else if (waits(last_in_) || waits(last_out_)) {
      d.rule = "scale_in_cooldown";
    } else {
      d.wish = wanted;
      d.rule = "alarm_low";
    }
  }
}

void TargetTracking::granted(const ScalingInput& in, const ScalingDecision& d) {
  out_before_ = last_out_;
  in_before_ = last_in_;
  if (d.replicas > d.current) {
    last_out_ = in.at;
    last_in_.reset();  // a scale-out ends the wait of a scale-in
  } else if (d.replicas < d.current) {
    last_in_ = in.at;
  }
}

void TargetTracking::revoked() {
  last_out_ = out_before_;
  last_in_ = in_before_;
}

void TargetTracking::remember(PolicyState& state) {
  state.field("seen", seen_);
  state.field("sum", sum_);
  state.field("datapoint", datapoint_);
  state.field("covered", covered_);
  state.field("values", values_);
  state.field("above", above_);
  state.field("below", below_);
  state.field("last_out", last_out_);
  state.field("last_in", last_in_);
  state.field("out_before", out_before_);
  state.field("in_before", in_before_);
}

Duration TargetTracking::remembers() const {
  const TargetTrackingOptions& o = options_;
  const std::int64_t row = std::min<std::int64_t>(std::max(o.scale_out_periods, o.scale_in_periods),
                                                  Duration::max() / o.period);
  return std::max({ScalingPolicy::remembers(), o.scale_out_cooldown, o.scale_in_cooldown,
                   Duration(o.period * row)});
}

Value TargetTracking::options_value() const {
  const TargetTrackingOptions& o = options_;
  return Value::object()
      .set("metric", o.metric)
      .set("target", o.target)
      .set("scale_in_below", o.scale_in_below)
      .set("period", format_duration(o.period))
      .set("scale_out_periods", o.scale_out_periods)
      .set("scale_in_periods", o.scale_in_periods)
      .set("scale_out_cooldown", format_duration(o.scale_out_cooldown))
      .set("scale_in_cooldown", format_duration(o.scale_in_cooldown))
      .set("scale_in", o.scale_in)
      .set("window", format_duration(o.window));
}

void TargetTracking::forget() {
  seen_.reset();
  sum_ = datapoint_ = 0;
  values_ = above_ = below_ = 0;
  covered_ = Duration(0);
  last_out_.reset();
  last_in_.reset();
  out_before_.reset();
  in_before_.reset();
}

Manifest target_tracking_manifest() {
  const TargetTrackingOptions o;
  const auto time = [](std::string name, std::string summary, Duration fallback) {
    return Parameter{std::move(name), ParameterType::duration, std::move(summary),
                     format_duration(fallback)};
  };
  const auto periods = [](std::string name, std::string summary, std::int64_t fallback) {
    return Parameter{
        std::move(name), ParameterType::integer, std::move(summary), fallback, false, {}, 1, 1e6};
  };
  Manifest m{"target_tracking", "Keeps a metric at a target, as cloud providers do", {}};
  m.parameters = {
      {"metric", ParameterType::string, "load_per_instance, latency, or the name of a metric",
       o.metric},
      {"target",
       ParameterType::number,
       "of the metric, above 0",
       o.target,
       false,
       {},
       1e-12,
       1e308},
      {"scale_in_below",
       ParameterType::number,
       "share of the target under which instances are given up, above 0, at most 1",
       o.scale_in_below,
       false,
       {},
       1e-6,
       1},
      time("period", "of a datapoint, above 0s", o.period),
      periods("scale_out_periods", "in a row above the target, at least 1", o.scale_out_periods),
      periods("scale_in_periods", "in a row below the share of it, at least 1", o.scale_in_periods),
      time("scale_out_cooldown", "in which only more than what was added is added",
           o.scale_out_cooldown),
      time("scale_in_cooldown", "without giving up more", o.scale_in_cooldown),
      {"scale_in", ParameterType::boolean, "false: instances are only added", o.scale_in},
      time("window", "that the latency is taken over, above 0s", o.window)};
  for (Parameter& p : limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

TargetTrackingOptions target_tracking_options(const Value& v) {
  TargetTrackingOptions o;
  const auto time = [&](std::string_view key, Duration fallback) {
    return value_or_throw(parse_duration(v.get(key, format_duration(fallback).c_str())));
  };
  o.metric = v.get("metric", o.metric.c_str());
  o.target = v.get("target", o.target);
  o.scale_in_below = v.get("scale_in_below", o.scale_in_below);
  o.period = time("period", o.period);
  o.scale_out_periods = v.get("scale_out_periods", o.scale_out_periods);
  o.scale_in_periods = v.get("scale_in_periods", o.scale_in_periods);
  o.scale_out_cooldown = time("scale_out_cooldown", o.scale_out_cooldown);
  o.scale_in_cooldown = time("scale_in_cooldown", o.scale_in_cooldown);
  o.scale_in = v.get("scale_in", o.scale_in);
  o.window = time("window", o.window);
  o.limits = limits_from(v);
  return o;
}

}  // namespace learningplane::decision
