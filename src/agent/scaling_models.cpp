#include "agent/scaling_models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agent/guarded.hpp"

namespace learningplane::agent {

using decision::Quantity;
using decision::Unknown;
using telemetry::Frame;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double most_samples = 1e6;  ///< in one part of a long read

/// The last observation that a model has taken in; nothing where it does not tell.
std::optional<TimePoint> last_seen(model::Forecaster& model) {
  auto look = guarded([&] { return model.forecast(2); });
  if (!look || look->steps() != 2) return std::nullopt;
  return from_ns(2 * look->times_ns[0] - look->times_ns[1]);
}

}  // namespace

ScalingModels::ScalingModels(AgentParts& parts, Workloads& workloads, decision::ScalingNeeds needs,
                             OnFailure on_failure)
    : parts_(parts), workloads_(workloads), needs_(needs), failed_(std::move(on_failure)) {}

/// Reads a long stretch in parts: weeks of every metric of thousands of applications would not fit
/// into memory, nor into one answer.
Result<void> ScalingModels::in_parts(TimePoint begin, TimePoint end, Duration step,
                                     const Each& each) {
  const Duration all = end - begin;
  const Duration slot = parts_.scaling.step;
  const Duration unit = slot > Duration::zero() ? slot : Duration(std::chrono::minutes(1));
  // Cleaning looks around and sees everything.
  Duration part = parts_.clean ? all : std::min<Duration>(all, std::chrono::hours(6));
  for (TimePoint from = begin; from < end;) {
    part = std::max(unit, part / unit * unit);
    const TimePoint to = end - from > part ? from + part : end;
    auto data = read_sensors(parts_, {from, to, step}, failed_);
    if (!data) return tl::unexpected(data.error());
    if (auto done = each(*data); !done) return done;
    from = to;
    const double samples =
        static_cast<double>(data->rows()) * static_cast<double>(data->all().size());
    const double growth = samples > 0 ? std::clamp(most_samples / samples, 0.1, 8.0) : 8.0;
    part = Duration(static_cast<std::int64_t>(
        std::min(static_cast<double>(part.count()) * growth, static_cast<double>(all.count()))));
  }
  return {};
}

Result<Value> ScalingModels::train(TimePoint at) {
  std::vector<Workload*> all;
  // Those that come by a label are first seen in the training data themselves.
  for (const auto& w : workloads_.all()) all.push_back(w.get());
  return train(all, at);
}

Result<Value> ScalingModels::train(const std::vector<Workload*>& workloads, TimePoint at) {
  if (!parts_.make_model) return fail(Errc::unsupported, "no model is configured");
  Workloads::Loads loads;
  // A sample for each slot is enough to learn from.
  auto read = in_parts(at - parts_.forecast.training, at, parts_.scaling.step,
                       [&](const Frame& part) -> Result<void> {
                         workloads_.gather(part, loads);
                         return {};
                       });
  if (!read) return tl::unexpected(read.error());
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
    auto done = fit(w, data);
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
      failed_("model of " + w.application.name, *last);
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

Result<Value> ScalingModels::fit(Workload& w, const Frame& data) {
  if (data.empty()) return fail(Errc::not_enough_data, "no load in the training window");
  return train_model(parts_, w.application.name, data, parts_.forecast.horizon,
                     w.model != nullptr && w.model->fitted(),
                     [&](std::shared_ptr<model::Forecaster> model) {
                       w.model = std::move(model);
                       w.forecast.reset();
                     });
}

void ScalingModels::fit_missing(TimePoint at) {
  std::vector<Workload*> missing, behind;
  for (const auto& w : workloads_.all()) {
    if (w->model != nullptr && w->model->fitted()) continue;
    if (w->tried && at - *w->tried < parts_.scaling.forecast_every) continue;
    if (!w->tried && parts_.recall) {
      if (auto kept = parts_.recall(w->application.name)) {
        parts_.logger->info("the model of " + w->application.name + " was kept from before");
        w->model = std::move(*kept);
        w->tried = at;
        behind.push_back(w.get());
        continue;
      } else if (kept.error().code != Errc::not_found) {
        failed_("kept model of " + w->application.name, kept.error());
      }
    }
    missing.push_back(w.get());
  }
  if (!behind.empty()) catch_up(behind, at);
  // Each model's failure is told where it happens; the forecast then says no_model.
  if (!missing.empty()) (void)train(missing, at);
}

/// A kept model saw nothing since it was fitted, and what was forecast is gone: both are made as
/// they were, from telemetry.
void ScalingModels::catch_up(const std::vector<Workload*>& behind, TimePoint at) {
  struct Place {
    SlotMeans slots;
    bool passed = false;  ///< the time of the last forecast
  };
  std::map<const Workload*, Place> places;
  TimePoint from = at;
  for (Workload* w : behind) {
    places.emplace(w, Place{SlotMeans(parts_.scaling.step)});
    if (const auto last = last_seen(*w->model)) from = std::min(from, *last);
  }
  from = std::max(from, at - parts_.forecast.training);
  const auto pass = [&](Workload& w, Place& p) {
    p.passed = true;
    std::swap(w.slots, p.slots);
    update(w, w.forecast_at);
    forecast_as_of(w);
    std::swap(w.slots, p.slots);
  };
  // As it came, where that is not too much; else a sample for each slot, as they were fitted.
  constexpr double most = 5e6;
  const double samples = static_cast<double>(behind.size()) *
                         static_cast<double>((at - from) / std::chrono::seconds(15));
  auto read = in_parts(from, at, samples > most ? parts_.scaling.step : Duration(0),
                       [&](const Frame& part) -> Result<void> {
                         workloads_.each_load(part, [&](Workload& w, std::int64_t ns, double load) {
                           const auto found = places.find(&w);
                           if (found == places.end()) return;
                           Place& p = found->second;
                           if (!p.passed && ns >= to_ns(w.forecast_at)) pass(w, p);
                           p.slots.add(ns, load);
                         });
                         return {};
                       });
  if (!read) {
    failed_("telemetry", read.error());
    return;
  }
  for (Workload* w : behind) {
    Place& p = places.at(w);
    if (!p.passed) pass(*w, p);
    w->slots = std::move(p.slots);
  }
}

void ScalingModels::forecast_as_of(Workload& w) {
  // A model that was fitted since then did not make it.
  const auto last = last_seen(*w.model);
  if (w.forecast_at != TimePoint{} && last && *last < w.forecast_at) forecast(w, w.forecast_at);
}

void ScalingModels::update(TimePoint at) {
  for (const auto& w : workloads_.all()) update(*w, at);
}

void ScalingModels::update(Workload& w, TimePoint at) {
  w.slots.close(to_ns(at));
  if (w.slots.empty()) return;
  const Frame fresh = w.slots.take(parts_.scaling.load);
  if (w.model == nullptr || !w.model->fitted() || fresh.empty()) return;
  if (auto updated = guarded([&] { return w.model->update(fresh); }); !updated)
    failed_("model of " + w.application.name, updated.error());
}

Duration ScalingModels::step_of(const Workload& w) const {
  if (parts_.scaling.step > Duration::zero()) return parts_.scaling.step;
  if (w.forecast && w.forecast->steps() > 1)
    return Duration(w.forecast->times_ns[1] - w.forecast->times_ns[0]);
  return std::chrono::minutes(1);
}

void ScalingModels::forecast(TimePoint at) {
  for (const auto& w : workloads_.all()) forecast(*w, at);
}

void ScalingModels::forecast(Workload& w, TimePoint at) {
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

void ScalingModels::fill(const Workload& w, TimePoint at, decision::ScalingInput& in) const {
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

}  // namespace learningplane::agent
