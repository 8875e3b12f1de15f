// LSTM and GRU: streaming step, batch inference and a training epoch, networks as in
// benchmarks/peers/lstm_torch.py; and how they grow with length and width.
#include <benchmark/benchmark.h>

#include "learningplane/model/lstm_network.hpp"

using namespace learningplane::model;

namespace {

LstmShape shape_of(std::int64_t which, Cell cell) {
  constexpr auto none = HeadActivation::none;
  switch (which) {
    case 0: return {1, {15, 15}, {15}, 1, none, cell};
    case 1: return {10, {15, 15}, {15}, 1, none, cell};
    case 2: return {8, {64, 64}, {32}, 1, none, cell};
    case 3: return {8, {128}, {32}, 1, none, cell};
    default: return {8, {64}, {32}, 1, none, cell};
  }
}
constexpr const char* names[] = {"nct1", "nct10", "h64x2", "h128", "h64"};
constexpr const char* cells[] = {"lstm", "gru"};

/// Skips where the machine lacks the tier.
bool has(benchmark::State& state, std::int64_t tier) {
  state.SetLabel(std::string(to_string(static_cast<CpuTier>(tier))));
  if (cpu_supports(static_cast<CpuTier>(tier))) return true;
  state.SkipWithError("this machine lacks the tier");
  return false;
}

std::vector<double> ramp(std::size_t n) {
  std::vector<double> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = 0.01 * static_cast<double>(i * 37 % 101) - 0.5;
  return out;
}

void streaming_step(benchmark::State& state) {
  if (!has(state, state.range(1))) return;
  LstmNetwork network(shape_of(state.range(0), static_cast<Cell>(state.range(2))), Dtype::f32, 1,
                      static_cast<CpuTier>(state.range(1)));
  const std::vector<double> in = ramp(network.shape().inputs);
  double out = 0;
  for (auto _ : state) {
    network.step(in, {&out, 1});
    benchmark::DoNotOptimize(out);
  }
  state.SetLabel(std::string(names[state.range(0)]) + " " + std::string(to_string(network.tier())) +
                 " " + cells[state.range(2)]);
}
BENCHMARK(streaming_step)->ArgsProduct({{0, 1, 2, 3, 4}, {0, 1, 2}, {0, 1}});

/// 1000 windows of 48 steps and 8 inputs through 64 hidden units.
void batch_inference(benchmark::State& state) {
  if (!has(state, state.range(0))) return;
  const LstmNetwork network(shape_of(4, static_cast<Cell>(state.range(1))), Dtype::f32, 1,
                            static_cast<CpuTier>(state.range(0)));
  state.SetLabel(std::string(to_string(network.tier())) + " " + cells[state.range(1)]);
  const std::vector<double> windows = ramp(1000 * 48 * 8);
  std::vector<double> out(1000);
  for (auto _ : state) network.predict({windows, 1000, 48}, out);
  benchmark::DoNotOptimize(out.data());
}
BENCHMARK(batch_inference)->ArgsProduct({{0, 1, 2}, {0, 1}})->Unit(benchmark::kMillisecond);

/// 10,080 windows of 60 steps, two layers of 15, batch 64; range(1) inputs, range(2) the cell.
void training_epoch(benchmark::State& state) {
  if (!has(state, state.range(0))) return;
  const auto inputs = static_cast<std::size_t>(state.range(1));
  constexpr std::size_t count = 10080, steps = 60;
  const auto cell = static_cast<Cell>(state.range(2));
  LstmNetwork network({inputs, {15, 15}, {15}, 1, HeadActivation::none, cell}, Dtype::f32, 1,
                      static_cast<CpuTier>(state.range(0)));
  state.SetLabel(std::string(to_string(network.tier())) + " " + cells[state.range(2)]);
  const std::vector<double> windows = ramp(count * steps * inputs), targets = ramp(count);
  LstmTraining training;
  training.epochs = 1;
  training.batch = 64;
  training.validation_share = 0;
  for (auto _ : state) network.train({windows, count, steps}, targets, training);
}
BENCHMARK(training_epoch)
    ->ArgsProduct({{0, 1, 2}, {1, 8}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->Repetitions(3)
    ->ReportAggregatesOnly(false);

/// One epoch on 2,000 windows: range(0) steps, range(1) units, range(2) the cell.
void growth(benchmark::State& state) {
  const auto steps = static_cast<std::size_t>(state.range(0));
  const auto units = static_cast<std::size_t>(state.range(1));
  const auto cell = static_cast<Cell>(state.range(2));
  constexpr std::size_t count = 2000;
  LstmNetwork network({1, {units}, {}, 1, HeadActivation::none, cell}, Dtype::f32, 1);
  const std::vector<double> windows = ramp(count * steps), targets = ramp(count);
  LstmTraining training;
  training.epochs = 1;
  training.batch = 64;
  training.validation_share = 0;
  for (auto _ : state) network.train({windows, count, steps}, targets, training);
  state.SetLabel(cells[state.range(2)]);
}
BENCHMARK(growth)
    ->ArgsProduct({{24, 96, 384}, {16, 64, 128}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->Repetitions(2);

}  // namespace
