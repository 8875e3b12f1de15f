#include "agent/scaling_cycle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/guarded.hpp"
#include "agent/log_lines.hpp"

namespace learningplane::agent {

using decision::Quantity;
using decision::Unknown;
using journal::EntryKind;
using telemetry::Frame;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
/// Missing models are fitted before the first decision only as long as that hardly delays it: this
/// part of the time that a run gives to it.
constexpr int share_before = 8;

/// A number that a policy gets: what is not known is NaN, and why stands in `list`.
double told(const Quantity& q, const std::string& name, Value& list) {
  if (q.known()) return q.value;
  list.push(unknown_value(name, q));
  return nan;
}

}  // namespace

ScalingCycle::ScalingCycle(AgentParts& parts, Commander& commander)
    : parts_(parts),
      commander_(commander),
      workloads_(parts),
      needs_(parts.make_scaling()->needs()),
      models_(parts, workloads_, needs_,
              [this](const std::string& where, const Failure& f) { failed(where, f); }),
      memory_(parts),
      run_(parts, commander, parts.scaling.record, parts.scaling.load) {}

Result<void> ScalingCycle::begin(std::string epoch) {
  run_.begin(std::move(epoch));
  return memory_.begin();
}

void ScalingCycle::failed(const std::string& where, const Failure& failure) {
  parts_.logger->error(where + " failed: " + failure.describe());
  parts_.observer->on_failure(where, failure);
}

Result<Value> ScalingCycle::run(Task task, const std::string& schedule, TimePoint at,
                                Duration within) {
  at = last_at_ = std::max(at, last_at_);  // policies are promised that
  const auto reach = std::min(static_cast<int>(task), static_cast<int>(parts_.mode));
  if (task == Task::train) return models_.train(at);
  if (static_cast<Task>(reach) == Task::train)
    return fail(Errc::unsupported, "the agent's mode is train");
  return decide(static_cast<Task>(reach), schedule, at, within);
}

Result<Frame> ScalingCycle::read(TimePoint from, TimePoint to) {
  return read_sensors(parts_, {from, to, Duration(0)},
                      [this](const std::string& where, const Failure& f) { failed(where, f); });
}

Result<actuator::Instances> ScalingCycle::instances_of(Workload& w, TimePoint at) {
  const ScalingPlan& p = parts_.scaling;
  if (p.replicas.empty()) return commander_.instances(w.application, w.policy->limits().minimum);
  const Quantity asked = w.replicas.at(at, parts_.forecast.max_age);
  if (!asked.known())
    return fail(Errc::unknown_data, fmt::format("{} ({}: {})", p.replicas,
                                                decision::to_string(asked.unknown), asked.detail));
  actuator::Instances out{std::llround(asked.value), std::nullopt};
  // What we did since that was scraped counts.
  if (const auto acted = commander_.last_scale(w.application.name);
      acted && to_ns(acted->at) >= w.replicas.time_ns())
    out.asked = acted->replicas;
  return out;
}

Decided<Workload> ScalingCycle::decide_for(Workload& w, TimePoint at, const Result<Frame>& data) {
  Decided<Workload> out{&w, run_.next_id(), {}, false};
  decision::Decision& d = out.decision;
  const ScalingPlan& p = parts_.scaling;
  Value unknown = Value::array();
  const auto observed = [&](const Newest& newest, const std::string& name) {
    const Duration age = parts_.forecast.max_age;
    Quantity q = newest.at(at, age);
    if (!q.known() && !data) q = Quantity::missing(Unknown::failed, data.error().describe());
    if (name == w.ambiguous)
      q = Quantity::missing(Unknown::failed, "several columns of the name are this application's");
    return told(q, name, unknown);
  };
  const auto instances = instances_of(w, at);
  if (!instances) {
    d.rule = "unknown_data";
    d.reason = "how many instances there are is not known: " + instances.error().describe();
    unknown.push(unknown_value("replicas",
                               Quantity::missing(Unknown::failed, instances.error().describe())));
    d.details.set("policy", w.policy->kind());
  } else {
    decision::ScalingInput in;
    in.at = at;
    in.replicas = instances->asked;
    in.ready = instances->ready.value_or(in.replicas);
    if (!p.ready.empty()) {
      const double ready = observed(w.ready, p.ready);
      if (std::isfinite(ready)) in.ready = std::llround(ready);
    }
    in.ready = std::clamp<std::int64_t>(in.ready, 0, in.replicas);
    in.load = observed(w.load, p.load);
    if (!p.latency.empty()) in.latency = observed(w.latency, p.latency);
    for (std::size_t i = 0; i < p.metrics.size(); ++i)
      in.metrics.push_back({p.metrics[i], observed(w.metrics[i], p.metrics[i])});
    if (needs_.horizon > Duration::zero()) {
      models_.fill(w, at, in);
      if (!w.forecast) (void)told(w.no_forecast, "forecast", unknown);
    }
    decision::Observation seen;
    seen.at = at;
    seen.application = w.application.name;
    seen.scaling = std::move(in);
    try {
      d = w.policy->decide(seen);
      out.planned = true;
    } catch (const std::exception& e) {
      d = {};
      d.rule = "unknown_data";
      d.reason = std::string("the policy failed: ") + e.what();
      failed("policy of " + w.application.name, {Errc::internal, e.what(), {}});
    }
    d.details.set("ready", seen.scaling->ready);
    if (w.expected >= 0 && w.expected != seen.scaling->replicas) {
      d.details.set("changed_by_others",
                    Value::object().set("from", w.expected).set("to", seen.scaling->replicas));
      parts_.logger->warning(fmt::format("{}: somebody else changed {} instances to {}",
                                         w.application.name, w.expected, seen.scaling->replicas));
    }
    w.expected = seen.scaling->replicas;
  }
  d.application = w.application.name;
  if (unknown.size() > 0) {
    if (d.rule == "unknown_data" && out.planned) {
      const Value& first = unknown.as_array().front();
      d.reason += fmt::format("; {} is not known ({}: {})", first.get("name", ""),
                              first.get("reason", ""), first.get("detail", ""));
    }
    d.details.set("unknown", std::move(unknown));
  }
  return out;
}

void ScalingCycle::take_up(TimePoint at) {
  for (const auto& w : workloads_.all()) {
    if (std::exchange(w->begun, true)) continue;
    if (memory_.take_up(*w, at)) continue;
    // Where nothing else is known, a change before a restart still counts for cool-downs.
    if (const auto acted = commander_.last_scale(w->application.name))
      w->policy->recall(acted->at, acted->by);
  }
}

Result<Value> ScalingCycle::decide(Task task, const std::string& schedule, TimePoint at,
                                   Duration within) {
  const Clock& clock = parts_.stopwatch ? *parts_.stopwatch : parts_.executor->clock();
  const Until until(clock, within), soon(clock, within / share_before);
  TimePoint from = at - parts_.forecast.history;
  // Without cleaning, which looks around, what was read once is not read again.
  if (read_to_ && !parts_.clean) from = std::clamp(*read_to_, from, at - Duration(1));
  auto data = read(from, at);
  if (data) {
    read_to_ = at;
    if (data->empty()) parts_.logger->info(no_data_line);
    workloads_.take(*data);
    for (const std::string& name : workloads_.forget(at)) {
      parts_.logger->info("nothing was seen of " + name + " for long: it is forgotten");
      memory_.drop(name);
    }
  } else {
    failed("telemetry", data.error());
  }
  take_up(at);
  if (models_.wanted()) {
    // What the model learns of the fit's own slots twice it passes over.
    if (data && !data->empty() && models_.fit_missing(at, data->all().size(), soon))
      models_.fit_some(soon);
    tell_of_fitting();
    models_.update(at);
    if (task != Task::update) models_.forecast(at);
  }
  if (task == Task::decide) {
    if (auto done = decide_all(schedule, at, data); !done) return tl::unexpected(done.error());
  }
  if (models_.wanted()) {
    models_.fit_some(until);
    tell_of_fitting();
  }
  if (!data) return tl::unexpected(data.error());
  return Value::object().set("workloads", workloads_.all().size());
}

Result<void> ScalingCycle::decide_all(const std::string& schedule, TimePoint at,
                                      const Result<Frame>& data) {
  std::vector<Decided<Workload>> all;
  all.reserve(workloads_.all().size());
  for (const auto& w : workloads_.all()) all.push_back(decide_for(*w, at, data));
  for (const auto& one : all) memory_.keep(*one.workload, one.id, one.decision);
  auto written = run_.write(all, schedule, memory_.notes(), memory_.changes());
  if (!written) {
    memory_.not_written();
    return written;
  }
  memory_.written();
  run_.act(all, schedule, [](Decided<Workload>& one, DecisionRun::Came came) {
    const auto* scale = std::get_if<decision::Scale>(&one.decision.action);
    if (came == DecisionRun::Came::about && scale != nullptr)
      one.workload->expected = scale->replicas;
    if (came == DecisionRun::Came::unknown) one.workload->expected = -1;
  });
  return {};
}

/// Who looks at decisions without a forecast finds why.
void ScalingCycle::tell_of_fitting() {
  const ModelFitting& f = models_.fitting();
  if (f.under_way() == told_fitting_) return;
  told_fitting_ = f.under_way();
  const std::string what =
      told_fitting_ ? fmt::format(
                          "{} models are fitted between runs; until then policies decide without "
                          "their forecasts",
                          f.all())
                    : fmt::format("{} of {} models are fitted", f.fitted(), f.all());
  parts_.logger->info(what);
  const journal::Entry note{0,
                            parts_.executor->clock().now(),
                            EntryKind::note,
                            parts_.name,
                            "",
                            "",
                            "",
                            Value::object()
                                .set("event", told_fitting_ ? "fitting_models" : "fitted_models")
                                .set("models", f.all())
                                .set("fitted", f.fitted())
                                .set("since", to_iso8601(f.begun()))};
  if (auto written = parts_.journal->append(note); !written) failed("journal", written.error());
}

}  // namespace learningplane::agent
