#include "agent/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace learningplane::agent {

using decision::Quantity;
using decision::Unknown;
using telemetry::CellFlag;
using telemetry::Column;
using telemetry::Frame;

void Newest::take(const Frame& frame, const Column& column) {
  for (std::size_t row = frame.rows(); row-- > 0;) {
    if (frame.times_ns()[row] <= time_ns_) return;
    if (column.flag(row) != CellFlag::observed) continue;
    value_ = column.values[row];
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
  return Quantity::of(value_);
}

Workloads::Workloads(const AgentParts& parts) : parts_(parts) {
  for (const Application& a : parts.applications) add(a);
}

Workload& Workloads::add(Application application) {
  auto made = std::make_unique<Workload>();
  made->application = std::move(application);
  made->policy = parts_.make_scaling();
  made->metrics.resize(parts_.scaling.metrics.size());
  made->slots = SlotMeans(parts_.scaling.step);
  by_name_[made->application.name] = made.get();
  all_.push_back(std::move(made));
  return *all_.back();
}

Workload* Workloads::find(const std::string& name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<Workload*> Workloads::owners(const Column& column) {
  if (!parts_.scaling.by.empty()) {
    const auto value = column.labels.get(parts_.scaling.by);
    if (!value || value->empty()) return {};
    const std::string name(*value);
    const auto known = by_name_.find(name);
    if (known != by_name_.end()) return {known->second};
    return {&add({name, {{parts_.scaling.by, name}}, {}})};
  }
  std::vector<Workload*> out;
  for (const auto& w : all_) {
    if (column.labels.contains(w->application.labels)) out.push_back(w.get());
  }
  return out;
}

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
  for (const auto& w : all_) w->ambiguous.clear();
  for (const Column& c : frame.all()) {
    for (Workload* w : owners(c)) {
      Newest* newest = place(*w, c.name);
      if (newest == nullptr) continue;
      if (!filled.insert(newest).second) {
        w->ambiguous = c.name;
        continue;
      }
      const bool load = newest == &w->load;
      if (load && parts_.make_model) {
        for (std::size_t row = 0; row < frame.rows(); ++row) {
          w->slots.add(frame.times_ns()[row],
                       c.known(row) ? c.values[row] : std::numeric_limits<double>::quiet_NaN());
        }
      }
      newest->take(frame, c);
      w->seen_ns = std::max(w->seen_ns, newest->time_ns());
    }
  }
}

std::vector<std::string> Workloads::forget(TimePoint now) {
  std::vector<std::string> out;
  if (parts_.scaling.by.empty() || parts_.scaling.forget <= Duration::zero()) return out;
  std::erase_if(all_, [&](const std::unique_ptr<Workload>& w) {
    if (now - from_ns(w->seen_ns) <= parts_.scaling.forget) return false;
    out.push_back(w->application.name);
    by_name_.erase(w->application.name);
    return true;
  });
  return out;
}

void Workloads::each_load(const Frame& part, const OnLoad& on_load) {
  std::set<const Workload*> filled;
  for (const Column& c : part.all()) {
    if (c.name != parts_.scaling.load) continue;
    for (Workload* w : owners(c)) {
      if (!filled.insert(w).second) continue;  // told as ambiguous when it is decided on
      for (std::size_t row = 0; row < part.rows(); ++row)
        on_load(*w, part.times_ns()[row],
                c.known(row) ? c.values[row] : std::numeric_limits<double>::quiet_NaN());
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
