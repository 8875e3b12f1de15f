// Fits of the linear models on one series of 2,016 points (480 where it says so), 36 steps ahead.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "learningplane/error.hpp"
#include "learningplane/model/ridge.hpp"
#include "learningplane/model/trend_fourier.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

/// Two seasons, noise that remembers, a spike now and then.
telemetry::Frame series(std::size_t n) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::vector<std::int64_t> times;
  std::vector<double> y;
  double wander = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto t = static_cast<double>(i);
    wander = 0.9 * wander + normal(random);
    y.push_back(50 + 20 * std::sin(2 * M_PI * t / 288) + 5 * std::sin(2 * M_PI * t / 36) + wander +
                (random() % 40 == 0 ? 40 : 0));
    times.push_back(static_cast<std::int64_t>(i) * 300'000'000'000);
  }
  return value_or_throw(
      telemetry::Frame::make(times, {telemetry::Column{.name = "y", .values = y, .flags = {}}}));
}

void fit_ridge(benchmark::State& state, RidgeOptions o) {
  const telemetry::Frame data = series(2016);
  o.window = {.target = "y", .lags = static_cast<std::size_t>(state.range(0)), .horizon = 36};
  for (auto _ : state) {
    Ridge model(o);
    const auto report = model.fit(data);
    if (!report) state.SkipWithError(report.error().message.c_str());
  }
}
BENCHMARK_CAPTURE(fit_ridge, squared, RidgeOptions{.penalties = {10}})
    ->Arg(60)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fit_ridge, huber, RidgeOptions{.penalties = {10}, .loss = RidgeLoss::huber})
    ->Arg(60)
    ->Arg(70)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fit_ridge, huber_four_penalties, RidgeOptions{.loss = RidgeLoss::huber})
    ->Arg(60)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fit_ridge, absolute, RidgeOptions{.penalties = {10}, .loss = RidgeLoss::absolute})
    ->Arg(60)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fit_ridge, three_quantile_heads,
                  RidgeOptions{.penalties = {10}, .levels = {0.05, 0.5, 0.95}})
    ->Arg(60)
    ->Unit(benchmark::kMillisecond);

/// Arguments: points, lags.
void fit_trend_fourier(benchmark::State& state) {
  const telemetry::Frame data = series(static_cast<std::size_t>(state.range(0)));
  TrendFourierOptions o;
  o.series = {.target = "y", .horizon = 36};
  o.lags = static_cast<std::size_t>(state.range(1));
  for (auto _ : state) {
    TrendFourier model(o);
    const auto report = model.fit(data);
    if (!report) state.SkipWithError(report.error().message.c_str());
  }
}
BENCHMARK(fit_trend_fourier)
    ->Args({480, 0})
    ->Args({2016, 0})
    ->Args({2016, 24})
    ->Unit(benchmark::kMillisecond);

}  // namespace
