// A week of one-minute slots with the exact p95 of each slot: frame by frame, and whole policies.
// The NumPy peer is benchmarks/peers/simulation_numpy.py, with the same load, the same
// distributions and the same frames a slot.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>

#include "learningplane/decision/memory.hpp"
#include "learningplane/simulation/what_if.hpp"

using namespace learningplane;
using namespace learningplane::simulation;

namespace {

decision::Capacity capacity() {
  std::vector<decision::LatencyRow> rows;
  for (int load = 1; load <= 10; ++load) {
    const double l = load;
    rows.push_back({l, {0, 0.5, 0.95, 1}, {8, 8 + 1.2 * l, 8 + 2.6 * l + 0.1 * l * l, 20 + 6 * l}});
  }
  return decision::Capacity(std::move(rows));
}

/// A bell of up to eight rooms on working days, as the peer has it.
WorkloadTrace week() {
  WorkloadTrace trace;
  for (int minute = 0; minute < 10'080; ++minute) {
    const double hour = minute % 1440 / 60.0;
    const double busy = std::max(0.0, 8.5 - (hour - 12) * (hour - 12) / 3.5);
    trace.load.push_back(minute / 1440 < 5 ? std::nearbyint(busy) : 0.0);
  }
  return trace;
}

/// Stays at one instance: what is measured is the simulator.
class Still final : public decision::ScalingPolicy {
 public:
  Still() : ScalingPolicy({}) {}
  std::string_view kind() const override { return "still"; }
  decision::ScalingNeeds needs() const override { return {}; }

 protected:
  void wish(const decision::ScalingInput&, decision::ScalingDecision& d) override {
    d.rule = "still";
  }
};

SimulationOptions a_week(double frames_a_slot) {
  SimulationOptions o;
  o.start_slot = 0;
  o.slots = 10'080;
  o.frames_per_second = frames_a_slot / 60;
  return o;
}

void count(benchmark::State& state, std::uint64_t samples) {
  state.counters["slots/s"] = benchmark::Counter(10'080.0 * static_cast<double>(state.iterations()),
                                                 benchmark::Counter::kIsRate);
  state.counters["samples/s"] =
      benchmark::Counter(static_cast<double>(samples), benchmark::Counter::kIsRate);
}

void sampled_week(benchmark::State& state) {
  const WorkloadTrace trace = week();
  const decision::Capacity table = capacity();
  std::uint64_t samples = 0;
  for (auto _ : state) {
    Still policy;
    samples += simulate(trace, table, policy, nullptr, a_week(static_cast<double>(state.range(0))))
                   .samples;
  }
  count(state, samples);
}
BENCHMARK(sampled_week)->Arg(10)->Arg(60)->Arg(1800)->Unit(benchmark::kMillisecond);

void memory_week(benchmark::State& state) {
  const WorkloadTrace trace = week();
  const decision::Capacity table = capacity();
  SimulationOptions o = a_week(1800);
  if (state.range(0) == 1) o.latencies = Latencies::exact;
  std::uint64_t samples = 0;
  for (auto _ : state) {
    decision::ReactiveMemory policy{decision::ReactiveOptions{}};
    samples += simulate(trace, table, policy, nullptr, o).samples;
  }
  count(state, samples);
}
BENCHMARK(memory_week)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void what_ifs(benchmark::State& state) {
  const WorkloadTrace trace = week();
  const decision::Capacity table = capacity();
  std::vector<WhatIf> runs(64);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].trace = &trace;
    runs[i].capacity = &table;
    runs[i].options = a_week(1800);
    runs[i].options.seed = i;
    runs[i].options.latencies = Latencies::exact;
    runs[i].keep_slots = false;
    runs[i].policy = [] {
      return std::make_unique<decision::ReactiveMemory>(decision::ReactiveOptions{});
    };
  }
  for (auto _ : state)
    benchmark::DoNotOptimize(what_if(runs, static_cast<std::size_t>(state.range(0))));
  state.counters["slots/s"] = benchmark::Counter(
      64 * 10'080.0 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(what_ifs)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
