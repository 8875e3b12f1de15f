#pragma once
#include <set>
#include <string>
#include <vector>

#include "agent/commander.hpp"
#include "agent/site_models.hpp"

namespace learningplane::agent {

/// The thinking half of an agent: one pass from sensors to decisions. One call at a time.
class Cycle {
 public:
  Cycle(AgentParts& parts, Commander& commander);

  /// @param epoch makes decision ids of this start of the agent unlike all others
  void begin(std::string epoch) { epoch_ = std::move(epoch); }
  /// Does the task as far as the agent's mode goes. @return what was done, for the journal; a
  /// failure where nothing came of it
  Result<Value> run(Task task, const std::string& schedule);

 private:
  /// Whose telemetry is looked at together: a site, for one application or for all of them.
  struct Subject {
    std::string key{};
    std::size_t site = 0;
    Labels labels{};
  };
  std::vector<Subject> subjects_of(const Application* application) const;
  std::vector<Subject> all_subjects() const;
  Result<telemetry::Frame> read(Duration history);
  Result<Value> train(const std::vector<Subject>& subjects);
  Result<Value> update();
  Result<Value> decide(Task task, const std::string& schedule);
  Result<Value> train_one(const Subject& subject, const telemetry::Frame& data);
  void fit_missing();
  Result<void> decide_for(const Application& application, const std::vector<SiteForecast>& sites,
                          const std::string& id, const std::string& schedule);
  Result<void> write(journal::EntryKind kind, const std::string& schedule, const std::string& id,
                     const std::string& application, Value body);
  void failed(const std::string& where, const Failure& failure);

  AgentParts& parts_;
  Commander& commander_;
  SiteModels models_;
  std::set<std::string> recalled_{};  ///< sites whose kept model was asked for already
  std::string epoch_;
  std::size_t count_ = 0;
};

}  // namespace learningplane::agent
