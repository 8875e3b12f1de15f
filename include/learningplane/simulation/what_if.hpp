#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "learningplane/simulation/simulator.hpp"

namespace learningplane::simulation {

/// One run among many. What it points at is shared and outlives the runs.
struct WhatIf {
  const WorkloadTrace* trace = nullptr;
  const decision::Capacity* capacity = nullptr;
  const ForecastSource* source = nullptr;  ///< null: none
  std::function<std::unique_ptr<decision::ScalingPolicy>()> policy{};
  SimulationOptions options{};
  std::string name{};      ///< empty: the policy's kind
  bool keep_slots = true;  ///< false: only the figures stay, for thousands of runs
};

/// Runs them on `threads` threads (0: one for each core). Results stand in the order of the runs
/// and do not depend on the number of threads. An exception of a run is thrown after all have
/// ended.
std::vector<SimulationResult> what_if(const std::vector<WhatIf>& runs, std::size_t threads = 0);

}  // namespace learningplane::simulation
