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

/// The last observation that a model has taken in; nothing where it does not tell.
std::optional<TimePoint> last_seen(model::Forecaster& model) {
  auto look = guarded([&] { return model.forecast(2); });
  if (!look || look->steps() != 2) return std::nullopt;
  return from_ns(2 * look->times_ns[0] - look->times_ns[1]);
}

}  // namespace

ScalingModels::ScalingModels(AgentParts& parts, Workloads& workloads, decision::ScalingNeeds needs,
                             OnFailure on_failure)
    : parts_(parts),
      workloads_(workloads),
      needs_(needs),
      failed_(std::move(on_failure)),
      fitting_(parts, workloads, failed_) {}

Result<Value> ScalingModels::train(TimePoint at) {
  if (!parts_.make_model) return fail(Errc::unsupported, "no model is configured");
  fitting_.begin({}, at);
  while (fitting_.under_way()) fitting_.step();
  return fitting_.report();
}

bool ScalingModels::fit_missing(TimePoint at, std::size_t columns, const Until& until) {
  std::vector<Workload*> behind;
  std::vector<std::string> missing;
  for (const auto& w : workloads_.all()) {
    if ((w->model != nullptr && w->model->fitted()) || w->waits) continue;
    if (w->tried && at - *w->tried < parts_.scaling.forecast_every) continue;
    if (!w->tried && parts_.recall) {
      if (!behind.empty() && until.passed()) break;  // the others with the next run
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
    missing.push_back(w->application.name);
  }
  if (!behind.empty()) catch_up(behind, at);
  // Who comes while others are fitted waits until they are.
  if (missing.empty() || fitting_.under_way()) return false;
  // Each model's failure is told where it happens; the forecast then says no_model.
  fitting_.begin(std::move(missing), at, columns);
  return true;
}

void ScalingModels::fit_some(const Until& until) {
  while (fitting_.under_way() && !until.passed()) fitting_.step();
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
  const Duration step = samples > most ? parts_.scaling.step : Duration(0);
  LongRead read(parts_, {from, at, step}, parts_.scaling.step);
  while (!read.done()) {
    const auto part = read.next(parts_, failed_);
    if (!part) return failed_("telemetry", part.error());
    workloads_.each_load(*part, [&](Workload& w, std::int64_t ns, double load) {
      const auto found = places.find(&w);
      if (found == places.end()) return;
      Place& p = found->second;
      if (!p.passed && ns >= to_ns(w.forecast_at)) pass(w, p);
      p.slots.add(ns, load);
    });
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
  if (w.slots.empty() || w.waits) return;  // the model that is to come takes them in
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
    w.no_forecast = Quantity::missing(
        Unknown::no_model,
        w.waits ? fmt::format("no model is fitted yet, {} are waited for", fitting_.left())
                : "no model is fitted yet");
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
