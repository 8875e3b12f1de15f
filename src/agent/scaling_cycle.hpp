#pragma once
#include <memory>
#include <string>
#include <vector>

#include "agent/commander.hpp"
#include "agent/workload.hpp"

namespace learningplane::agent {

/// The thinking half of an agent that scales: telemetry to inputs of scaling policies, as the
/// simulator fills them, and their decisions to journal and actuators. One call at a time.
class ScalingCycle {
 public:
  ScalingCycle(AgentParts& parts, Commander& commander);

  void begin(std::string epoch) { epoch_ = std::move(epoch); }
  /// @param at the time that the run stands for: what is observed then or later is the next run's
  Result<Value> run(Task task, const std::string& schedule, TimePoint at);

 private:
  /// What is decided for one workload, before it is carried out.
  struct Decided {
    Workload* workload;
    std::string id;
    decision::Decision decision;
    bool planned;  ///< the policy was asked
  };
  Result<telemetry::Frame> read(TimePoint from, TimePoint to, Duration step = Duration(0));
  Result<Workloads::Loads> training_loads(TimePoint at);
  Result<Value> train(const std::vector<Workload*>& workloads, TimePoint at);
  Result<Value> fit(Workload& workload, const telemetry::Frame& data, TimePoint at);
  void fit_missing(TimePoint at);
  void update_model(Workload& workload, TimePoint at);
  void forecast(Workload& workload, TimePoint at);
  Decided decide_for(Workload& workload, TimePoint at, const Result<telemetry::Frame>& data);
  void fill_forecast(Workload& workload, TimePoint at, decision::ScalingInput& input) const;
  Result<actuator::Instances> instances_of(Workload& workload, TimePoint at);
  bool recorded(Workload& workload, const decision::Decision& decision) const;
  Result<void> write_decisions(const std::vector<Decided>& all, const std::string& schedule);
  void carry_out(Decided& decided, const std::string& schedule);
  Result<Value> decide(Task task, const std::string& schedule, TimePoint at);
  void failed(const std::string& where, const Failure& failure);
  bool forecasts() const { return parts_.make_model && needs_.horizon > Duration::zero(); }
  Duration step_of(const Workload& workload) const;

  AgentParts& parts_;
  Commander& commander_;
  Workloads workloads_;
  decision::ScalingNeeds needs_{};
  std::string epoch_{};
  std::size_t count_ = 0;
  TimePoint last_at_{};
  std::optional<TimePoint> read_to_{};
};

}  // namespace learningplane::agent
