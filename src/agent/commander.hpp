#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

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
  /// How many instances the application has. In a dry run as many as would have been asked for.
  /// Where the back end does not tell (`unsupported`), what was asked for last, else `first`.
  Result<actuator::Instances> instances(const Application& application, std::int64_t first);
  /// The last change of instances that took effect.
  struct Scaled {
    TimePoint at{};
    std::int64_t replicas = 0;
    std::int64_t by = 0;
  };
  std::optional<Scaled> last_scale(const std::string& application) const;
  /// How large its instances are. In a dry run as large as would have been asked for. Where the
  /// back end does not tell (`unsupported`), as asked for last, else `requested`, which also stands
  /// for what it does not say of that. The limit that a kill met is filled in from our own changes.
  Result<actuator::WorkloadSize> size(const Application& application,
                                      const decision::Size& requested);
  /// A change of sizes that took effect. NaN: that resource was left, or its size was not known.
  struct Resized {
    TimePoint at{};
    decision::Size from{}, to{};
    bool planned = false;  ///< by a dry run
  };
  /// The newest, in order of time.
  const std::vector<Resized>& resizes(const std::string& application) const;
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
  Result<void> recall(const std::string& application, std::size_t limit);
  actuator::Actuator* actuator_of(const std::string& application, const std::string& name);
  Result<void> settle(const journal::Entry& intent);
  actuator::Outcome send(actuator::Actuator& actuator, const actuator::Command& command);
  Result<void> write_outcome(const actuator::Command& command, const actuator::Outcome& outcome,
                             const std::string& schedule, const Value& from = {});
  void remember(const actuator::Command& command, const actuator::Outcome& outcome,
                const Value& from);
  std::string site_of_node(const std::string& node) const;

  AgentParts& parts_;
  std::map<std::string, Placed> placed_;
  std::map<std::string, Scaled> scaled_;
  std::map<std::string, std::vector<Resized>> resized_;
};

}  // namespace learningplane::agent
