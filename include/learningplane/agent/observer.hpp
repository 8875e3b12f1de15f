#pragma once
#include <string_view>

#include "learningplane/actuator/actuator.hpp"
#include "learningplane/agent/scheduler.hpp"
#include "learningplane/decision/decision.hpp"
#include "learningplane/model/forecast.hpp"

namespace learningplane::agent {

/// What an embedder may watch: called as things happen, on the thread that does the work. What an
/// observer throws is logged and forgotten. Strings are valid during the call only.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;
  /// A job was added, started, finished, missed …
  virtual void on_schedule(const SchedulerEvent&) {}
  /// The forecast that a decision rests on, for each site.
  virtual void on_forecast(std::string_view /*site*/, const decision::Quantity&) {}
  /// The same step by step, with its quantiles; not where the forecast is not known.
  virtual void on_forecast_steps(std::string_view /*site*/, const model::Forecast&) {}
  virtual void on_decision(std::string_view /*id*/, const decision::Decision&) {}
  /// The intent is on disk; the act comes next.
  virtual void on_intent(const actuator::Command&) {}
  /// The outcome is on disk.
  virtual void on_outcome(const actuator::Command&, const actuator::Outcome&) {}
  /// A sensor, model, journal or actuator failed; the loop goes on.
  virtual void on_failure(std::string_view /*where*/, const Failure&) {}
};

}  // namespace learningplane::agent
