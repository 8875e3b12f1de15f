#pragma once
#include <string>
#include <vector>

#include "agent/commander.hpp"

namespace learningplane::agent {

/// An entry of a decision's `unknown`: what is not known, and why.
Value unknown_value(const std::string& name, const decision::Quantity& missing);

/// What is decided for one application in a run, before it is carried out.
template <class W>
struct Decided {
  W* workload;
  std::string id;
  decision::Decision decision;
  bool planned;  ///< the policy was asked
};

/// How acts and the journal treat the decisions of a run, the same for every policy of instances:
/// all are written in one transaction, before any of them is carried out, and what certainly did
/// not come about is revoked. A workload has members `application`, `policy` and `recorded`.
class DecisionRun {
 public:
  /// @param target what the journal calls that which is decided on
  DecisionRun(AgentParts& parts, Commander& commander, RecordedDecisions record, std::string target)
      : parts_(parts), commander_(commander), record_(record), target_(std::move(target)) {}

  /// @param epoch makes decision ids of this start of the agent unlike all others
  void begin(std::string epoch) { epoch_ = std::move(epoch); }
  std::string next_id();

  /// Writes them, with what else belongs to the run: notes, and what is kept for a restart.
  /// @return why nothing was written; then nothing may be done, and policies are as before
  template <class W>
  Result<void> write(const std::vector<Decided<W>>& all, const std::string& schedule,
                     const std::vector<journal::Entry>& notes = {},
                     const std::vector<journal::Kept>& kept = {}) {
    std::vector<journal::Entry> entries = notes;
    for (const Decided<W>& one : all) {
      if (recorded(one.workload->recorded, one.decision))
        entries.push_back(entry(one.id, one.workload->application.name, one.decision, schedule));
    }
    auto written = record(entries, kept);
    if (written) return {};
    for (const Decided<W>& one : all) {
      if (one.planned) one.workload->policy->revoke();
    }
    return written;
  }

  /// Carries out what was written. @param after is told of each that acted: did it come about, or
  /// is that not known?
  template <class W, class After>
  void act(std::vector<Decided<W>>& all, const std::string& schedule, After&& after) {
    for (Decided<W>& one : all) {
      W& w = *one.workload;
      if (recorded(w.recorded, one.decision)) parts_.observer->on_decision(one.id, one.decision);
      w.recorded = rule_of(one.decision);
      if (!one.decision.acts()) continue;
      const Came came = carry_out(w.application, one.id, one.decision, schedule);
      if (came == Came::not_about) w.policy->revoke();
      after(one, came);
    }
  }

  /// What a decision is called by that is no news where it goes on.
  static std::string rule_of(const decision::Decision& decision);
  /// What became of an act.
  enum class Came { about, not_about, unknown };

 private:
  bool recorded(const std::string& before, const decision::Decision& decision) const;
  journal::Entry entry(const std::string& id, const std::string& application,
                       const decision::Decision& decision, const std::string& schedule) const;
  Result<void> record(const std::vector<journal::Entry>& entries,
                      const std::vector<journal::Kept>& kept);
  Came carry_out(const Application& application, const std::string& id,
                 const decision::Decision& decision, const std::string& schedule);
  void failed(const std::string& where, const Failure& failure);

  AgentParts& parts_;
  Commander& commander_;
  RecordedDecisions record_;
  std::string target_;
  std::string epoch_{};
  std::size_t count_ = 0;
};

}  // namespace learningplane::agent
