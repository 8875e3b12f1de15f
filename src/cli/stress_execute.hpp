#pragma once
#include <string>

#include "cli/context.hpp"
#include "learningplane/stress/control_groups.hpp"
#include "learningplane/stress/stress_run.hpp"

namespace learningplane::cli {

/// What `learningplane stress run` was asked.
struct StressExecuteArguments {
  std::string schedule{};
  std::string out{};
  std::string program = "stress-ng";
  std::string sample = "1s";
  std::string cgroup = "auto";
  std::string limits = "cpu,memory";
  double cpu_weight = 0;
  std::string listen{};
  bool allow_oversubscribe = false;
  bool json = false;
};
/// The same as the runner takes it. @throws ConfigError, Error (no such program)
stress::StressRunOptions run_options(const StressExecuteArguments& a);
stress::ControlGroupsOptions group_options(const StressExecuteArguments& a);
/// Follows the schedule with real processes on this machine, and records what they use.
int execute_stress(const StressExecuteArguments& a, Context& context);

}  // namespace learningplane::cli
