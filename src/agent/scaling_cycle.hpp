#pragma once
#include <memory>
#include <string>
#include <vector>

#include "agent/commander.hpp"
#include "agent/decision_run.hpp"
#include "agent/scaling_memory.hpp"
#include "agent/scaling_models.hpp"
#include "agent/workload.hpp"

namespace learningplane::agent {

/// The thinking half of an agent that scales: telemetry to inputs of scaling policies, as the
/// simulator fills them, and their decisions to journal and actuators. One call at a time.
class ScalingCycle {
 public:
  ScalingCycle(AgentParts& parts, Commander& commander);

  /// @param epoch makes decision ids of this start of the agent unlike all others
  Result<void> begin(std::string epoch);
  /// @param at the time that the run stands for: what is observed then or later is the next run's
  /// @param within the fitting of models that are missing goes on in the next run after so long
  Result<Value> run(Task task, const std::string& schedule, TimePoint at, Duration within);

 private:
  Result<telemetry::Frame> read(TimePoint from, TimePoint to);
  void take_up(TimePoint at);
  Decided<Workload> decide_for(Workload& workload, TimePoint at,
                               const Result<telemetry::Frame>& data);
  Result<actuator::Instances> instances_of(Workload& workload, TimePoint at);
  Result<Value> decide(Task task, const std::string& schedule, TimePoint at, Duration within);
  Result<void> decide_all(const std::string& schedule, TimePoint at,
                          const Result<telemetry::Frame>& data);
  void tell_of_fitting();
  void failed(const std::string& where, const Failure& failure);

  AgentParts& parts_;
  Commander& commander_;
  Workloads workloads_;
  decision::ScalingNeeds needs_{};
  ScalingModels models_;
  ScalingMemory memory_;
  DecisionRun run_;
  TimePoint last_at_{};
  std::optional<TimePoint> read_to_{};
  bool told_fitting_ = false;  ///< that models are fitted between runs
};

}  // namespace learningplane::agent
