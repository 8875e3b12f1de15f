#include "learningplane/simulation/what_if.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

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
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<SimulationResult> out(runs.size());
  std::vector<std::exception_ptr> errors(runs.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < runs.size(); i = next++) {
      try {
        out[i] = run_one(runs[i]);
      } catch (...) {
        errors[i] = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> pool;
    for (std::size_t t = 1; t < std::min(threads, runs.size()); ++t) pool.emplace_back(work);
    work();
  }
  for (const std::exception_ptr& e : errors) {
    if (e) std::rethrow_exception(e);
  }
  return out;
}

}  // namespace learningplane::simulation
