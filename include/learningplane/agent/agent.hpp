#pragma once
#include <memory>
#include <string>
#include <vector>

#include "learningplane/agent/parts.hpp"

namespace learningplane::agent {

/// What the constructor checks of the parts that an agent file describes: that they fit together.
/// @throws ConfigError naming key, value and what is allowed
void check_parts(const AgentParts& parts);

/// The loop: sensors -> clean -> models -> policy -> journal (intent) -> actuator -> journal
/// (outcome). What fails becomes a typed unknown or a recorded outcome; the loop goes on.
/// Thread rule: start(), stop() and run_once() from the executor's thread, or while nobody runs it.
class Agent {
 public:
  /// @throws ConfigError where a part is missing or parts do not fit together.
  explicit Agent(AgentParts parts);
  /// As stop(); work that the worker still holds ends quietly.
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Settles what a crash left half done, then adds the schedules to the executor. An intent
  /// without an outcome is probed; not carried out and at_least_once: sent again with the same id
  /// while fresh; anything else: reported. What was acknowledged is never repeated.
  /// @return what the journal could not do; the agent is then not started.
  Result<void> start();
  /// No schedule runs any more.
  void stop();
  /// Recovery, then each task that a schedule names once, now, on this thread: train, update,
  /// forecast, decide. @return the first failure that left a task without result
  Result<void> run_once();
  std::vector<JobStatus> jobs() const;
  const std::string& name() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace learningplane::agent
