#pragma once
#include <utility>
#include <vector>

#include "learningplane/stress/stress_profile.hpp"
#include "learningplane/stress/stress_schedule.hpp"
#include "support/phases.hpp"

namespace support {

/// Phases of the application of three_behaviours() in three copies, and jobs whose durations lie
/// evenly between 10 and 50 minutes and that come 2 to 42 minutes apart.
inline learningplane::stress::StressProfile stress_profile() {
  using namespace learningplane;
  stress::Workload w{.source = "three behaviours", .step_s = 60};
  w.usage.features = {"cpu", "memory"};
  for (std::uint64_t seed = 5; seed < 8; ++seed) {
    auto data = value_or_throw(profiling::phase_data(three_behaviours(400, seed)));
    data.sequences[0].labels = Labels{{"app", std::to_string(seed)}};
    w.usage.sequences.push_back(std::move(data.sequences[0]));
  }
  std::vector<double> durations, gaps;
  for (int i = 0; i <= 40; ++i) {
    durations.push_back(600 + 60 * i);
    gaps.push_back(120 + 60 * i);
  }
  w.jobs = {stress::Empirical(durations), stress::Empirical(gaps)};
  profiling::PhaseOptions o;
  o.k = 3;
  o.crbm.epochs = 30;
  o.crbm.learning_rate = 0.005;
  o.crbm.history = 1;
  return value_or_throw(stress::profile_of(w, profiling::Phases(o)));
}

/// Two jobs that overlap.
inline learningplane::stress::StressSchedule two_jobs() {
  return {.grid_s = 0,
          .phases = 3,
          .jobs = {{"job-0001", {{0, 10, 0, 0.5, 2e7}, {10, 10, 1, 1, 4e7}}},
                   {"job-0002", {{5, 20, 2, 0.25, 3e7}}}}};
}

}  // namespace support
