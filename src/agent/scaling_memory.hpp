#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/workload.hpp"

namespace learningplane::agent {

/// What an agent that scales remembers over a restart: of each workload its policy's state and how
/// its last decision stands. It is written with the decisions, where it changed. One call at a
/// time.
class ScalingMemory {
 public:
  explicit ScalingMemory(AgentParts& parts) : parts_(parts) {}

  /// Reads what an earlier start left; after open intents were settled.
  Result<void> begin();
  /// Lets a workload that is new to this start go on where it stopped. What is refused is told.
  /// @return whether its policy goes on
  bool take_up(Workload& workload, TimePoint at);
  /// What has changed of a workload since it was written last. @param decision its id, where it
  /// acts
  void keep(Workload& workload, const std::string& decision, const decision::Decision& made);
  void drop(const std::string& application);

  /// What is to be written: notes, and what was kept and dropped.
  std::vector<journal::Entry>& notes() { return notes_; }
  const std::vector<journal::Kept>& changes() const { return changes_; }
  /// They have been written; or not, so that they are tried again.
  void written();
  void not_written();

 private:
  enum class Became { done, not_done, unknown };
  Became became(const std::string& decision) const;
  Result<void> restore(Workload& workload, const std::string& text, TimePoint at);
  void refused(const std::string& application, const Failure& why);

  AgentParts& parts_;
  bool read_ = false;
  std::map<std::string, std::string> waiting_{};  ///< by application, until it is seen
  TimePoint kept_at_{};                           ///< until when the earlier start decided
  std::vector<journal::Entry> notes_{};
  std::vector<journal::Kept> changes_{};
  std::vector<Workload*> changed_{};
  std::size_t told_ = 0;  ///< refusals since the last write
};

}  // namespace learningplane::agent
