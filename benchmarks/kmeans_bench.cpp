// k-means on rows in memory and streamed. benchmarks/peers/kmeans_sklearn.py runs this program and
// scikit-learn on the same rows from the same starts, and compares times and inertia.
#include "learningplane/profiling/kmeans.hpp"

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>

using namespace learningplane;
using namespace learningplane::profiling;

namespace {

/// A number in [0, 2^64) for each i: splitmix64, which numpy computes for whole arrays.
std::uint64_t mixed(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31U);
}

/// Rows of five overlapping clouds, made up as they are read.
class Clouds final : public RowSource {
 public:
  Clouds(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns) {}
  std::size_t columns() const override { return columns_; }
  void rewind() override { given_ = 0; }
  std::span<const double> next(std::size_t most) override {
    const std::size_t n = std::min(most, rows_ - given_);
    block_.resize(n * columns_);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t row = (given_ + i) * (columns_ + 1);
      const auto centre = static_cast<double>(mixed(row) % 5);
      for (std::size_t j = 0; j < columns_; ++j)
        block_[i * columns_ + j] = centre * (j % 2 == 0 ? 1.0 : -0.5) +
                                   3.0 * (static_cast<double>(mixed(row + j + 1) >> 11U) * 0x1p-53);
    }
    given_ += n;
    return block_;
  }

 private:
  std::size_t rows_, columns_, given_ = 0;
  std::vector<double> block_;
};

std::vector<double> clouds(std::size_t rows, std::size_t columns) {
  Clouds source(rows, columns);
  const auto all = source.next(rows);
  return {all.begin(), all.end()};
}

/// From a fixed start, until no row changes its cluster: rows, columns, k.
void lloyd(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const auto d = static_cast<std::size_t>(state.range(1)),
             k = static_cast<std::size_t>(state.range(2));
  const auto rows = clouds(n, d);
  KmeansOptions o{.k = k, .tolerance = 0};
  o.start.assign(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(k * d));
  KmeansResult r;
  for (auto _ : state) r = *kmeans(rows, d, o);
  state.counters["lloyd_iterations"] = static_cast<double>(r.iterations);
  state.counters["inertia"] = r.inertia;
}
BENCHMARK(lloyd)
    ->Args({100'000, 10, 5})
    ->Args({100'000, 10, 20})
    ->Args({100'000, 3, 5})
    ->Args({100'000, 40, 5})
    ->Args({1'000'000, 10, 5})
    ->Unit(benchmark::kMillisecond);

/// Ten k-means++ starts, as phases use them.
void ten_starts(benchmark::State& state) {
  const auto rows = clouds(100'000, 10);
  double inertia = 0;
  for (auto _ : state) inertia = kmeans(rows, 10, {.k = 5})->inertia;
  state.counters["inertia"] = inertia;
}
BENCHMARK(ten_starts)->Unit(benchmark::kMillisecond);

void predict(benchmark::State& state) {
  const auto rows = clouds(100'000, 10);
  const std::vector<double> centroids(rows.begin(), rows.begin() + 50);
  for (auto _ : state) benchmark::DoNotOptimize(assign(rows, centroids, 10).labels.data());
}
BENCHMARK(predict)->Unit(benchmark::kMillisecond);

/// Rows that never stand in memory together: the peak of the process tells that memory does not
/// grow. The time includes making the rows up, three times.
void streamed(benchmark::State& state) {
  Clouds source(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  double inertia = 0;
  for (auto _ : state) inertia = kmeans_stream(source, {.k = 5, .restarts = 3})->inertia;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MB"] = static_cast<double>(usage.ru_maxrss) / 1024;
  state.counters["inertia_per_row"] = inertia / static_cast<double>(state.range(0));
}
BENCHMARK(streamed)
    ->Args({100'000, 10})
    ->Args({1'000'000, 10})
    ->Args({10'000'000, 10})
    ->Args({10'000'000, 3})
    ->Args({1'000'000, 40})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
