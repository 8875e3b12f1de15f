#pragma once
#include <string>

#include "cli/context.hpp"

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
/// Follows the schedule with real processes on this machine, and records what they use.
int execute_stress(const StressExecuteArguments& a, Context& context);

}  // namespace learningplane::cli
