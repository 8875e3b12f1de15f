#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/owners.hpp"
#include "agent/slot_means.hpp"
#include "learningplane/agent/parts.hpp"

namespace learningplane::agent {

/// The newest observation of one series, or why there is none.
class Newest {
 public:
  Newest() = default;
  /// @param below_zero whether it may be negative: a load, a latency or a count may not
  explicit Newest(bool below_zero) : below_zero_(below_zero) {}
  /// Takes what is newer. Filled-in cells say nothing of how things stand now.
  void take(const telemetry::Frame& frame, const telemetry::Column& column);
  /// What it is worth at that time.
  decision::Quantity at(TimePoint now, Duration max_age) const;
  std::int64_t time_ns() const { return time_ns_; }

 private:
  bool below_zero_ = false;
  double value_ = 0;
  std::int64_t time_ns_ = -1;  ///< -1: never seen
};

/// One application whose instances are decided on: what was seen of it, and who decides.
struct Workload {
  Application application{};
  std::unique_ptr<decision::ScalingPolicy> policy{};
  Newest load{}, latency{}, replicas{}, ready{};
  std::vector<Newest> metrics{};
  SlotMeans slots{Duration(0)};
  std::shared_ptr<model::Forecaster> model{};
  std::optional<model::Forecast> forecast{};
  TimePoint forecast_at{};           ///< when it was made or tried
  decision::Quantity no_forecast{};  ///< why there is none
  std::optional<TimePoint> tried{};  ///< when a model was fitted, or could not be
  bool waits = false;                ///< for its model to be fitted
  std::int64_t seen_ns = 0;          ///< when any of its series had a value
  std::string ambiguous{};           ///< a column that stands twice in the telemetry
  std::string recorded{};            ///< rule of the decision that was recorded last
  std::int64_t expected = -1;        ///< instances after our last act
  bool begun = false;                ///< what was kept of it was looked for
  std::string kept{};                ///< what was written of it last, to go on from after a restart
};

/// All applications of an agent that scales, and which columns are whose.
class Workloads {
 public:
  /// @param parts outlives it
  explicit Workloads(const AgentParts& parts);
  /// Hands each what is new of its columns; applications that were not known appear.
  void take(const telemetry::Frame& frame);
  /// Drops those that nothing was seen of for long, where they came by a label. @return their names
  std::vector<std::string> forget(TimePoint now);
  std::vector<std::unique_ptr<Workload>>& all() { return owners_.all(); }
  /// nullptr: there is none.
  Workload* find(const std::string& name) { return owners_.find(name); }
  /// Adds the loads of a part of a training window, by application; parts come in order of time.
  using Loads = std::unordered_map<std::string, SlotMeans>;
  void gather(const telemetry::Frame& part, Loads& into);
  /// Each sample of a load, in order of time for each application.
  using OnLoad = std::function<void(Workload& workload, std::int64_t ns, double load)>;
  void each_load(const telemetry::Frame& part, const OnLoad& on_load);

 private:
  Newest* place(Workload& workload, const std::string& name) const;

  const AgentParts& parts_;
  Owners<Workload> owners_;
};

}  // namespace learningplane::agent
