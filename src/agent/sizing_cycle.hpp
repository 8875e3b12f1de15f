#pragma once
#include <memory>
#include <string>
#include <vector>

#include "agent/commander.hpp"
#include "agent/decision_run.hpp"
#include "agent/owners.hpp"
#include "agent/usage_slots.hpp"

namespace learningplane::agent {

/// One application whose instances are sized: what they used, and who decides.
struct SizedWorkload {
  SizedWorkload(Application of, const AgentParts& parts)
      : application(std::move(of)),
        policy(parts.make_sizing()),
        slots(parts.sizing.step, parts.sizing.instances_quantile) {}
  Application application;
  std::unique_ptr<decision::SizingPolicy> policy;
  UsageSlots slots;
  std::vector<decision::UsageSample> fresh{};  ///< that the policy has not been told of
  std::int64_t seen_ns = 0;                    ///< when any of its series had a value
  std::string recorded{};                      ///< rules of the decision that was recorded last
  bool begun = false;                          ///< the policy was told what happened before
  TimePoint killed{};                          ///< the newest kill that was told
  std::optional<decision::Size> expected{};    ///< after our last look or act
  decision::Size before{};                     ///< what our last act found
  std::size_t instances = 0;                   ///< at our last look
};

/// The thinking half of an agent that sizes: usage to inputs of sizing policies, as the replay
/// fills them, and their decisions to journal and actuators. One call at a time.
class SizingCycle {
 public:
  SizingCycle(AgentParts& parts, Commander& commander);

  void begin(std::string epoch) { run_.begin(std::move(epoch)); }
  /// @param at the time that the run stands for: what is observed then or later is the next run's
  Result<Value> run(Task task, const std::string& schedule, TimePoint at);

 private:
  Result<void> look(TimePoint at);
  void take(const telemetry::Frame& frame, TimePoint until);
  std::vector<SizedWorkload*> owners_of(const telemetry::Column& column);
  Decided<SizedWorkload> decide_for(SizedWorkload& workload, TimePoint at,
                                    const Result<void>& seen);
  void remember_changes(SizedWorkload& workload);
  void tell_others(SizedWorkload& workload, const actuator::WorkloadSize& now,
                   decision::Decision& decision);
  Result<Value> decide(const std::string& schedule, TimePoint at, const Result<void>& seen);
  void failed(const std::string& where, const Failure& failure);

  AgentParts& parts_;
  Commander& commander_;
  Owners<SizedWorkload> workloads_;
  DecisionRun run_;
  Duration history_{0};
  Duration stale_{0};
  TimePoint last_at_{};
  std::optional<TimePoint> read_to_{};
};

}  // namespace learningplane::agent
