#include "learningplane/decision/sizing.hpp"

#include <fmt/format.h>

#include <cmath>

#include "decision/explanation_parts.hpp"

namespace learningplane::decision {

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Negative usage is a broken meter, not a small number.
double usable(double v) { return std::isfinite(v) && v >= 0 ? v : nan; }
}  // namespace

void SizingPolicy::learn(const UsageSample& raw) {
  any_ = true;
  seen_ = raw.at;
  const UsageSample s{raw.at, usable(raw.cpu_cores), usable(raw.memory_bytes)};
  cpu_usage_ = s.cpu_cores;
  memory_usage_ = s.memory_bytes;
  if (std::isfinite(s.cpu_cores)) cpu_at_ = s.at;
  if (std::isfinite(s.memory_bytes)) memory_at_ = s.at;
  observe(s);
}

void SizingPolicy::take_in(const SizingInput& in) {
  // Policies learn from both in the order of time, and a kill is older news than the usage of its
  // moment: a look-back after a restart holds kills in the midst of usage.
  auto kill = in.out_of_memory.begin();
  const auto kills_until = [&](TimePoint until) {
    for (; kill != in.out_of_memory.end() && kill->at <= until; ++kill) {
      if (any_kill_ && kill->at <= killed_) continue;
      any_kill_ = true;
      killed_ = kill->at;
      memory_.out_of_memory(kill->at, kill->memory_bytes);
      killed(*kill);
    }
  };
  for (const UsageSample& raw : in.usage) {
    if ((any_ && raw.at <= seen_) || raw.at > in.at) continue;
    kills_until(raw.at);
    learn(raw);
  }
  // A back end's clock may be a little ahead of ours: a kill is no forecast.
  kills_until(TimePoint::max());
}

void SizingPolicy::bind(SizingLimiter& limiter, const SizingInput& in, Managed own,
                        TimePoint known_at, ResourceDecision& d) {
  const Managed manage = limits().manage;
  if (manage != Managed::both && manage != own) {
    d.value = d.current;
    d.wish = nan;
    d.rule = "not_managed";
    return;
  }
  // The one place that holds on unknown data: whatever a policy remembers, old usage is no usage.
  const bool fresh = std::isfinite(d.usage) && in.at - known_at <= limits().stale;
  const bool blind = !fresh && !d.exact;
  if (blind) {
    d.known = false;
    d.usage = nan;
  }
  if (!d.known && (blind || d.rule.empty())) d.rule = "unknown_data";
  if (!d.known) d.wish = nan;
  const auto bound = limiter.apply(in.at, d.current, d.usage, {d.wish, d.exact});
  d.value = bound.value;
  auto& before = own == Managed::cpu ? cpu_before_ : memory_before_;
  before.reset();
  // A policy that still warms up has its own name for it.
  if (!bound.rule.empty() && (d.known || bound.rule != "unknown_data")) d.rule = bound.rule;
  if (!d.acts()) return;
  before = limiter;
  limiter.changed(in.at);
}

SizingDecision SizingPolicy::plan(const SizingInput& in) {
  const TimePoint told = cpu_at_;
  take_in(in);
  SizingDecision d;
  d.cpu.current = usable(in.current.cpu_cores);
  d.memory.current = usable(in.current.memory_bytes);
  d.cpu.usage = cpu_usage_;
  d.memory.usage = memory_usage_;
  // Old usage was measured under another limit, maybe: it does not say that this one is reached.
  if (cpu_at_ > told) cpu_.used(in.at, cpu_usage_, d.cpu.current);
  wish(in, d);
  bind(cpu_, in, Managed::cpu, cpu_at_, d.cpu);
  bind(memory_, in, Managed::memory, memory_at_, d.memory);
  granted(in, d);
  return d;
}

Decision SizingPolicy::decide(const Observation& seen) {
  Decision d = seen.sizing ? to_decision(plan(*seen.sizing), *this) : Decision{};
  d.application = seen.application;
  if (!seen.sizing) {
    d.rule = "unknown_data";
    d.reason = "nothing is known of what an instance uses";
  }
  return d;
}

void SizingPolicy::revoke() {
  if (!cpu_before_ && !memory_before_) return;
  if (cpu_before_) cpu_ = *cpu_before_;
  if (memory_before_) memory_ = *memory_before_;
  cpu_before_.reset();
  memory_before_.reset();
  revoked();
}

void SizingPolicy::recall(Resource resource, TimePoint at) {
  (resource == Resource::cpu ? cpu_ : memory_).changed(at);
  recalled(resource, at);
}

void SizingPolicy::reset() {
  cpu_.reset();
  memory_.reset();
  cpu_before_.reset();
  memory_before_.reset();
  any_ = any_kill_ = false;
  cpu_at_ = memory_at_ = TimePoint{};
  cpu_usage_ = memory_usage_ = nan;
  forget();
}

namespace {
Value number(double v) { return std::isfinite(v) ? Value(v) : Value(); }

Value to_value(const ResourceDecision& r) {
  return Value::object()
      .set("current", number(r.current))
      .set("usage", number(r.usage))
      .set("wish", number(r.wish))
      .set("lower", number(r.lower))
      .set("upper", number(r.upper))
      .set("value", number(r.value))
      .set("known", r.known)
      .set("rule", std::string(r.rule));
}

std::string said(Resource resource, const ResourceDecision& r) {
  const std::string change =
      r.acts() ? fmt::format("{} from {} to {}", to_string(resource), amount(resource, r.current),
                             amount(resource, r.value))
               : fmt::format("{} stays at {}", to_string(resource), amount(resource, r.current));
  return fmt::format("{} ({})", change, r.rule);
}

Considered considered(Resource resource, const ResourceDecision& r) {
  Considered c;
  c.name = std::string(to_string(resource));
  c.value = Quantity::of(r.wish);
  c.feasible = std::isfinite(r.wish) && r.wish == r.value;
  c.note = std::isfinite(r.wish) ? "asks for " + amount(resource, r.wish) : "asks for nothing";
  return c;
}
}  // namespace

Decision to_decision(const SizingDecision& s, const SizingPolicy& policy) {
  Decision d;
  // What nobody knows or manages is nobody's to write: the pods may differ in it.
  const auto size = [](const ResourceDecision& r) {
    const bool told = r.acts() || (r.known && std::isfinite(r.wish));
    return told && std::isfinite(r.value) ? r.value : 0.0;
  };
  if (s.acts()) d.action = Resize{size(s.cpu), size(s.memory)};
  // Of two rules the one of what changes; CPU first.
  const bool memory =
      (s.memory.acts() && !s.cpu.acts()) || policy.limits().manage == Managed::memory;
  d.rule = std::string(memory ? s.memory.rule : s.cpu.rule);
  d.reason = said(Resource::cpu, s.cpu) + "; " + said(Resource::memory, s.memory);
  d.considered = {considered(Resource::cpu, s.cpu), considered(Resource::memory, s.memory)};
  d.details.set("policy", policy.kind())
      .set("cpu", to_value(s.cpu))
      .set("memory", to_value(s.memory))
      .set("minimal_change", policy.limits().minimal_change);
  return d;
}

}  // namespace learningplane::decision
