#include "agent/sizing_cycle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "actuator/size_value.hpp"
#include "agent/log_lines.hpp"
#include "agent/long_read.hpp"

namespace learningplane::agent {

using actuator::detail::known_number;
using actuator::detail::recommendation_value;
using actuator::detail::size_value;
using decision::Managed;
using decision::Quantity;
using decision::Resource;
using decision::Size;
using decision::Unknown;
using telemetry::Frame;

namespace {

/// What back ends round is the same size.
bool same(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return std::isfinite(a) == std::isfinite(b);
  return std::abs(a - b) <= 5e-3 * std::max(std::abs(a), std::abs(b));
}
bool same(const Size& a, const Size& b) {
  return same(a.cpu_cores, b.cpu_cores) && same(a.memory_bytes, b.memory_bytes);
}

}  // namespace

SizingCycle::SizingCycle(AgentParts& parts, Commander& commander)
    : parts_(parts),
      commander_(commander),
      workloads_(
          parts.sizing.by, parts.applications,
          [&parts](Application a) { return std::make_unique<SizedWorkload>(std::move(a), parts); }),
      run_(parts, commander, parts.sizing.record, "size") {
  const auto policy = parts.make_sizing();
  stale_ = policy->limits().stale;
  history_ = parts.sizing.history > Duration::zero() ? parts.sizing.history
                                                     : std::max(policy->needs().look_back, stale_);
}

void SizingCycle::failed(const std::string& where, const Failure& failure) {
  parts_.logger->error(where + " failed: " + failure.describe());
  parts_.observer->on_failure(where, failure);
}

Result<Value> SizingCycle::run(Task task, const std::string& schedule, TimePoint at) {
  at = last_at_ = std::max(at, last_at_);  // policies are promised that
  if (task == Task::train)
    return fail(Errc::unsupported, "a policy of sizes has no model to train");
  if (parts_.mode == Mode::train) return fail(Errc::unsupported, "the agent's mode is train");
  const Result<void> seen = look(at);
  if (!seen) failed("telemetry", seen.error());
  for (const std::string& name : workloads_.forget(at, parts_.sizing.forget))
    parts_.logger->info("nothing was seen of " + name + " for long: it is forgotten");
  const bool decides = task == Task::decide && parts_.mode == Mode::recommend;
  if (decides) {
    if (auto decided = decide(schedule, at, seen); !decided) return decided;
  }
  if (!seen) return tl::unexpected(seen.error());
  return Value::object().set("workloads", workloads_.all().size());
}

Result<void> SizingCycle::look(TimePoint at) {
  TimePoint from = at - history_;
  // Without cleaning, which looks around, what was read once is not read again.
  if (read_to_ && !parts_.clean) from = std::clamp(*read_to_, from, at - Duration(1));
  std::size_t rows = 0;
  for (LongRead read(parts_, {from, at, Duration(0)}, Duration(0)); !read.done();) {
    auto part =
        read.next(parts_, [this](const std::string& where, const Failure& f) { failed(where, f); });
    if (!part) return tl::unexpected(part.error());
    take(*part, read.until());
    rows += part->rows();
  }
  if (rows == 0) parts_.logger->info(no_data_line);
  read_to_ = at;
  return {};
}

std::vector<SizedWorkload*> SizingCycle::owners_of(const telemetry::Column& column) {
  try {
    return workloads_.of(column);
  } catch (const std::exception& e) {
    // The file that its policy needs is gone, maybe: the other applications go on.
    failed("policy of " + column.id(), {Errc::internal, e.what(), {}});
    return {};
  }
}

void SizingCycle::take(const Frame& frame, TimePoint until) {
  const SizingPlan& p = parts_.sizing;
  for (const telemetry::Column& c : frame.all()) {
    const bool cpu = c.name == p.cpu;
    if (c.name.empty() || (!cpu && c.name != p.memory)) continue;
    for (SizedWorkload* w : owners_of(c)) {
      w->slots.add(cpu ? UsageSlots::Part::cpu : UsageSlots::Part::memory, frame, c,
                   cpu ? p.cpu_unit : p.memory_unit);
      for (std::size_t row = frame.rows(); row-- > 0;) {
        if (!c.known(row)) continue;
        w->seen_ns = std::max(w->seen_ns, frame.times_ns()[row]);
        break;
      }
    }
  }
  for (const auto& w : workloads_.all()) {
    w->slots.close(until);
    for (decision::UsageSample& s : w->slots.take()) w->fresh.push_back(s);
  }
}

void SizingCycle::remember_changes(SizedWorkload& w) {
  w.begun = true;
  const auto& changes = commander_.resizes(w.application.name);
  for (const Resource resource : {Resource::cpu, Resource::memory}) {
    const auto part = resource == Resource::cpu ? &Size::cpu_cores : &Size::memory_bytes;
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      const double to = change->to.*part;
      if (!std::isfinite(to) || same(change->from.*part, to)) continue;
      w.policy->recall(resource, change->at);
      break;
    }
  }
}

void SizingCycle::tell_others(SizedWorkload& w, const actuator::WorkloadSize& now,
                              decision::Decision& d) {
  // Pods that are being replaced still have the size of before, and new ones have their template's.
  const bool others = w.expected && now.instances == w.instances &&
                      !same(now.current, *w.expected) && !same(now.current, w.before);
  if (others) {
    d.details.set(
        "changed_by_others",
        Value::object().set("from", size_value(*w.expected)).set("to", size_value(now.current)));
    parts_.logger->warning(w.application.name + ": somebody else changed its size");
  }
  w.expected = w.before = now.current;
  w.instances = now.instances;
}

Decided<SizedWorkload> SizingCycle::decide_for(SizedWorkload& w, TimePoint at,
                                               const Result<void>& seen) {
  Decided<SizedWorkload> out{&w, run_.next_id(), {}, false};
  decision::Decision& d = out.decision;
  const SizingPlan& p = parts_.sizing;
  const Managed manage = w.policy->limits().manage;
  Value unknown = Value::array();
  const auto told = [&](UsageSlots::Part part, const std::string& column, const char* resource) {
    Quantity q = w.slots.at(part, at, stale_);
    if (column.empty()) q = Quantity::missing(Unknown::absent, "no column says it");
    if (!q.known() && !seen) q = Quantity::missing(Unknown::failed, seen.error().describe());
    if (!q.known()) unknown.push(unknown_value(column.empty() ? resource : column, q));
  };
  if (manage != Managed::memory) told(UsageSlots::Part::cpu, p.cpu, "cpu");
  if (manage != Managed::cpu) told(UsageSlots::Part::memory, p.memory, "memory");
  auto size = commander_.size(w.application, p.requested);
  if (!size) {
    d.rule = "unknown_data";
    d.reason = "how large its instances are is not known: " + size.error().describe();
    unknown.push(
        unknown_value("size", Quantity::missing(Unknown::failed, size.error().describe())));
    d.details.set("policy", w.policy->kind());
  } else {
    if (!w.begun) remember_changes(w);
    Value kills = Value::array();
    for (const decision::OutOfMemory& k : size->out_of_memory) {
      if (k.at <= w.killed) continue;
      w.killed = k.at;
      kills.push(Value::object()
                     .set("at", to_iso8601(k.at))
                     .set("memory_bytes", known_number(k.memory_bytes)));
    }
    decision::Observation observed;
    observed.at = at;
    observed.application = w.application.name;
    observed.sizing = decision::SizingInput{.at = at,
                                            .current = size->current,
                                            .requested = size->requested,
                                            .usage = std::exchange(w.fresh, {}),
                                            .out_of_memory = size->out_of_memory};
    try {
      d = w.policy->decide(observed);
      out.planned = true;
    } catch (const std::exception& e) {
      d = {};
      d.rule = "unknown_data";
      d.reason = std::string("the policy failed: ") + e.what();
      failed("policy of " + w.application.name, {Errc::internal, e.what(), {}});
    }
    d.details.set("instances", size->instances).set("requested", size_value(size->requested));
    if (kills.size() > 0) d.details.set("out_of_memory", std::move(kills));
    if (size->recommendation)
      d.details.set("recommendation", recommendation_value(*size->recommendation));
    tell_others(w, *size, d);
  }
  d.application = w.application.name;
  if (unknown.size() > 0) d.details.set("unknown", std::move(unknown));
  return out;
}

Result<Value> SizingCycle::decide(const std::string& schedule, TimePoint at,
                                  const Result<void>& seen) {
  std::vector<Decided<SizedWorkload>> all;
  all.reserve(workloads_.all().size());
  for (const auto& w : workloads_.all()) all.push_back(decide_for(*w, at, seen));
  if (auto written = run_.write(all, schedule); !written) return tl::unexpected(written.error());
  run_.act(all, schedule, [](Decided<SizedWorkload>& one, DecisionRun::Came came) {
    SizedWorkload& w = *one.workload;
    const auto* to = std::get_if<decision::Resize>(&one.decision.action);
    if (came == DecisionRun::Came::unknown || to == nullptr) w.expected.reset();
    if (came != DecisionRun::Came::about || !w.expected) return;
    if (to->cpu_cores > 0) w.expected->cpu_cores = to->cpu_cores;
    if (to->memory_bytes > 0) w.expected->memory_bytes = to->memory_bytes;
  });
  return Value();
}

}  // namespace learningplane::agent
