#pragma once
#include <cmath>
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

/// The schedule as a run would have recorded it that did as planned, times a factor, readings a
/// second apart.
inline learningplane::telemetry::Frame recorded(const learningplane::stress::StressSchedule& s,
                                                double cpu_factor = 1, std::int64_t step_s = 1) {
  using namespace learningplane;
  using namespace learningplane::stress;
  std::vector<telemetry::Column> columns;
  const auto rows = static_cast<std::size_t>(s.length_s()) / static_cast<std::size_t>(step_s);
  for (const StressJob& job : s.jobs) {
    std::vector<std::vector<double>> cells(6, std::vector<double>(rows, std::nan("")));
    for (const StressStep& step : job.steps) {
      for (std::size_t i = 0; i < rows; ++i) {
        const auto t = static_cast<double>(i) * static_cast<double>(step_s);
        if (t < step.start_s - 1e-9 || t >= step.end_s() - 1e-9) continue;
        const double row[] = {1,
                              cpu_factor * step.cpu_cores,
                              step.memory_bytes,
                              step.cpu_cores,
                              step.memory_bytes,
                              static_cast<double>(step.phase)};
        for (std::size_t c = 0; c < 6; ++c) cells[c][i] = row[c];
      }
    }
    const char* const names[] = {"active",         "cpu_cores",         "memory_bytes",
                                 "plan_cpu_cores", "plan_memory_bytes", "phase"};
    for (std::size_t c = 0; c < 6; ++c)
      columns.push_back({.name = names[c],
                         .labels = Labels{{"job", job.name}},
                         .values = std::move(cells[c]),
                         .flags = {}});
  }
  std::vector<std::int64_t> times(rows);
  for (std::size_t i = 0; i < rows; ++i)
    times[i] = static_cast<std::int64_t>(i) * step_s * 1'000'000'000;
  return value_or_throw(telemetry::Frame::make(std::move(times), std::move(columns)));
}

}  // namespace support
