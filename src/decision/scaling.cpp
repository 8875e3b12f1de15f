#include "learningplane/decision/scaling.hpp"

#include <fmt/format.h>

#include <cmath>

#include "crc64.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

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
  current_ = expected_ = -1;
  forget();
}

namespace {
constexpr std::int64_t state_version = 1;  ///< raised where a field changes its meaning
/// Windows shorter than this run out by themselves; how many instances there were is worth knowing.
constexpr Duration always = std::chrono::hours(1);
}  // namespace

void ScalingPolicy::fields(PolicyState& s) {
  limiter_.remember(s);
  s.field("current", current_);
  s.field("expected", expected_);
  remember(s);
}

const std::string& ScalingPolicy::fingerprint() {
  if (fingerprint_.empty()) {
    const Value options =
        Value::object().set("own", options_value()).set("limits", to_value(limits()));
    fingerprint_ = fmt::format("{:016x}", detail::crc64(dump_json(options)));
  }
  return fingerprint_;
}

Value ScalingPolicy::state() {
  if (remembers() <= Duration::zero()) return {};
  PolicyState now;
  fields(now);
  Value out = Value::object()
                  .set("version", state_version)
                  .set("policy", kind())
                  .set("options", fingerprint())
                  .set("state", now.take());
  if (before_) {
    PolicyState before;
    before_->remember(before);
    out.set("before", before.take());
  }
  return out;
}

Result<void> ScalingPolicy::restore(const Value& kept, TimePoint now, TimePoint kept_at) {
  reset();
  const auto refused = [](std::string why) { return fail(Errc::refused, std::move(why)); };
  try {
    if (const auto version = kept.get("version", std::int64_t{0}); version != state_version)
      return refused(fmt::format("it is of version {}, this one reads {}", version, state_version));
    if (const std::string policy = kept.get("policy", ""); policy != kind())
      return refused(fmt::format("it is of a policy '{}', this one is '{}'", policy, kind()));
    if (kept.get("options", "") != fingerprint())
      return refused("it is of a policy with other options");
    const Duration age = now - kept_at, most = std::max(always, remembers());
    if (age > most)
      return refused(fmt::format("it is {} old, and no older than {} is of use",
                                 format_duration(age), format_duration(most)));
    const Value* state = kept.find("state");
    PolicyState own(state == nullptr ? Value() : *state);
    fields(own);
    TimePoint newest = own.finish();
    if (const Value* before = kept.find("before")) {
      PolicyState old(*before);
      before_.emplace(limits());
      before_->remember(old);
      newest = std::max(newest, old.finish());
    }
    if (newest <= now) return {};
    reset();
    return refused("it speaks of a time that has not come");
  } catch (const Error& e) {
    reset();
    return fail(Errc::malformed, e.failure().message);
  }
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
