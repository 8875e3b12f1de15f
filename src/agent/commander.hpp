#pragma once
#include <map>
#include <optional>
#include <string>

#include "learningplane/agent/parts.hpp"

namespace learningplane::agent {

/// The acting half of an agent: knows where applications run, writes intents before acts and
/// outcomes after them, and settles what a crash left open. One call at a time.
class Commander {
 public:
  explicit Commander(AgentParts& parts) : parts_(parts) {}

  /// Learns from the journal where applications were placed last, and settles open intents.
  Result<void> recover();
  /// The site the application runs on: what its actuator says, else where it was placed last.
  /// Empty: not placed by anybody. A failure: the back end could not be asked.
  Result<std::string> current_site(const Application& application);
  std::optional<TimePoint> last_change(const std::string& application) const;
  /// Intent, act, outcome. @return a failure where the intent could not be written: nothing was
  /// done.
  Result<actuator::Outcome> carry_out(const Application& application,
                                      const decision::Decision& decision, const std::string& id,
                                      const std::string& schedule);

 private:
  struct Placed {
    std::string site{};
    TimePoint at{};
  };
  actuator::Actuator* actuator_of(const std::string& application, const std::string& name);
  Result<void> settle(const journal::Entry& intent);
  actuator::Outcome send(actuator::Actuator& actuator, const actuator::Command& command);
  Result<void> write_outcome(const actuator::Command& command, const actuator::Outcome& outcome,
                             const std::string& schedule);
  void remember(const actuator::Command& command, const actuator::Outcome& outcome);
  std::string site_of_node(const std::string& node) const;

  AgentParts& parts_;
  std::map<std::string, Placed> placed_;
};

}  // namespace learningplane::agent
