// The stages of stress: collection, profiling, compression and generation, and how they grow. The
// peak of the process tells the memory, the workload's own included: run one case at a time
// (--benchmark_filter).
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "learningplane/error.hpp"
#include "learningplane/stress/alibaba.hpp"
#include "learningplane/stress/stress_profile.hpp"
#include "learningplane/stress/stress_schedule.hpp"
#include "model/lstm_random.hpp"

using namespace learningplane;
using namespace learningplane::stress;

namespace {

using Random = model::detail::LstmRandom;
constexpr std::size_t rows_each = 10'080;  ///< a week of minutes

/// Idle, serving, computing and waiting in turn, in spells of 2 to 60 rows.
void usage_of(Random& random, std::size_t rows, std::vector<double>& out) {
  static constexpr double cpu[] = {2, 20, 70, 6}, memory[] = {10, 35, 30, 50};
  std::size_t kind = 0, left = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    if (left == 0) {
      kind = (kind + 1 + random.below(3)) % 4;
      left = 2 + random.below(59);
    }
    --left;
    out.push_back(cpu[kind] * (1 + 0.2 * random.uniform()));
    out.push_back(memory[kind] * (1 + 0.1 * random.uniform()));
  }
}

Workload workload(std::size_t rows) {
  Random random(1);
  Workload out{.source = "made up", .step_s = 60};
  out.usage.features = {"cpu", "memory"};
  for (std::size_t done = 0; done < rows; done += rows_each) {
    profiling::PhaseSequence s{.labels = Labels{{"app", std::to_string(done)}}};
    const std::size_t n = std::min(rows_each, rows - done);
    for (std::size_t i = 0; i < n; ++i)
      s.times_ns.push_back(static_cast<std::int64_t>(i) * 60'000'000'000);
    s.rows.reserve(2 * n);
    usage_of(random, n, s.rows);
    out.usage.sequences.push_back(std::move(s));
  }
  std::vector<double> durations, gaps;
  for (int i = 0; i <= 400; ++i) {
    durations.push_back(600 + 6 * i);
    gaps.push_back(1 + 0.1 * i);
  }
  out.jobs = {Empirical(durations), Empirical(gaps)};
  return out;
}

profiling::Phases fitted() {
  profiling::PhaseOptions o;
  o.k = 4;
  o.crbm.epochs = 10;
  profiling::Phases phases(o);
  value_or_throw(phases.fit(workload(20'000).usage));
  return phases;
}

void memory(benchmark::State& state) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Lines of the table of container usage, from the file to series on an even grid.
void collect(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto folder = std::filesystem::temp_directory_path() /
                      fmt::format("learningplane-stress-bench-{}", ::getpid());
  std::filesystem::create_directories(folder);
  {
    Random random(1);
    std::ofstream usage(folder / "container_usage.csv"), batch(folder / "batch_task.csv");
    const std::size_t containers = std::max<std::size_t>(1, rows / rows_each);
    std::vector<double> numbers;
    usage_of(random, rows, numbers);
    for (std::size_t i = 0; i < rows; ++i)
      usage << 60 * (i / containers) << ',' << i % containers << ',' << numbers[2 * i] << ','
            << numbers[2 * i + 1] << '\n';
    for (int i = 1; i < 1000; ++i)
      batch << 60 * i << ',' << 60 * i + 600 << ',' << i << ",1,1,Terminated,,\n";
  }
  for (auto _ : state) {
    const auto read = value_or_throw(read_alibaba_2017({.folder = folder.string()}));
    benchmark::DoNotOptimize(read.usage.sequences.data());
  }
  std::filesystem::remove_all(folder);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  memory(state);
}
BENCHMARK(collect)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

/// Phases learned on the rows, and all that follows.
void learn(benchmark::State& state) {
  const Workload w = workload(static_cast<std::size_t>(state.range(0)));
  profiling::PhaseOptions o;
  o.k = 4;
  for (auto _ : state)
    benchmark::DoNotOptimize(value_or_throw(profile_of(w, profiling::Phases(o))).dictionary.runs);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  memory(state);
}
BENCHMARK(learn)->Arg(100'000)->Arg(1'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

/// Rows cut into phases that are known, and their strings compressed.
void profile(benchmark::State& state) {
  const auto phases = fitted().to_value();
  const Workload w = workload(static_cast<std::size_t>(state.range(0)));
  Dictionary d;
  for (auto _ : state)
    d = value_or_throw(profile_of(w, value_or_throw(profiling::Phases::from_value(phases))))
            .dictionary;
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["runs"] = static_cast<double>(d.runs);
  state.counters["profiles"] = static_cast<double>(d.profiles.size());
  memory(state);
}
BENCHMARK(profile)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

/// Phase strings alone into a dictionary.
void compression(benchmark::State& state) {
  const Workload w = workload(static_cast<std::size_t>(state.range(0)));
  const auto labels = value_or_throw(fitted().label(w.usage));
  Dictionary d;
  for (auto _ : state) d = value_or_throw(compress(w.usage, labels, 4, 60));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["runs"] = static_cast<double>(d.runs);
  state.counters["symbols"] = static_cast<double>(d.symbols);
  state.counters["profiles"] = static_cast<double>(d.profiles.size());
  memory(state);
}
BENCHMARK(compression)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

/// Jobs of a schedule.
void generation(benchmark::State& state) {
  const auto profile = value_or_throw(profile_of(workload(100'000), fitted()));
  ScheduleOptions o;
  o.max_jobs = static_cast<std::size_t>(2 * state.range(0));
  o.length = Duration(std::chrono::seconds(static_cast<std::int64_t>(
      static_cast<double>(state.range(0)) * profile.jobs.interarrivals.mean())));
  std::size_t jobs = 0, steps = 0;
  for (auto _ : state) {
    const auto s = value_or_throw(generate(profile, o));
    jobs += s.jobs.size();
    steps = 0;
    for (const StressJob& job : s.jobs) steps += job.steps.size();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(jobs));
  state.counters["steps"] = static_cast<double>(steps);
  memory(state);
}
BENCHMARK(generation)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
