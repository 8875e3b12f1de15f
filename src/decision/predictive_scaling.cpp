#include "learningplane/decision/predictive_scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::decision {

PredictiveScaling::PredictiveScaling(PredictiveScalingOptions options, Capacity capacity)
    : ScalingPolicy(options.limits),
      options_(options),
      capacity_(std::move(capacity)),
      random_(options.seed, 1) {
  check(options_.objective);
  if (options_.window.count() <= 0)
    throw ConfigError("", "window", format_duration(options_.window), "a duration above 0s");
  if (!(options_.quantile > 0 && options_.quantile < 1))
    throw ConfigError("", "quantile", fmt::format("{}", options_.quantile), "above 0 and below 1");
}

double PredictiveScaling::latency(double load, std::int64_t instances) {
  if (options_.samples == 0)
    return capacity_.quantile(load, instances, options_.objective.quantile);
  counts_.assign(Capacity::bins, 0);
  std::uint64_t total = 0;
  for (const LoadShare& s : Capacity::spread(load, instances)) {
    const auto n =
        options_.samples * static_cast<std::size_t>(load) * static_cast<std::size_t>(s.instances);
    capacity_.draw(random_, s.load, n, counts_);
    total += n;
  }
  return counted_quantile(capacity_, counts_, total, {}, options_.objective.quantile);
}

void PredictiveScaling::wish(const ScalingInput& in, ScalingDecision& d) {
  if (begun_ && in.at < due_) {
    d.rule = "between_windows";
    return;
  }
  const auto highest = [](const std::vector<double>& steps) {
    double high = steps.empty() ? std::numeric_limits<double>::quiet_NaN() : -1e308;
    for (const double v : steps) {
      if (!std::isfinite(v)) return std::numeric_limits<double>::quiet_NaN();
      high = std::max(high, v);
    }
    return high;
  };
  d.raw_forecast = highest(in.forecast_mean);
  d.planned = highest(in.forecast);
  if (!std::isfinite(d.planned)) {
    d.known = false;
    d.wishes.push_back({"forecast", d.planned, -1});
    return;
  }
  // Half a stream is a whole one.
  const double load = std::ceil(d.planned - 1e-9);
  const ScalingObjective& o = options_.objective;
  std::int64_t n = std::max<std::int64_t>(1, in.replicas);
  if (load <= 0) {
    d.wish = std::min(d.current, std::max<std::int64_t>(1, limits().minimum));
    d.rule = "forecast_idle";
  } else {
    // An instance with one stream is as good as it gets: more of them change nothing.
    const auto most = std::max(n, static_cast<std::int64_t>(load));
    if (latency(load, n) > o.upper()) {
      do ++n;
      while (n < most && n < limits().maximum && latency(load, n) > o.upper());
    } else {
      while (n > 1 && latency(load, n - 1) < o.lower()) --n;
    }
    d.wish = n;
    d.rule = n > d.current ? "forecast_over" : n < d.current ? "forecast_under" : "forecast_fits";
  }
  d.wishes.push_back({"forecast", d.planned, d.wish});
}

void PredictiveScaling::granted(const ScalingInput& in, const ScalingDecision& d) {
  if (d.rule == "between_windows") return;
  if (!d.known) return;  // tried again at the next step
  due_ = in.at + options_.window;
  begun_ = true;
}

void PredictiveScaling::forget() {
  begun_ = false;
  random_ = ScalingRandom(options_.seed, 1);
}

void PredictiveScaling::remember(PolicyState& state) {
  // As the time it was planned at: what lies in the future is refused.
  TimePoint planned = begun_ ? due_ - options_.window : TimePoint{};
  state.field("begun", begun_);
  state.field("planned_at", planned);
  if (state.reading()) due_ = planned + options_.window;
  if (options_.samples > 0) state.field("random", random_.words());
}

Value PredictiveScaling::options_value() const {
  return to_value(options_.objective)
      .set("window", format_duration(options_.window))
      .set("quantile", options_.quantile)
      .set("samples", options_.samples)
      .set("seed", static_cast<std::int64_t>(options_.seed));
}

Manifest predictive_scaling_manifest() {
  Manifest m{"predictive", "As many instances as the highest forecast of a window needs", {}};
  m.parameters = objective_parameters();
  const std::vector<Parameter> own = {
      {"window", ParameterType::duration, "it decides once a window, for the coming one", "1h"},
      {"quantile",
       ParameterType::number,
       "of the forecast to plan on, in (0, 1)",
       0.5,
       false,
       {},
       1e-6,
       1 - 1e-6},
      {"samples",
       ParameterType::integer,
       "latencies drawn per instance for each stream of the load to judge it; 0: the exact "
       "quantile",
       0,
       false,
       {},
       0,
       1e6},
      {"seed", ParameterType::integer, "of the samples", 0, false, {}, 0, 9e15}};
  m.parameters.insert(m.parameters.end(), own.begin(), own.end());
  for (Parameter& p : capacity_parameters()) m.parameters.push_back(std::move(p));
  for (Parameter& p : limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

PredictiveScalingOptions predictive_scaling_options(const Value& v) {
  PredictiveScalingOptions o;
  o.objective = objective_from(v);
  o.window = value_or_throw(parse_duration(v.get("window", "1h")));
  o.quantile = v.get("quantile", 0.5);
  o.samples = static_cast<std::size_t>(v.get("samples", std::int64_t{0}));
  o.seed = static_cast<std::uint64_t>(v.get("seed", std::int64_t{0}));
  o.limits = limits_from(v);
  return o;
}

}  // namespace learningplane::decision
