#include "learningplane/simulation/what_if.hpp"

#include "simulation/parallel.hpp"

namespace learningplane::simulation {

namespace {
SimulationResult run_one(const WhatIf& run) {
  const auto policy = run.policy();
  SimulationResult r = simulate(*run.trace, *run.capacity, *policy, run.source, run.options);
  if (!run.name.empty()) r.name = run.name;
  if (run.keep_slots) return r;
  for (auto* column : {&r.load, &r.latency, &r.highest, &r.forecast}) *column = {};
  r.replicas = {};
  r.ready = {};
  r.percentiles = {};
  r.decisions = {};
  return r;
}
}  // namespace

std::vector<SimulationResult> what_if(const std::vector<WhatIf>& runs, std::size_t threads) {
  std::vector<SimulationResult> out(runs.size());
  parallel_for(runs.size(), threads, [&](std::size_t i) { out[i] = run_one(runs[i]); });
  return out;
}

}  // namespace learningplane::simulation
