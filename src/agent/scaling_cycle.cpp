#include "agent/scaling_cycle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agent/guarded.hpp"
#include "agent/log_lines.hpp"
#include "agent/training.hpp"

namespace learningplane::agent {

using decision::Quantity;
using decision::Unknown;
using journal::EntryKind;
using telemetry::Frame;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A number that a policy gets: what is not known is NaN, and why stands in `list`.
double told(const Quantity& q, const std::string& name, Value& list) {
  if (q.known()) return q.value;
  list.push(Value::object()
                .set("name", name)
                .set("reason", decision::to_string(q.unknown))
                .set("detail", q.detail));
  return nan;
}

}  // namespace

ScalingCycle::ScalingCycle(AgentParts& parts, Commander& commander)
    : parts_(parts),
      commander_(commander),
      workloads_(parts),
      needs_(parts.make_scaling()->needs()) {}

void ScalingCycle::failed(const std::string& where, const Failure& failure) {
  parts_.logger->error(where + " failed: " + failure.describe());
  parts_.observer->on_failure(where, failure);
}

Result<Value> ScalingCycle::run(Task task, const std::string& schedule, TimePoint at) {
  at = last_at_ = std::max(at, last_at_);  // policies are promised that
  const auto reach = std::min(static_cast<int>(task), static_cast<int>(parts_.mode));
  if (task == Task::train) {
    std::vector<Workload*> all;
    // Those that come by a label are first seen in the training data themselves.
    for (const auto& w : workloads_.all()) all.push_back(w.get());
    return train(all, at);
  }
  if (static_cast<Task>(reach) == Task::train)
    return fail(Errc::unsupported, "the agent's mode is train");
  return decide(static_cast<Task>(reach), schedule, at);
}

Result<Frame> ScalingCycle::read(TimePoint from, TimePoint to, Duration step) {
  return read_sensors(parts_, {from, to, step},
                      [this](const std::string& where, const Failure& f) { failed(where, f); });
}

Result<Workloads::Loads> ScalingCycle::training_loads(TimePoint at) {
  // A sample for each slot is enough to learn from, and read in parts: weeks of every metric of
  // thousands of applications would not fit into memory, nor into one answer.
  constexpr double most_samples = 1e6;
  const Duration step = parts_.scaling.step, training = parts_.forecast.training;
  const Duration unit = step > Duration::zero() ? step : Duration(std::chrono::minutes(1));
  // Cleaning looks around and sees everything.
  Duration part = parts_.clean ? training : std::min<Duration>(training, std::chrono::hours(6));
  Workloads::Loads out;
  for (TimePoint from = at - training; from < at;) {
    part = std::max(unit, part / unit * unit);
    const TimePoint to = at - from > part ? from + part : at;
    auto data = read(from, to, step);
    if (!data) return tl::unexpected(data.error());
    workloads_.gather(*data, out);
    from = to;
    const double samples =
        static_cast<double>(data->rows()) * static_cast<double>(data->all().size());
    const double growth = samples > 0 ? std::clamp(most_samples / samples, 0.1, 8.0) : 8.0;
    part = Duration(static_cast<std::int64_t>(std::min(static_cast<double>(part.count()) * growth,
                                                       static_cast<double>(training.count()))));
  }
  return out;
}

Result<Value> ScalingCycle::train(const std::vector<Workload*>& workloads, TimePoint at) {
  if (!parts_.make_model) return fail(Errc::unsupported, "no model is configured");
  auto read_loads = training_loads(at);
  if (!read_loads) return tl::unexpected(read_loads.error());
  Workloads::Loads& loads = *read_loads;
  Value report = Value::object();
  std::optional<Failure> last;
  std::size_t fitted = 0;
  const auto one = [&](Workload& w) {
    const auto found = loads.find(w.application.name);
    Frame data;
    if (found != loads.end()) {
      found->second.close(to_ns(at));
      data = found->second.take(parts_.scaling.load);
      loads.erase(found);
    }
    auto done = fit(w, data, at);
    w.tried = at;
    if (done) {
      ++fitted;
      report.set(w.application.name, std::move(*done));
      return;
    }
    last = done.error();
    report.set(w.application.name, Value::object().set("failed", last->describe()));
    if (last->code == Errc::not_enough_data || last->code == Errc::not_found) {
      parts_.logger->info("the model of " + w.application.name + " waits: " + last->message);
    } else {
      failed("model of " + w.application.name, *last);
    }
  };
  if (workloads.empty()) {
    for (const auto& w : workloads_.all()) one(*w);
  } else {
    for (Workload* w : workloads) one(*w);
  }
  if (fitted == 0 && last) return tl::unexpected(*last);
  return Value::object().set("models", std::move(report));
}

Result<Value> ScalingCycle::fit(Workload& w, const Frame& data, TimePoint) {
  if (data.empty()) return fail(Errc::not_enough_data, "no load in the training window");
  return train_model(parts_, w.application.name, data, parts_.forecast.horizon,
                     w.model != nullptr && w.model->fitted(),
                     [&](std::shared_ptr<model::Forecaster> model) {
                       w.model = std::move(model);
                       w.forecast.reset();
                     });
}

void ScalingCycle::fit_missing(TimePoint at) {
  std::vector<Workload*> missing;
  for (const auto& w : workloads_.all()) {
    if (w->model != nullptr && w->model->fitted()) continue;
    if (w->tried && at - *w->tried < parts_.scaling.forecast_every) continue;
    if (!w->tried && parts_.recall) {
      if (auto kept = parts_.recall(w->application.name)) {
        parts_.logger->info("the model of " + w->application.name + " was kept from before");
        w->model = std::move(*kept);
        w->tried = at;
        continue;
      } else if (kept.error().code != Errc::not_found) {
        failed("kept model of " + w->application.name, kept.error());
      }
    }
    missing.push_back(w.get());
  }
  // Each model's failure is told where it happens; the forecast then says no_model.
  if (!missing.empty()) (void)train(missing, at);
}

void ScalingCycle::update_model(Workload& w, TimePoint at) {
  w.slots.close(to_ns(at));
  if (w.slots.empty()) return;
  const Frame fresh = w.slots.take(parts_.scaling.load);
  if (w.model == nullptr || !w.model->fitted() || fresh.empty()) return;
  if (auto updated = guarded([&] { return w.model->update(fresh); }); !updated)
    failed("model of " + w.application.name, updated.error());
}

Duration ScalingCycle::step_of(const Workload& w) const {
  if (parts_.scaling.step > Duration::zero()) return parts_.scaling.step;
  if (w.forecast && w.forecast->steps() > 1)
    return Duration(w.forecast->times_ns[1] - w.forecast->times_ns[0]);
  return std::chrono::minutes(1);
}

void ScalingCycle::forecast(Workload& w, TimePoint at) {
  if (w.forecast && at - w.forecast_at < parts_.scaling.forecast_every) return;
  w.forecast.reset();
  w.forecast_at = at;
  if (w.model == nullptr || !w.model->fitted()) {
    w.no_forecast = Quantity::missing(Unknown::no_model, "no model is fitted yet");
    return;
  }
  const double levels[] = {needs_.quantile};
  const auto make = [&](std::size_t steps) {
    return guarded([&] { return w.model->forecast(steps, levels); });
  };
  // The model may have seen less than there is, and its steps are its own: a look tells both.
  auto look = make(2);
  if (look && look->steps() == 2) {
    const Duration step(look->times_ns[1] - look->times_ns[0]);
    const Duration lag = std::max(Duration(0), at - from_ns(look->times_ns[0]));
    if (step <= Duration::zero() || lag > parts_.forecast.max_age + step) {
      w.no_forecast = Quantity::missing(
          Unknown::stale, fmt::format("the model's last observation is {} old",
                                      format_duration(lag + std::max(step, Duration(0)))));
      return;
    }
    const Duration reach = needs_.horizon + parts_.scaling.forecast_every + lag;
    look = make(static_cast<std::size_t>((reach + step - Duration(1)) / step) + 1);
  }
  if (!look) {
    w.no_forecast = Quantity::missing(Unknown::failed, look.error().describe());
    return;
  }
  if (look->levels.size() != 1 || look->quantiles.size() != look->steps()) {
    w.no_forecast = Quantity::missing(Unknown::failed, "the model gave other quantiles");
    return;
  }
  w.forecast = std::move(*look);
  parts_.observer->on_forecast(w.application.name, Quantity::of(w.forecast->quantile(0, 0)));
  parts_.observer->on_forecast_steps(w.application.name, *w.forecast);
}

void ScalingCycle::fill_forecast(Workload& w, TimePoint at, decision::ScalingInput& in) const {
  const Duration step = step_of(w);
  const auto steps = static_cast<std::size_t>((needs_.horizon + step - Duration(1)) / step);
  in.forecast_mean.assign(steps, nan);
  in.forecast.assign(steps, nan);
  if (!w.forecast) return;
  const model::Forecast& f = *w.forecast;
  std::size_t first = 0;
  while (first < f.steps() && from_ns(f.times_ns[first]) + step <= at) ++first;
  for (std::size_t i = 0; i < steps && first + i < f.steps(); ++i) {
    in.forecast_mean[i] = f.mean[first + i];
    in.forecast[i] = f.quantile(first + i, 0);
  }
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

ScalingCycle::Decided ScalingCycle::decide_for(Workload& w, TimePoint at,
                                               const Result<Frame>& data) {
  Decided out{&w, fmt::format("{}-{}", epoch_, ++count_), {}, false};
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
    unknown.push(Value::object()
                     .set("name", "replicas")
                     .set("reason", decision::to_string(Unknown::failed))
                     .set("detail", instances.error().describe()));
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
      fill_forecast(w, at, in);
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

bool ScalingCycle::recorded(Workload& w, const decision::Decision& d) const {
  if (parts_.scaling.record == RecordedDecisions::all || d.acts()) return true;
  return w.recorded != d.rule;
}

Result<void> ScalingCycle::write_decisions(const std::vector<Decided>& all,
                                           const std::string& schedule) {
  std::vector<journal::Entry> entries;
  const TimePoint now = parts_.executor->clock().now();
  for (const Decided& one : all) {
    if (!recorded(*one.workload, one.decision)) continue;
    Value body = decision::to_value(one.decision);
    const Value* current = one.decision.details.find("current");
    body.set("current", current == nullptr ? Value() : *current)
        .set("target", parts_.scaling.load)
        .set("constraint", Value());
    entries.push_back({0, now, EntryKind::decision, parts_.name, schedule, one.id,
                       one.workload->application.name, std::move(body)});
  }
  if (entries.empty()) return {};
  if (auto written = parts_.journal->append_all(entries); !written) {
    failed("journal", written.error());
    return tl::unexpected(written.error());
  }
  return {};
}

void ScalingCycle::carry_out(Decided& one, const std::string& schedule) {
  Workload& w = *one.workload;
  const auto* scale = std::get_if<decision::Scale>(&one.decision.action);
  auto outcome = commander_.carry_out(w.application, one.decision, one.id, schedule);
  const bool planned = outcome && outcome->status == actuator::OutcomeStatus::planned;
  if (outcome && (outcome->in_effect() || planned)) {
    if (scale != nullptr) w.expected = scale->replicas;
    return;
  }
  if (!outcome) failed("deciding for " + w.application.name, outcome.error());
  // Where it may have happened all the same, the next look at the instances tells.
  if (!outcome || outcome->status != actuator::OutcomeStatus::unknown) {
    w.policy->revoke();
  } else {
    w.expected = -1;
  }
}

Result<Value> ScalingCycle::decide(Task task, const std::string& schedule, TimePoint at) {
  TimePoint from = at - parts_.forecast.history;
  // Without cleaning, which looks around, what was read once is not read again.
  if (read_to_ && !parts_.clean) from = std::clamp(*read_to_, from, at - Duration(1));
  auto data = read(from, at);
  if (data) {
    read_to_ = at;
    if (data->empty()) parts_.logger->info(no_data_line);
    workloads_.take(*data);
    for (const std::string& name : workloads_.forget(at))
      parts_.logger->info("nothing was seen of " + name + " for long: it is forgotten");
  } else {
    failed("telemetry", data.error());
  }
  if (forecasts()) {
    // What the model learns of the fit's own slots twice it passes over.
    if (data && !data->empty()) fit_missing(at);
    for (const auto& w : workloads_.all()) update_model(*w, at);
    if (task != Task::update) {
      for (const auto& w : workloads_.all()) forecast(*w, at);
    }
  }
  if (task == Task::decide) {
    std::vector<Decided> all;
    all.reserve(workloads_.all().size());
    for (const auto& w : workloads_.all()) {
      if (w->recorded.empty() && w->expected < 0) {
        // A change before a restart still counts for cool-downs and memories.
        if (const auto acted = commander_.last_scale(w->application.name))
          w->policy->recall(acted->at, acted->by);
      }
      all.push_back(decide_for(*w, at, data));
    }
    if (auto written = write_decisions(all, schedule); !written) {
      for (Decided& one : all) {
        if (one.planned) one.workload->policy->revoke();
      }
      return fail(written.error().code, "not acting without a journal");
    }
    for (Decided& one : all) {
      if (recorded(*one.workload, one.decision)) parts_.observer->on_decision(one.id, one.decision);
      one.workload->recorded = one.decision.rule;
      if (one.decision.acts()) carry_out(one, schedule);
    }
  }
  if (!data) return tl::unexpected(data.error());
  return Value::object().set("workloads", workloads_.all().size());
}

}  // namespace learningplane::agent
