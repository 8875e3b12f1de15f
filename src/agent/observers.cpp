#include "learningplane/agent/observers.hpp"

#include <limits>

#include "learningplane/decision/sizing_explanation.hpp"

namespace learningplane::agent {

void ObserverList::on_schedule(const SchedulerEvent& e) {
  for (Observer* o : observers_) o->on_schedule(e);
}
void ObserverList::on_forecast(std::string_view site, const decision::Quantity& value) {
  for (Observer* o : observers_) o->on_forecast(site, value);
}
void ObserverList::on_forecast_steps(std::string_view site, const model::Forecast& forecast) {
  for (Observer* o : observers_) o->on_forecast_steps(site, forecast);
}
void ObserverList::on_decision(std::string_view id, const decision::Decision& d) {
  for (Observer* o : observers_) o->on_decision(id, d);
}
void ObserverList::on_intent(const actuator::Command& c) {
  for (Observer* o : observers_) o->on_intent(c);
}
void ObserverList::on_outcome(const actuator::Command& c, const actuator::Outcome& outcome) {
  for (Observer* o : observers_) o->on_outcome(c, outcome);
}
void ObserverList::on_failure(std::string_view where, const Failure& f) {
  for (Observer* o : observers_) o->on_failure(where, f);
}

MetricsObserver::MetricsObserver(Metrics& metrics, std::string agent)
    : metrics_(metrics), agent_(std::move(agent)) {
  metrics_.describe("learningplane_runs_total", "Runs of schedules by how they ended");
  metrics_.describe("learningplane_decisions_total", "Decisions by the rule that bound them");
  metrics_.describe("learningplane_replicas", "Instances that were decided on last");
  metrics_.describe("learningplane_cpu_cores",
                    "CPU of an instance by size: current, usage, wish, value (after the limits)");
  metrics_.describe(
      "learningplane_memory_bytes",
      "Memory of an instance by size: current, usage, wish, value (after the limits)");
  metrics_.describe("learningplane_acts_total", "Acts by their outcome");
  metrics_.describe("learningplane_failures_total", "Failures that the loop went on after");
  metrics_.describe("learningplane_forecast", "The newest forecast of a site; NaN: not known");
}

void MetricsObserver::on_schedule(const SchedulerEvent& e) {
  using Kind = SchedulerEvent::Kind;
  if (e.kind != Kind::finished && e.kind != Kind::failed && e.kind != Kind::missed &&
      e.kind != Kind::skipped)
    return;
  metrics_.add("learningplane_runs_total",
               {{"agent", agent_},
                {"schedule", std::string(e.job)},
                {"result", std::string(to_string(e.kind))}},
               static_cast<double>(e.count));
}

void MetricsObserver::on_forecast(std::string_view site, const decision::Quantity& q) {
  metrics_.set("learningplane_forecast", {{"agent", agent_}, {"site", std::string(site)}},
               q.known() ? q.value : std::numeric_limits<double>::quiet_NaN());
}

void MetricsObserver::on_decision(std::string_view, const decision::Decision& d) {
  metrics_.add("learningplane_decisions_total",
               {{"agent", agent_}, {"application", d.application}, {"rule", d.rule}});
  const Value* replicas = d.details.is_object() ? d.details.find("replicas") : nullptr;
  if (replicas != nullptr && replicas->is_number())
    metrics_.set("learningplane_replicas", {{"agent", agent_}, {"application", d.application}},
                 replicas->as_double());
  if (decision::is_sizing(d)) set_sizes(d);
}

void MetricsObserver::set_sizes(const decision::Decision& d) {
  for (const auto& [resource, gauge] :
       {std::pair{"cpu", "learningplane_cpu_cores"}, {"memory", "learningplane_memory_bytes"}}) {
    const Value& part = *d.details.find(resource);
    for (const char* size : {"current", "usage", "wish", "value"}) {
      const Value* v = part.find(size);
      metrics_.set(gauge, {{"agent", agent_}, {"application", d.application}, {"size", size}},
                   v != nullptr && v->is_number() ? v->as_double()
                                                  : std::numeric_limits<double>::quiet_NaN());
    }
  }
}

void MetricsObserver::on_outcome(const actuator::Command& c, const actuator::Outcome& o) {
  metrics_.add("learningplane_acts_total",
               {{"agent", agent_},
                {"application", c.application},
                {"status", std::string(actuator::to_string(o.status))}});
}

void MetricsObserver::on_failure(std::string_view where, const Failure& f) {
  metrics_.add(
      "learningplane_failures_total",
      {{"agent", agent_}, {"where", std::string(where)}, {"code", std::string(to_string(f.code))}});
}

}  // namespace learningplane::agent
