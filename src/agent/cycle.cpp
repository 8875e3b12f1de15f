#include "agent/cycle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agent/log_lines.hpp"
#include "agent/training.hpp"

namespace learningplane::agent {

using decision::Quantity;
using decision::Unknown;
using journal::EntryKind;
using telemetry::Frame;

namespace {

Labels merged(const Labels& a, const Labels& b) {
  Labels out = a;
  for (const auto& [name, value] : b) out.set(name, value);
  return out;
}

Value number_or_null(double v) { return std::isfinite(v) ? Value(v) : Value(); }

Value body_of(const SiteForecast& f, const std::string& target) {
  Value body = Value::object()
                   .set("target", target)
                   .set("site", f.site)
                   .set("model", f.model)
                   .set("observed", number_or_null(f.observed))
                   .set("observed_at", f.observed_at ? Value(to_iso8601(*f.observed_at)) : Value())
                   .set("mean", f.value.known() ? Value(f.value.value) : Value())
                   .set("low", number_or_null(f.low))
                   .set("high", number_or_null(f.high))
                   .set("imputed_share", f.value.imputed_share);
  if (!f.value.known())
    body.set("unknown", decision::to_string(f.value.unknown)).set("detail", f.value.detail);
  return body;
}

}  // namespace

Cycle::Cycle(AgentParts& parts, Commander& commander)
    : parts_(parts), commander_(commander), models_(parts.forecast) {}

void Cycle::failed(const std::string& where, const Failure& failure) {
  parts_.logger->error(where + " failed: " + failure.describe());
  parts_.observer->on_failure(where, failure);
}

std::vector<Cycle::Subject> Cycle::subjects_of(const Application* application) const {
  std::vector<Subject> out;
  for (std::size_t i = 0; i < parts_.sites.size(); ++i) {
    const Site& s = parts_.sites[i];
    const bool own = application != nullptr && !application->labels.empty();
    out.push_back({own ? application->name + "/" + s.name : s.name, i,
                   own ? merged(s.labels, application->labels) : s.labels});
  }
  return out;
}

std::vector<Cycle::Subject> Cycle::all_subjects() const {
  std::vector<Subject> out;
  for (const Application& a : parts_.applications) {
    for (Subject& s : subjects_of(&a)) {
      if (std::none_of(out.begin(), out.end(), [&](const Subject& o) { return o.key == s.key; }))
        out.push_back(std::move(s));
    }
  }
  return parts_.applications.empty() ? subjects_of(nullptr) : out;
}

Result<Frame> Cycle::read(Duration history) {
  const TimePoint now = parts_.executor->clock().now();
  return read_sensors(parts_, {now - history, now + Duration(1), Duration(0)},
                      [this](const std::string& where, const Failure& f) { failed(where, f); });
}

Result<Value> Cycle::run(Task task, const std::string& schedule) {
  // Modes and tasks are in the same order: a task beyond the mode is cut down to it.
  const auto reach = std::min(static_cast<int>(task), static_cast<int>(parts_.mode));
  if (task == Task::train) return train(all_subjects());
  switch (static_cast<Task>(reach)) {
    case Task::train: return fail(Errc::unsupported, "the agent's mode is train");
    case Task::update: return update();
    default: return decide(static_cast<Task>(reach), schedule);
  }
}

Result<Value> Cycle::train(const std::vector<Subject>& subjects) {
  auto data = read(parts_.forecast.training);
  if (!data) return tl::unexpected(data.error());
  Value report = Value::object();
  std::optional<Failure> last;
  std::size_t fitted = 0;
  for (const Subject& s : subjects) {
    auto trained = train_one(s, data->where(s.labels));
    if (trained) {
      ++fitted;
      report.set(s.key, std::move(*trained));
      continue;
    }
    last = trained.error();
    report.set(s.key, Value::object().set("failed", last->describe()));
    // Too few observations yet is how every agent begins: nothing to alarm anybody with.
    if (last->code == Errc::not_enough_data) {
      parts_.logger->info("the model of " + s.key + " waits: " + last->message);
    } else {
      failed("model of " + s.key, *last);
    }
  }
  if (fitted == 0 && last) return tl::unexpected(*last);
  return Value::object().set("models", std::move(report));
}

Result<Value> Cycle::train_one(const Subject& subject, const Frame& data) {
  return train_model(parts_, subject.key, data, parts_.forecast.horizon,
                     models_.fitted(subject.key), [&](std::shared_ptr<model::Forecaster> model) {
                       models_.adopt(subject.key, std::move(model));
                     });
}

void Cycle::fit_missing() {
  std::vector<Subject> missing;
  for (Subject& s : all_subjects()) {
    if (models_.fitted(s.key)) continue;
    if (parts_.recall && recalled_.insert(s.key).second) {
      if (auto kept = parts_.recall(s.key)) {
        parts_.logger->info("the model of " + s.key + " was kept from before");
        models_.adopt(s.key, std::move(*kept));
        continue;
      } else if (kept.error().code != Errc::not_found) {
        failed("kept model of " + s.key, kept.error());
      }
    }
    missing.push_back(std::move(s));
  }
  if (missing.empty()) return;
  // Each model's failure is told where it happens; the forecast then says no_model.
  (void)train(missing);
}

Result<Value> Cycle::update() {
  auto data = read(parts_.forecast.history);
  if (!data) return tl::unexpected(data.error());
  fit_missing();
  Value updated = Value::array();
  for (const Subject& s : all_subjects()) {
    if (auto done = models_.update(s.key, data->where(s.labels))) {
      updated.push(s.key);
    } else {
      failed("model of " + s.key, done.error());
    }
  }
  return Value::object().set("updated", std::move(updated));
}

Result<void> Cycle::write(EntryKind kind, const std::string& schedule, const std::string& id,
                          const std::string& application, Value body) {
  journal::Entry e{0,           parts_.executor->clock().now(),
                   kind,        parts_.name,
                   schedule,    id,
                   application, std::move(body)};
  auto written = parts_.journal->append(e);
  if (!written) {
    failed("journal", written.error());
    return tl::unexpected(written.error());
  }
  return {};
}

Result<Value> Cycle::decide(Task task, const std::string& schedule) {
  const TimePoint now = parts_.executor->clock().now();
  auto data = read(parts_.forecast.history);
  if (data && data->empty()) parts_.logger->info(no_data_line);
  if (!data) failed("telemetry", data.error());
  if (data && !data->empty()) fit_missing();
  Value ids = Value::array();
  std::map<std::string, SiteForecast> known;  // sites that applications share are forecast once
  const std::vector<Application> nobody{Application{}};
  const bool deciding = task == Task::decide;
  for (const Application& a : deciding ? parts_.applications : nobody) {
    const std::string id = fmt::format("{}-{}", epoch_, ++count_);
    std::vector<SiteForecast> forecasts;
    for (const Subject& s : deciding ? subjects_of(&a) : all_subjects()) {
      auto it = known.find(s.key);
      if (it == known.end()) {
        SiteForecast f;
        if (data && !data->empty()) {
          f = models_.forecast(s.key, data->where(s.labels), now);
        } else {
          f.value = data ? Quantity::missing(Unknown::absent, std::string(no_data_line))
                         : Quantity::missing(Unknown::failed, data.error().describe());
        }
        f.site = deciding ? parts_.sites[s.site].name : s.key;
        it = known.emplace(s.key, std::move(f)).first;
        parts_.observer->on_forecast(s.key, it->second.value);
        if (it->second.steps) parts_.observer->on_forecast_steps(s.key, *it->second.steps);
      }
      forecasts.push_back(it->second);
      (void)write(EntryKind::forecast, schedule, id, a.name,
                  body_of(it->second, parts_.forecast.target));
    }
    ids.push(id);
    if (deciding) {
      if (auto decided = decide_for(a, forecasts, id, schedule); !decided)
        failed("deciding for " + a.name, decided.error());
    }
  }
  if (!data) return tl::unexpected(data.error());
  return Value::object().set("ids", std::move(ids));
}

Result<void> Cycle::decide_for(const Application& application,
                               const std::vector<SiteForecast>& sites, const std::string& id,
                               const std::string& schedule) {
  decision::Observation seen;
  seen.at = parts_.executor->clock().now();
  seen.application = application.name;
  seen.last_change = commander_.last_change(application.name);
  for (const SiteForecast& f : sites) seen.candidates.push_back({f.site, f.value});
  decision::Decision d;
  auto current = commander_.current_site(application);
  if (current) {
    seen.current = *current;
    try {
      d = parts_.policy->decide(seen);
    } catch (const std::exception& e) {
      return fail(Errc::internal, std::string("policy: ") + e.what());
    }
  } else {
    failed("actuator", current.error());
    d.rule = "unknown_data";
    d.reason = "where the application runs is not known: " + current.error().describe();
    for (const SiteForecast& f : sites) d.considered.push_back({f.site, f.value, false, {}});
  }
  d.application = application.name;
  const decision::Considered* best = nullptr;
  for (const decision::Considered& c : d.considered) {
    if (c.value.known() && (best == nullptr || c.value.value > best->value.value)) best = &c;
  }
  if (best != nullptr)
    parts_.logger->info(
        max_line(best->value.value, static_cast<std::size_t>(best - d.considered.data())));
  if (d.rule == "below_constraint") parts_.logger->info(infeasible_line);
  parts_.logger->log(LogLevel::debug,
                     fmt::format("{}: {} [{}]: {}", application.name,
                                 std::string(decision::kind(d.action)), d.rule, d.reason));
  Value body = decision::to_value(d);
  const Value* constraint = d.details.find("constraint");
  body.set("current", seen.current)
      .set("target", parts_.forecast.target)
      .set("constraint", constraint == nullptr ? Value() : *constraint);
  if (auto written = write(EntryKind::decision, schedule, id, application.name, std::move(body));
      !written)
    return fail(written.error().code, "not acting without a journal");
  parts_.observer->on_decision(id, d);
  if (!d.acts()) return {};
  auto outcome = commander_.carry_out(application, d, id, schedule);
  if (!outcome) return tl::unexpected(outcome.error());
  return {};
}

}  // namespace learningplane::agent
