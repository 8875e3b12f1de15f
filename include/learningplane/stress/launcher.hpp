#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "learningplane/result.hpp"

namespace learningplane::stress {

/// What a process and all its descendants used.
struct ProcessUsage {
  double cpu_s = 0;         ///< user and system time since the start
  double memory_bytes = 0;  ///< anonymous resident memory now
  bool alive = false;       ///< whether the process itself still runs
};

/// Starts programs, sees what they use, and ends them. Thread rule: one call at a time.
class Launcher {
 public:
  using Id = std::int64_t;

  Launcher() = default;
  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;
  virtual ~Launcher() = default;

  /// @param group the job it belongs to: its limits count for it
  /// @return not_found (no such program), unavailable (it could not be started)
  virtual Result<Id> start(const std::vector<std::string>& command, const std::string& group) = 0;
  /// Of every program that was started and not stopped.
  virtual std::map<Id, ProcessUsage> usage() = 0;
  /// Kills it with its descendants, waits until the system has let go of all of them, and says what
  /// they had used just before.
  virtual ProcessUsage stop(Id id) = 0;
};

struct ProcessLauncherOptions {
  std::string proc = "/proc";
  /// Files that a process of the group writes itself into before it becomes the program
  /// (cgroup.procs); see ControlGroups.
  std::map<std::string, std::vector<std::string>> joins{};
};

/// Real processes (Linux). Each is the leader of a process group of its own and dies with this
/// process. While the launcher lives, this process adopts orphans of its descendants, so that
/// stop() can wait for all of them. stop() and the destructor leave no process behind.
class ProcessLauncher final : public Launcher {
 public:
  explicit ProcessLauncher(ProcessLauncherOptions options = {});
  ~ProcessLauncher() override;
  Result<Id> start(const std::vector<std::string>& command, const std::string& group) override;
  std::map<Id, ProcessUsage> usage() override;
  ProcessUsage stop(Id id) override;

 private:
  ProcessLauncherOptions options_;
  std::map<Id, ProcessUsage> processes_{};  ///< as they were read last
  bool was_subreaper_ = false;
};

/// The file of a program on the search path. @return not_found, naming how to get stress-ng
Result<std::string> find_program(const std::string& name);

/// What this machine has for load: processors this process may run on, and memory that is free or
/// can be freed. @return unavailable
struct MachineRoom {
  double cores = 0;
  double bytes = 0;
};
Result<MachineRoom> machine_room(const std::string& proc = "/proc");

}  // namespace learningplane::stress
