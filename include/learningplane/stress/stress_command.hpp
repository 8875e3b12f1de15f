#pragma once
#include <string>
#include <vector>

#include "learningplane/stress/stress_schedule.hpp"
#include "learningplane/time.hpp"

namespace learningplane::stress {

struct StressCommandOptions {
  std::string program = "stress-ng";
  /// What stress-ng holds itself beside the memory it was asked for; taken off that.
  double overhead_bytes = 4.5e6;
  double spare_s = 5;  ///< it ends by itself so long after its step, should nobody stop it
};

/// The command of one step: n = ceil(cores) CPU workers at 100 cores / n percent, and a worker that
/// holds the memory without rewriting it, so that its CPU time is that of touching it once. Empty
/// where the step asks for less than stress-ng can do (half a percent of a core, a megabyte).
std::vector<std::string> stress_ng_command(const StressStep& step,
                                           const StressCommandOptions& options = {});

struct KubernetesJobsOptions {
  std::string image{};  ///< holds sh and stress-ng; required
  std::string name_space = "default";
  /// Of the names, and the label app.kubernetes.io/instance by which all of a schedule are removed;
  /// another one for each schedule that is to stand beside others.
  std::string prefix = "stress";
  Duration keep = std::chrono::hours(1);  ///< a finished Job is removed after so long; 0 or more
  double headroom = 1.1;                  ///< limits over the most that a job's steps ask for
};

/// One Job (batch/v1) for each job, as a YAML text of several documents: a container that waits
/// until the job's start, then does its steps, with limits from the largest of them; never started
/// twice, and ended by its deadline. Apply all at once.
/// @throws ConfigError (no image, names that Kubernetes does not take)
std::string kubernetes_jobs(const StressSchedule& schedule, const KubernetesJobsOptions& options);

}  // namespace learningplane::stress
