// Conditional RBM: an epoch of training and the activations; sizes as in
// benchmarks/peers/rbm_sklearn.py.
#include "learningplane/profiling/crbm.hpp"

#include <benchmark/benchmark.h>

#include "model/lstm_random.hpp"

using namespace learningplane::profiling;

namespace {

std::vector<double> noise(std::size_t n) {
  learningplane::model::detail::LstmRandom random(1);
  std::vector<double> out(n);
  for (double& v : out) v = random.uniform();
  return out;
}

/// An epoch: visible units, history, windows of an update, f64 or not.
void epoch(benchmark::State& state) {
  const auto visible = static_cast<std::size_t>(state.range(0));
  const auto rows = noise(100'000 * visible);
  CrbmOptions o{.hidden = 10, .history = static_cast<std::size_t>(state.range(1)), .epochs = 1};
  o.batch = static_cast<std::size_t>(state.range(2));
  o.dtype = state.range(3) != 0 ? CrbmDtype::f64 : CrbmDtype::f32;
  const std::span<const double> one[] = {rows};
  double error = 0;
  for (auto _ : state) {
    Crbm crbm = Crbm::random(visible, o);
    error = crbm.fit(one, o)->errors.back();
  }
  state.counters["error"] = error;
}
BENCHMARK(epoch)
    ->Args({30, 0, 10, 1})  // as scikit-learn's: 30 visible, no condition, f64
    ->Args({30, 0, 100, 1})
    ->Args({30, 0, 10, 0})
    ->Args({30, 0, 100, 0})
    ->Args({8, 3, 1, 0})  // as published
    ->Args({8, 3, 10, 0})
    ->Unit(benchmark::kMillisecond);

void activations(benchmark::State& state) {
  const auto rows = noise(100'000 * 8);
  const Crbm crbm = Crbm::random(8, {.hidden = 10, .history = 3});
  for (auto _ : state) benchmark::DoNotOptimize(crbm.activations(rows).data());
}
BENCHMARK(activations)->Unit(benchmark::kMillisecond);

}  // namespace
