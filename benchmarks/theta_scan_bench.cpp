// A scan of all periods, on which every resize of ThetaScan rests.
#include "learningplane/model/theta_scan.hpp"

#include <benchmark/benchmark.h>

#include <cmath>

using namespace learningplane::model;

namespace {
void scan_all(benchmark::State& state) {
  std::vector<double> y;
  for (int i = 0; i < state.range(0); ++i)
    y.push_back(200 + 0.1 * i + 10 * std::sin(1.7 * i) + (i / 24 % 2 == 0 ? 0 : 800));
  const ThetaScanSettings settings{
      state.range(1) != 0 ? ThetaScanMode::published : ThetaScanMode::mended, 20'000, 0.1};
  for (auto _ : state) benchmark::DoNotOptimize(scan(y, settings));
}
BENCHMARK(scan_all)
    ->ArgNames({"samples", "published"})
    ->ArgsProduct({{240, 480, 960, 1920}, {0, 1}})
    ->Unit(benchmark::kMillisecond);
}  // namespace
