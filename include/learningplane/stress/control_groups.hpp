#pragma once
#include <map>
#include <string>
#include <vector>

#include "learningplane/stress/stress_schedule.hpp"

namespace learningplane::stress {

struct ControlGroupsOptions {
  std::string root = "/sys/fs/cgroup";
  std::string self = "/proc/self/cgroup";  ///< which groups this process is in
  /// The group under which ours are made, relative to `root` (of each controller in version 1);
  /// empty: this process's own.
  std::string parent{};
  std::string name = "learningplane-stress";  ///< of ours; made unique by the process's id
  bool cpu = true;                            ///< limit the processor time
  bool memory = true;                         ///< limit the memory
  /// Share of the processor of all jobs together where it does not suffice for everybody, in those
  /// of one process; 0: one for each core that they peak at.
  double weight = 0;
  double headroom = 1.1;                    ///< limits over the most that a job's steps ask for
  double spare_bytes = 32.0 * 1024 * 1024;  ///< more memory for the program itself
};

/// A control group of Linux for each job, limited to the most that its steps ask for: version 2 and
/// the older hierarchies of version 1. Where they cannot be written nothing is limited, and that is
/// said. Groups are removed with this object, which must outlive the processes in them.
class ControlGroups {
 public:
  ControlGroups(const StressSchedule& schedule, ControlGroupsOptions options);
  ~ControlGroups();
  ControlGroups(const ControlGroups&) = delete;
  ControlGroups& operator=(const ControlGroups&) = delete;

  /// By job, the files that its processes write themselves into.
  const std::map<std::string, std::vector<std::string>>& joins() const { return joins_; }
  /// What is limited ("cpu: 12 jobs"), and what is not and why.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void limit(const StressSchedule& schedule, const std::string& controller,
             const std::string& folder, bool second_version);

  ControlGroupsOptions options_;
  std::vector<std::string> made_{};  ///< folders, in the order they were made
  std::map<std::string, std::vector<std::string>> joins_{};
  std::vector<std::string> notes_{};
};

}  // namespace learningplane::stress
