#pragma once
#include <string>
#include <vector>

#include "learningplane/agent/observer.hpp"
#include "learningplane/metrics.hpp"

namespace learningplane::agent {

/// Several observers as one, told in order.
class ObserverList final : public Observer {
 public:
  /// @param observer outlives the list
  void add(Observer& observer) { observers_.push_back(&observer); }
  void on_schedule(const SchedulerEvent& event) override;
  void on_forecast(std::string_view site, const decision::Quantity& value) override;
  void on_forecast_steps(std::string_view site, const model::Forecast& forecast) override;
  void on_decision(std::string_view id, const decision::Decision& decision) override;
  void on_intent(const actuator::Command& command) override;
  void on_outcome(const actuator::Command& command, const actuator::Outcome& outcome) override;
  void on_failure(std::string_view where, const Failure& failure) override;

 private:
  std::vector<Observer*> observers_;
};

/// Counts what an agent does:
/// learningplane_runs_total{agent,schedule,result}, learningplane_decisions_total{agent,
/// application,rule}, learningplane_replicas{agent,application},
/// learningplane_cpu_cores and learningplane_memory_bytes{agent,application,size} of an instance
/// (size: current, usage, wish or value, which is after the limits; NaN: not known),
/// learningplane_acts_total{agent,application,status},
/// learningplane_failures_total{agent,where,code} and the gauge learningplane_forecast{agent,site}
/// (NaN: not known).
class MetricsObserver final : public Observer {
 public:
  /// @param metrics outlives the observer
  MetricsObserver(Metrics& metrics, std::string agent);
  void on_schedule(const SchedulerEvent& event) override;
  void on_forecast(std::string_view site, const decision::Quantity& value) override;
  void on_decision(std::string_view id, const decision::Decision& decision) override;
  void on_outcome(const actuator::Command& command, const actuator::Outcome& outcome) override;
  void on_failure(std::string_view where, const Failure& failure) override;

 private:
  void set_sizes(const decision::Decision& decision);
  Metrics& metrics_;
  std::string agent_;
};

}  // namespace learningplane::agent
