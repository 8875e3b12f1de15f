#include "learningplane/decision/scaling.hpp"

#include <fmt/format.h>

#include <cmath>

namespace learningplane::decision {

ScalingDecision ScalingPolicy::plan(const ScalingInput& input) {
  // Somebody else's change counts for cool-down and rates as ours does.
  if (expected_ >= 0 && input.replicas != expected_)
    limiter_.changed(input.at, input.replicas - expected_);
  ScalingDecision d;
  d.current = d.wish = d.replicas = input.replicas;
  d.load = input.load;
  d.latency = input.latency;
  wish(input, d);
  if (!d.known && d.wish < d.current) d.wish = d.current;
  if (!d.known && d.wish == d.current) {
    if (d.rule.empty()) d.rule = "unknown_data";
  } else {
    const Limiter::Bound bound = limiter_.apply(input.at, input.replicas, d.wish);
    d.replicas = bound.replicas;
    if (!bound.rule.empty()) d.rule = bound.rule;
    // Not even a maximum takes instances away while nothing is known.
    if (!d.known && d.replicas < d.current) {
      d.replicas = d.current;
      d.rule = "unknown_data";
    }
  }
  before_.reset();
  if (d.acts()) before_ = limiter_;
  current_ = d.current;
  limiter_.changed(input.at, d.replicas - d.current);
  expected_ = d.replicas;
  granted(input, d);
  return d;
}

Decision ScalingPolicy::decide(const Observation& seen) {
  const ScalingInput nothing;
  Decision d = seen.scaling ? to_decision(plan(*seen.scaling), *this) : Decision{};
  d.application = seen.application;
  if (!seen.scaling) {
    d.rule = "unknown_data";
    d.reason = "nothing is known of the instances";
  }
  return d;
}

void ScalingPolicy::revoke() {
  if (!before_) return;
  limiter_ = std::move(*before_);
  before_.reset();
  expected_ = current_;
  revoked();
}

void ScalingPolicy::recall(TimePoint at, std::int64_t by) {
  limiter_.changed(at, by);
  recalled(at, by);
}

void ScalingPolicy::reset() {
  limiter_.reset();
  before_.reset();
  expected_ = -1;
  forget();
}

namespace {
Value number(double v) { return std::isfinite(v) ? Value(v) : Value(); }

std::string figures(const ScalingDecision& s) {
  std::string out;
  if (std::isfinite(s.load)) out += fmt::format(", load {:g}", s.load);
  if (std::isfinite(s.latency)) out += fmt::format(", latency {:.3g}", s.latency);
  if (std::isfinite(s.planned)) out += fmt::format(", forecast {:.3g}", s.planned);
  return out;
}
}  // namespace

Decision to_decision(const ScalingDecision& s, const ScalingPolicy& policy) {
  Decision d;
  if (s.acts()) d.action = Scale{s.replicas};
  d.rule = std::string(s.rule);
  d.reason = s.acts() ? fmt::format("from {} to {} instances", s.current, s.replicas)
                      : fmt::format("stays at {} instances", s.current);
  if (s.wish != s.replicas) d.reason += fmt::format(", {} were wished for", s.wish);
  d.reason += figures(s);
  for (const ScalingWish& w : s.wishes) {
    Considered c;
    c.name = std::string(w.metric);
    c.value = Quantity::of(w.value);
    c.feasible = w.replicas == s.replicas;
    c.note = w.replicas < 0 ? "asks for nothing" : fmt::format("asks for {}", w.replicas);
    d.considered.push_back(std::move(c));
  }
  d.details.set("policy", policy.kind())
      .set("current", s.current)
      .set("wish", s.wish)
      .set("replicas", s.replicas)
      .set("known", s.known)
      .set("load", number(s.load))
      .set("latency", number(s.latency))
      .set("raw_forecast", number(s.raw_forecast))
      .set("quantile", policy.needs().quantile)
      .set("planned", number(s.planned))
      .set("minimum", policy.limits().minimum)
      .set("maximum", policy.limits().maximum);
  return d;
}

}  // namespace learningplane::decision
