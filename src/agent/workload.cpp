#include "agent/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace learningplane::agent {

using decision::Quantity;
using decision::Unknown;
using telemetry::CellFlag;
using telemetry::Column;
using telemetry::Frame;

namespace {
/// What models learn from: NaN where it is not known, or negative.
double load_at(const Column& column, std::size_t row) {
  const bool known = column.known(row) && column.values[row] >= 0;
  return known ? column.values[row] : std::numeric_limits<double>::quiet_NaN();
}
}  // namespace

void Newest::take(const Frame& frame, const Column& column) {
  for (std::size_t row = frame.rows(); row-- > 0;) {
    if (frame.times_ns()[row] <= time_ns_) return;
    // What cannot be is told as unknown, rather than the older value as still so.
    const bool infinite = column.flag(row) == CellFlag::infinite || std::isinf(column.values[row]);
    if (column.flag(row) != CellFlag::observed && !infinite) continue;
    value_ = infinite ? std::numeric_limits<double>::infinity() : column.values[row];
    time_ns_ = frame.times_ns()[row];
    return;
  }
}

Quantity Newest::at(TimePoint now, Duration max_age) const {
  if (time_ns_ < 0) return Quantity::missing(Unknown::absent, "no observation yet");
  const Duration age = now - from_ns(time_ns_);
  if (age > max_age)
    return Quantity::missing(Unknown::stale,
                             fmt::format("the last observation is {} old, at most {} is used",
                                         format_duration(age), format_duration(max_age)));
  if (std::isinf(value_))
    return Quantity::missing(Unknown::not_a_number, "what came last is infinite");
  if (value_ < 0 && !below_zero_)
    return Quantity::missing(Unknown::not_a_number,
                             fmt::format("what came last is negative ({:g})", value_));
  return Quantity::of(value_);
}

Workloads::Workloads(const AgentParts& parts)
    : parts_(parts),
      owners_(parts.scaling.by, parts.applications, [&parts](Application application) {
        auto made = std::make_unique<Workload>();
        made->application = std::move(application);
        made->policy = parts.make_scaling();
        made->metrics.assign(parts.scaling.metrics.size(), Newest(true));
        made->slots = SlotMeans(parts.scaling.step);
        return made;
      }) {}

Newest* Workloads::place(Workload& w, const std::string& name) const {
  const ScalingPlan& p = parts_.scaling;
  if (name.empty()) return nullptr;
  if (name == p.load) return &w.load;
  if (name == p.latency) return &w.latency;
  if (name == p.replicas) return &w.replicas;
  if (name == p.ready) return &w.ready;
  for (std::size_t i = 0; i < p.metrics.size(); ++i) {
    if (name == p.metrics[i]) return &w.metrics[i];
  }
  return nullptr;
}

void Workloads::take(const Frame& frame) {
  std::set<const Newest*> filled;
  for (const auto& w : all()) w->ambiguous.clear();
  for (const Column& c : frame.all()) {
    for (Workload* w : owners_.of(c)) {
      Newest* newest = place(*w, c.name);
      if (newest == nullptr) continue;
      if (!filled.insert(newest).second) {
        w->ambiguous = c.name;
        continue;
      }
      const bool load = newest == &w->load;
      if (load && parts_.make_model) {
        for (std::size_t row = 0; row < frame.rows(); ++row) {
          w->slots.add(frame.times_ns()[row], load_at(c, row));
        }
      }
      newest->take(frame, c);
      w->seen_ns = std::max(w->seen_ns, newest->time_ns());
    }
  }
}

std::vector<std::string> Workloads::forget(TimePoint now) {
  return owners_.forget(now, parts_.scaling.forget);
}

void Workloads::each_load(const Frame& part, const OnLoad& on_load) {
  std::set<const Workload*> filled;
  for (const Column& c : part.all()) {
    if (c.name != parts_.scaling.load) continue;
    for (Workload* w : owners_.of(c)) {
      if (!filled.insert(w).second) continue;  // told as ambiguous when it is decided on
      for (std::size_t row = 0; row < part.rows(); ++row)
        on_load(*w, part.times_ns()[row], load_at(c, row));
    }
  }
}

void Workloads::gather(const Frame& part, Loads& into) {
  SlotMeans* slots = nullptr;
  const Workload* of = nullptr;
  each_load(part, [&](Workload& w, std::int64_t ns, double load) {
    if (of != &w) slots = &into.try_emplace(w.application.name, parts_.scaling.step).first->second;
    of = &w;
    slots->add(ns, load);
  });
}

}  // namespace learningplane::agent
