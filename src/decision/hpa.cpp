#include "learningplane/decision/hpa.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {

void check(const HpaBehavior& b, std::string_view key) {
  if (b.stabilization.count() < 0 || b.stabilization > std::chrono::hours(1))
    throw ConfigError("", key, format_duration(b.stabilization), "a stabilization of 0s to 1h");
  if (b.rates.empty() && b.select != HpaSelect::disabled)
    throw ConfigError("", key, "no rates", "at least one rate");
  for (const HpaRate& r : b.rates) {
    if (r.value <= 0) throw ConfigError("", key, fmt::format("{}", r.value), "rates above 0");
    if (r.period.count() <= 0 || r.period > std::chrono::minutes(30))
      throw ConfigError("", key, format_duration(r.period), "periods above 0s, at most 30m");
  }
}

double value_of(const ScalingInput& in, const std::string& name) {
  if (name == "load") return in.load;
  if (name == "latency") return in.latency;
  for (const ScalingMetric& m : in.metrics) {
    if (m.name == name) return m.value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Hpa::Hpa(HpaOptions options) : ScalingPolicy(options.limits), options_(std::move(options)) {
  if (options_.metrics.empty()) throw ConfigError("", "metrics", "none", "at least one metric");
  for (const HpaMetric& m : options_.metrics) {
    if (!(m.target > 0) || !std::isfinite(m.target))
      throw ConfigError("", "target", fmt::format("{}", m.target), "above 0");
  }
  if (!(options_.tolerance >= 0 && options_.tolerance < 1))
    throw ConfigError("", "tolerance", fmt::format("{}", options_.tolerance), "in [0, 1)");
  check(options_.up, "scale_up");
  check(options_.down, "scale_down");
}

std::int64_t Hpa::proposal(const HpaMetric& m, double value, const ScalingInput& in) const {
  const auto current = static_cast<double>(in.replicas);
  const double ratio = m.kind == HpaTarget::value ? value / m.target : value / (m.target * current);
  if (std::abs(1 - ratio) <= options_.tolerance) return in.replicas;
  const double wanted =
      m.kind == HpaTarget::value ? ratio * static_cast<double>(in.ready) : value / m.target;
  return static_cast<std::int64_t>(std::min(std::ceil(wanted), 2147483647.0));
}

void Hpa::wish(const ScalingInput& in, ScalingDecision& d) {
  if (in.replicas == 0) {
    d.rule = "disabled";  // upstream: a target of zero switches the autoscaler off
    return;
  }
  std::int64_t highest = -1;
  bool all = true;
  for (const HpaMetric& m : options_.metrics) {
    const double value = value_of(in, m.name);
    if (!std::isfinite(value)) {
      all = false;
      d.wishes.push_back({m.name, value, -1});
      continue;
    }
    const std::int64_t wanted = proposal(m, value, in);
    d.wishes.push_back({m.name, value, wanted});
    highest = std::max(highest, wanted);
  }
  if (highest < 0 || (!all && highest < d.current)) {
    d.known = false;
    return;
  }
  d.known = all;
  if (in.replicas > limits().maximum || in.replicas < limits().minimum) {
    d.wish = std::clamp(in.replicas, limits().minimum, limits().maximum);
    return;
  }
  d.rule = highest == d.current ? "tolerance" : "metric";
  d.wish = stabilized(in.at, in.replicas, highest);
  if (d.wish != highest) d.rule = "stabilization";
  const std::int64_t before = d.wish;
  if (d.wish > d.current)
    d.wish = std::min(d.wish, std::max(d.current, limit(options_.up, true, d.current, in.at)));
  if (d.wish < d.current)
    d.wish = std::max(d.wish, std::min(d.current, limit(options_.down, false, d.current, in.at)));
  if (d.wish != before) d.rule = "rate_policy";
}

std::int64_t Hpa::stabilized(TimePoint at, std::int64_t current, std::int64_t wish) {
  const Duration longest = std::max(options_.up.stabilization, options_.down.stabilization);
  while (!recommended_.empty() && recommended_.front().at <= at - longest) recommended_.pop_front();
  std::int64_t lowest = wish, highest = wish;
  for (const Event& e : recommended_) {
    if (e.at > at - options_.up.stabilization) lowest = std::min(lowest, e.count);
    if (e.at > at - options_.down.stabilization) highest = std::max(highest, e.count);
  }
  recommended_.push_back({at, wish});
  drop_useless();
  return std::min(std::max(current, lowest), highest);
}

/// A recommendation that a later one outdoes stands in every window with it: it decides nothing any
/// more. What is left are a few of hundreds.
void Hpa::drop_useless() {
  std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
  std::int64_t highest = std::numeric_limits<std::int64_t>::min();
  std::deque<Event> kept;
  for (auto e = recommended_.rbegin(); e != recommended_.rend(); ++e) {
    const bool decides = (options_.down.stabilization > Duration::zero() && e->count > highest) ||
                         (options_.up.stabilization > Duration::zero() && e->count < lowest);
    lowest = std::min(lowest, e->count);
    highest = std::max(highest, e->count);
    if (decides) kept.push_front(*e);
  }
  recommended_ = std::move(kept);
}

std::int64_t Hpa::limit(const HpaBehavior& b, bool up, std::int64_t current, TimePoint at) const {
  if (b.select == HpaSelect::disabled) return current;
  const auto since = [&](const std::deque<Event>& events, Duration period) {
    std::int64_t sum = 0;
    for (const Event& e : events) {
      if (e.at > at - period) sum += e.count;
    }
    return sum;
  };
  const bool highest = up == (b.select == HpaSelect::most);
  std::int64_t out =
      highest ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  for (const HpaRate& r : b.rates) {
    const auto start =
        static_cast<double>(current - since(added_, r.period) + since(removed_, r.period));
    const auto value = static_cast<double>(r.value);
    double proposed =
        r.percent ? start * (1 + (up ? value : -value) / 100) : start + (up ? value : -value);
    proposed = up ? std::ceil(proposed) : std::trunc(proposed);
    const auto n = static_cast<std::int64_t>(proposed);
    out = highest ? std::max(out, n) : std::min(out, n);
  }
  return out;
}

void Hpa::granted(const ScalingInput& in, const ScalingDecision& d) {
  const auto keep = [&](std::deque<Event>& events, const HpaBehavior& b) {
    Duration longest{0};
    for (const HpaRate& r : b.rates) longest = std::max(longest, r.period);
    for (const HpaRate& r : (&b == &options_.up ? options_.down : options_.up).rates)
      longest = std::max(longest, r.period);
    while (!events.empty() && events.front().at <= in.at - longest) events.pop_front();
  };
  keep(added_, options_.up);
  keep(removed_, options_.down);
  granted_ = d.replicas > d.current ? 1 : d.replicas < d.current ? -1 : 0;
  if (d.replicas > d.current) added_.push_back({in.at, d.replicas - d.current});
  if (d.replicas < d.current) removed_.push_back({in.at, d.current - d.replicas});
}

void Hpa::revoked() {
  if (granted_ > 0) added_.pop_back();
  if (granted_ < 0) removed_.pop_back();
  granted_ = 0;
}

void Hpa::forget() {
  recommended_.clear();
  added_.clear();
  removed_.clear();
  granted_ = 0;
}

void Hpa::remember(PolicyState& state) {
  state.events("recommended", recommended_);
  state.events("added", added_);
  state.events("removed", removed_);
  state.field("granted", granted_);
  if (state.reading() && ((granted_ > 0 && added_.empty()) || (granted_ < 0 && removed_.empty())))
    throw FormatError("a change is kept that is in no list");
}

Duration Hpa::remembers() const {
  Duration out = std::max(ScalingPolicy::remembers(),
                          std::max(options_.up.stabilization, options_.down.stabilization));
  for (const HpaBehavior* b : {&options_.up, &options_.down}) {
    for (const HpaRate& r : b->rates) out = std::max(out, r.period);
  }
  return out;
}

namespace {
Value to_value(const HpaBehavior& b) {
  Value rates = Value::array();
  for (const HpaRate& r : b.rates)
    rates.push(Value::object()
                   .set("percent", r.percent)
                   .set("value", r.value)
                   .set("period", format_duration(r.period)));
  return Value::object()
      .set("stabilization", format_duration(b.stabilization))
      .set("rates", std::move(rates))
      .set("select", static_cast<int>(b.select));
}
}  // namespace

Value Hpa::options_value() const {
  Value metrics = Value::array();
  for (const HpaMetric& m : options_.metrics)
    metrics.push(Value::object()
                     .set("name", m.name)
                     .set("target", m.target)
                     .set("kind", static_cast<int>(m.kind)));
  return Value::object()
      .set("metrics", std::move(metrics))
      .set("tolerance", options_.tolerance)
      .set("window", format_duration(options_.window))
      .set("scale_up", to_value(options_.up))
      .set("scale_down", to_value(options_.down));
}

namespace {

Duration duration(const Value& v, std::string_view key, const char* fallback) {
  return value_or_throw(parse_duration(v.get(key, fallback)));
}

HpaBehavior behavior(const Value& v, std::string_view key, HpaBehavior b) {
  const Value* given = v.find(key);
  if (given == nullptr || given->is_null()) return b;
  for (const auto& [name, value] : given->as_object()) {
    if (name == "stabilization") {
      b.stabilization = value_or_throw(parse_duration(value.as_string()));
    } else if (name == "select") {
      const std::string& s = value.as_string();
      if (s != "max" && s != "min" && s != "disabled")
        throw ConfigError("", std::string(key) + ".select", s, "max, min or disabled");
      b.select = s == "max" ? HpaSelect::most : s == "min" ? HpaSelect::least : HpaSelect::disabled;
    } else if (name == "rates") {
      b.rates.clear();
      for (const Value& r : value.as_array()) {
        const std::string type = r.get("type", "pods");
        if (type != "pods" && type != "percent")
          throw ConfigError("", std::string(key) + ".rates.type", type, "pods or percent");
        b.rates.push_back(
            {type == "percent", r.get("value", std::int64_t{1}), duration(r, "period", "15s")});
      }
    } else {
      throw ConfigError("", std::string(key) + "." + name, "", "stabilization, rates or select");
    }
  }
  return b;
}

}  // namespace

Manifest hpa_manifest() {
  Manifest m{"hpa", "Kubernetes' HorizontalPodAutoscaler, autoscaling/v2", {}};
  m.parameters = {
      {"metrics", ParameterType::list,
       "{name: load | latency | a metric's, target: above 0, kind: value | average_value}",
       Value(Value::Array{
           Value::object().set("name", "load").set("target", 1.0).set("kind", "average_value")})},
      {"tolerance",
       ParameterType::number,
       "of the ratio to the target, in [0, 1)",
       0.1,
       false,
       {},
       0,
       0.999999},
      {"window", ParameterType::duration, "that the latency is taken over, above 0s", "1m"},
      {"scale_up", ParameterType::mapping,
       "{stabilization, rates: [{type: pods | percent, value, period}], select: max | min | "
       "disabled}",
       Value()},
      {"scale_down", ParameterType::mapping, "the same for scaling down", Value()}};
  for (Parameter& p : limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

HpaOptions hpa_options(const Value& v) {
  HpaOptions o;
  if (const Value* metrics = v.find("metrics")) {
    o.metrics.clear();
    for (const Value& one : metrics->as_array()) {
      const std::string kind = one.get("kind", "average_value");
      if (kind != "value" && kind != "average_value")
        throw ConfigError("", "metrics.kind", kind, "value or average_value");
      o.metrics.push_back({one.get("name", "load"), one.get("target", 0.0),
                           kind == "value" ? HpaTarget::value : HpaTarget::average_value});
    }
  }
  o.tolerance = v.get("tolerance", 0.1);
  o.window = duration(v, "window", "1m");
  o.up = behavior(v, "scale_up", o.up);
  o.down = behavior(v, "scale_down", o.down);
  o.limits = limits_from(v);
  return o;
}

}  // namespace learningplane::decision
