#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "learningplane/agent/agent.hpp"
#include "learningplane/agent/config.hpp"
#include "learningplane/config/secrets.hpp"
#include "learningplane/journal/journal.hpp"
#include "learningplane/log.hpp"
#include "learningplane/registries.hpp"

namespace learningplane::net {
class StateLock;
}

namespace learningplane::python {

/// What surrounds an agent that Python holds: registries with Python's own parts, a journal, a
/// logger. The agent itself is built when it first runs, and once more for each replay.
class AgentHost {
 public:
  /// Checks and builds; called with the purpose and the clock of a run.
  using Load = std::function<agent::AgentFile(const Registries&, const Clock&, agent::Purpose,
                                              config::Secrets&)>;
  /// Called now and then during long work; false: stop.
  using GoOn = std::function<bool()>;
  enum class State { memory, folder };

  /// @param registries outlive nothing: they are kept. @throws ConfigError
  AgentHost(Registries registries, Load load, std::unique_ptr<Logger> logger);
  ~AgentHost();

  /// Keeps journal and models in a folder (empty: the one that the file names), locked while this
  /// lives.
  void keep_in(const std::string& folder);
  void set_dry_run() { act_ = actuator::Mode::dry_run; }

  /// A recorded CSV, read as the first csv sensor of the agent would.
  telemetry::Frame read(const std::string& csv);
  /// Each scheduled task once, at time t.
  void run_once(TimePoint t);
  /// The schedules over the time of recorded telemetry, recording instead of acting.
  void replay(telemetry::Frame data, const GoOn& go_on);
  /// The schedules, live, until told to stop.
  void run(const GoOn& go_on);

  const journal::Journal& journal() const { return *journal_; }
  std::string name();

 private:
  struct Live;
  agent::AgentFile load(const Clock& clock, agent::Purpose purpose);
  void complete(agent::AgentFile& file, Executor& executor);

  Registries registries_;
  Load load_;
  config::Secrets secrets_;
  std::unique_ptr<Logger> logger_;
  std::unique_ptr<net::StateLock> lock_;
  std::shared_ptr<journal::Journal> journal_;
  std::string state_;  ///< folder of journal and models; empty: in memory
  actuator::Mode act_ = actuator::Mode::real;
  std::unique_ptr<Live> live_;
};

}  // namespace learningplane::python
