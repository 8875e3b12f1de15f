#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "learningplane/actuator/actuator.hpp"
#include "learningplane/agent/observer.hpp"
#include "learningplane/agent/scheduler.hpp"
#include "learningplane/decision/policy.hpp"
#include "learningplane/decision/scaling.hpp"
#include "learningplane/decision/sizing.hpp"
#include "learningplane/journal/journal.hpp"
#include "learningplane/log.hpp"
#include "learningplane/model/model_file.hpp"
#include "learningplane/telemetry/sensor.hpp"

namespace learningplane::agent {

/// What a schedule does. Each includes what the ones before it leave behind, not their work.
enum class Task {
  train,     ///< fits a model for each site on the training history
  update,    ///< lets the models take in what is new
  forecast,  ///< update, and writes the forecasts into the journal
  decide     ///< forecast, and decides and acts for each application
};
std::string_view to_string(Task task);
Result<Task> task(std::string_view name);

/// How far the agent goes: a task beyond its mode stops there ("decide" only forecasts in forecast
/// mode). `recommend` decides and hands decisions to the actuators.
enum class Mode { train, update, forecast, recommend };
std::string_view to_string(Mode mode);
Result<Mode> mode(std::string_view name);

/// Somebody decisions are for.
struct Application {
  std::string name{};
  Labels labels{};         ///< besides the site's: which telemetry is this application's
  std::string actuator{};  ///< empty: the only one
};

/// A candidate: where an application may run.
struct Site {
  std::string name{};
  Labels labels{};     ///< which telemetry is this site's; empty: all
  std::string node{};  ///< what the actuator calls it; empty: the name
};

enum class Aggregate { mean, min, last };
std::string_view to_string(Aggregate aggregate);
Result<Aggregate> aggregate(std::string_view name);

/// What is forecast and how it becomes the one number of a site.
struct ForecastPlan {
  std::string target{};                         ///< column of the quality of service
  std::size_t horizon = 20;                     ///< steps
  Aggregate aggregate = Aggregate::mean;        ///< over the horizon
  double quantile = 0.5;                        ///< to plan on, in (0, 1)
  Duration history = std::chrono::minutes(30);  ///< telemetry read for a forecast
  Duration training = std::chrono::hours(24);   ///< telemetry read to fit
  Duration max_age = std::chrono::minutes(5);   ///< an older last observation is stale: unknown
};

/// Which decisions of how many instances, or how large, the journal keeps, and observers hear of.
enum class RecordedDecisions {
  all,
  changes  ///< those that act, and those whose rule is not that of the one kept before
};

/// Which telemetry a scaling policy is told of, by the names of columns. The forecast is that of
/// ForecastPlan::target, which is the load.
struct ScalingPlan {
  std::string by{};  ///< a label: each value of it is an application, decided on by itself; empty:
                     ///< the applications that are listed
  std::string load = "load";
  std::string latency{};               ///< empty: none
  std::vector<std::string> metrics{};  ///< that a policy names
  std::string replicas{};              ///< asked for; empty: the actuator is asked
  std::string ready{};                 ///< serving; empty: the actuator, or as many as asked for
  Duration step{0};  ///< the model sees the load's mean over such slots once they have ended; zero:
                     ///< as telemetry comes
  Duration forecast_every = std::chrono::minutes(5);  ///< in between the last forecast serves
  Duration forget = std::chrono::hours(1);  ///< a value of `by` not seen for so long is dropped
  RecordedDecisions record = RecordedDecisions::all;
};
/// One policy for each application.
using ScalingPolicyFactory = std::function<std::unique_ptr<decision::ScalingPolicy>()>;

/// Which telemetry a sizing policy is told of, by the names of columns; each series of an
/// application is an instance of it. Limits in effect and kills are asked of the actuator.
struct SizingPlan {
  std::string by{};               ///< as ScalingPlan's
  std::string cpu = "cpu";        ///< of what an instance uses; empty: none
  std::string memory = "memory";  ///< of what it has in use; empty: none
  double cpu_unit = 1;            ///< cores of one unit, above 0
  double memory_unit = 1;         ///< bytes of one unit, above 0
  double instances_quantile = 1;  ///< of several instances' usage, in (0, 1]; 1: the highest
  decision::Size requested{};     ///< by the user, where the actuator does not tell; NaN: not said
  /// The policy sees a sample for each such slot once it has ended, stamped with its end: of CPU
  /// the mean, of memory the highest. Zero: each time of the telemetry is one.
  Duration step = std::chrono::minutes(1);
  Duration history{0};  ///< of usage read at first; zero: as far back as the policy looks
  Duration forget = std::chrono::hours(1);  ///< as ScalingPlan's
  RecordedDecisions record = RecordedDecisions::all;
};
/// One policy for each application.
using SizingPolicyFactory = std::function<std::unique_ptr<decision::SizingPolicy>()>;

/// A named schedule: when, and what to do.
struct Schedule {
  JobOptions job{};
  Task task = Task::decide;
};

/// Changes telemetry before models see it.
using Clean = std::function<Result<telemetry::Frame>(const telemetry::Frame&)>;
using ModelFactory = std::function<std::unique_ptr<model::Forecaster>()>;
/// Keeps a model for the time after a restart; returns its version.
using Publish = std::function<Result<std::string>(
    const std::string& site, const model::Forecaster& model, const model::ModelCard& card)>;
/// The newest model kept for a site. @return not_found where there is none
using Recall = std::function<Result<std::shared_ptr<model::Forecaster>>(const std::string& site)>;
/// Takes work that may last; runs one piece after the other, in order.
using Worker = std::function<void(std::function<void()>)>;

/// Everything an agent is made of. What is optional says so.
struct AgentParts {
  std::string name = "agent";
  Mode mode = Mode::recommend;
  std::vector<Application> applications{};
  std::vector<Site> sites{};
  std::map<std::string, std::unique_ptr<telemetry::Sensor>> sensors{};
  Clean clean{};  ///< optional
  ModelFactory make_model{};
  ModelFactory make_baseline{};  ///< optional: what a new model must not be worse than
  Publish publish{};             ///< optional
  Recall recall{};               ///< optional
  ForecastPlan forecast{};
  std::unique_ptr<decision::Policy> policy{};  ///< for recommend, of where applications run
  /// Instead: for recommend, of how many instances they have. Sites are not needed then, and models
  /// only where the policy wants a forecast.
  ScalingPolicyFactory make_scaling{};
  ScalingPlan scaling{};
  /// Instead: for recommend, of how large the instances are. Neither sites nor models are needed.
  SizingPolicyFactory make_sizing{};
  SizingPlan sizing{};
  std::map<std::string, std::unique_ptr<actuator::Actuator>> actuators{};  ///< for recommend
  std::vector<Schedule> schedules{};
  std::shared_ptr<journal::Journal> journal{};
  Executor* executor = nullptr;      ///< its clock is the agent's; outlives the agent
  const Clock* stopwatch = nullptr;  ///< optional: says how long work takes; the executor's clock,
                                     ///< which stands still in a replay; outlives the agent
  Logger* logger = nullptr;          ///< outlives the agent
  Observer* observer = nullptr;      ///< optional; outlives the agent
  Worker worker{};                   ///< optional: without one, work runs on the executor
  actuator::Mode act = actuator::Mode::real;
  Duration resend_within = std::chrono::minutes(10);  ///< after a restart, older intents are only
                                                      ///< reported
  Duration retention = std::chrono::hours(24 * 30);   ///< of the journal; zero: for ever
};

}  // namespace learningplane::agent
