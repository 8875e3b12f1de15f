// Boosted trees: training and prediction; the data are those of
// benchmarks/peers/boosting_sklearn.py.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "learningplane/model/boosted_trees.hpp"

using namespace learningplane::model;

namespace {

struct Table {
  std::vector<double> rows{}, targets{};
};

/// Uniform numbers from a 64-bit linear congruence, which the peer computes too.
Table table(std::size_t n, std::size_t columns) {
  Table out;
  std::uint64_t state = 1;
  const auto uniform = [&state] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state >> 11U) * 0x1p-53;
  };
  out.rows.resize(n * columns);
  for (double& v : out.rows) v = uniform();
  for (std::size_t i = 0; i < n; ++i) {
    const double* x = out.rows.data() + i * columns;
    out.targets.push_back(std::sin(6 * x[0]) + x[1] * x[2] * 2 + (x[3] > 0.5 ? x[4] : x[5]) +
                          0.2 * (uniform() - 0.5));
  }
  return out;
}

BoostedTreesOptions options(std::int64_t loss) {
  BoostedTreesOptions o;
  o.loss = loss == 0 ? BoostingLoss::squared : BoostingLoss::absolute;
  return o;
}

/// 100 trees of 31 leaves; range: rows, columns, loss (0 squared, 1 absolute).
void fit(benchmark::State& state) {
  const auto columns = static_cast<std::size_t>(state.range(1));
  const Table data = table(static_cast<std::size_t>(state.range(0)), columns);
  for (auto _ : state) {
    BoostedTrees trees(options(state.range(2)));
    benchmark::DoNotOptimize(trees.fit(data.rows, columns, data.targets));
  }
}
BENCHMARK(fit)
    ->Args({2000, 60, 0})
    ->Args({2000, 60, 1})
    ->Args({100000, 60, 0})
    ->Args({100000, 60, 1})
    ->Unit(benchmark::kMillisecond);

/// One row through 100 trees of range(0) leaves.
void predict_one(benchmark::State& state) {
  const Table data = table(20000, 60);
  BoostedTreesOptions o;
  o.leaves = static_cast<std::size_t>(state.range(0));
  BoostedTrees trees(o);
  (void)trees.fit(data.rows, 60, data.targets);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(trees.predict(std::span(data.rows).subspan(i * 60, 60)));
    i = (i + 1) % 20000;
  }
}
BENCHMARK(predict_one)->Arg(8)->Arg(16)->Arg(31);

/// 10,000 rows in one call.
void predict_many(benchmark::State& state) {
  const Table data = table(10000, 60);
  BoostedTrees trees;
  (void)trees.fit(data.rows, 60, data.targets);
  std::vector<double> out(10000);
  for (auto _ : state) trees.predict(data.rows, out);
  benchmark::DoNotOptimize(out.data());
}
BENCHMARK(predict_many)->Unit(benchmark::kMillisecond);

}  // namespace
