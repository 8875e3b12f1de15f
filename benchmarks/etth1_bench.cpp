// The linear models on ETTh1 (standard split, standardised by the training part, every test
// window), beside the measured closed form: counters mse, mae, their goals and mse / goal.
// The time is that of one fit (of all seven, where every column is forecast).
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>

#include "learningplane/error.hpp"
#include "learningplane/model/dlinear.hpp"
#include "learningplane/model/nlinear.hpp"
#include "learningplane/telemetry/csv.hpp"

using namespace learningplane;
using telemetry::Frame;

namespace {

constexpr std::size_t lags = 336, train = 8640, test = 11520, end = 14400;
const std::vector<std::string> columns{"HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"};

/// Standardised; nothing where the file is absent.
std::optional<Frame> load() {
  const char* env = std::getenv("LEARNINGPLANE_DATA");
  const auto path =
      std::filesystem::path(env != nullptr ? env : "../shared/data") / "etth1" / "ETTh1.csv";
  if (!std::filesystem::exists(path)) return {};
  telemetry::CsvOptions csv;
  csv.paths = {path.string()};
  csv.value_columns = columns;
  const Frame raw = value_or_throw(telemetry::read_csv(csv));
  std::vector<telemetry::Column> out;
  for (const std::string& name : columns) {
    const auto v = value_or_throw(raw.require(name))->values.span();
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < train; ++i) mean += v[i] / train;
    for (std::size_t i = 0; i < train; ++i) variance += (v[i] - mean) * (v[i] - mean) / train;
    std::vector<double> z(end);
    for (std::size_t i = 0; i < end; ++i) z[i] = (v[i] - mean) / std::sqrt(variance);
    out.push_back({.name = name, .values = std::move(z), .flags = {}});
  }
  return value_or_throw(Frame::make(raw.times_ns().to_vector(), {}).and_then([&](const Frame& f) {
    const auto times = f.times_ns().to_vector();
    return Frame::make(
        std::vector<std::int64_t>(times.begin(), times.begin() + static_cast<long>(end)), out);
  }));
}

const std::optional<Frame>& data() {
  static const std::optional<Frame> frame = load();
  return frame;
}

std::unique_ptr<model::Windowed> make(bool decompose, const std::string& target,
                                      const std::vector<std::string>& channels,
                                      std::size_t horizon) {
  const model::WindowedOptions window{.target = target, .lags = lags, .horizon = horizon};
  if (decompose)
    return std::make_unique<model::DLinear>(
        model::DLinearOptions{.window = window, .channels = channels});
  return std::make_unique<model::NLinear>(
      model::NLinearOptions{.window = window, .channels = channels});
}

struct Sums {
  double squares = 0, absolute = 0, n = 0;
};

void score(const model::Windowed& model, const std::string& target, std::size_t horizon,
           Sums& sums) {
  const Frame& f = *data();
  const std::size_t n = model.columns().size();
  std::vector<std::span<const double>> from;
  for (const std::string& name : model.columns())
    from.push_back(value_or_throw(f.require(name))->values.span());
  const auto truth = value_or_throw(f.require(target))->values.span();
  std::vector<double> window(lags * n), out(horizon);
  for (std::size_t origin = test; origin + horizon <= end; ++origin) {
    for (std::size_t r = 0; r < lags; ++r) {
      for (std::size_t c = 0; c < n; ++c) window[r * n + c] = from[c][origin - lags + r];
    }
    model.predict_windows({window, 1, lags}, out);
    for (std::size_t s = 0; s < horizon; ++s) {
      const double e = out[s] - truth[origin + s];
      sums.squares += e * e;
      sums.absolute += std::abs(e);
      sums.n += 1;
    }
  }
}

struct Goal {
  std::size_t horizon;
  double mse, mae;
};
const std::vector<Goal> univariate{
    {24, .026, .122}, {48, .039, .149}, {168, .068, .199}, {336, .086, .232}, {720, .104, .253}};
const std::vector<Goal> multivariate{{24, .318, .361},  {48, .342, .375},  {96, .370, .391},
                                     {168, .397, .406}, {192, .403, .411}, {336, .426, .424},
                                     {720, .422, .443}};

void etth1(benchmark::State& state, bool decompose, bool all, Goal goal) {
  if (!data()) {
    state.SkipWithError("no etth1/ETTh1.csv under LEARNINGPLANE_DATA");
    return;
  }
  const std::vector<std::string> targets = all ? columns : std::vector<std::string>{columns.back()};
  Sums sums;
  for (auto _ : state) {
    for (const std::string& target : targets) {
      const auto model =
          make(decompose, target, all ? columns : std::vector<std::string>{}, goal.horizon);
      const auto report = model->fit(data()->slice(0, train));
      state.PauseTiming();
      if (!report) state.SkipWithError(report.error().message.c_str());
      if (report) score(*model, target, goal.horizon, sums);
      state.ResumeTiming();
    }
  }
  state.counters["mse"] = sums.squares / sums.n;
  state.counters["mae"] = sums.absolute / sums.n;
  state.counters["goal_mse"] = goal.mse;
  state.counters["goal_mae"] = goal.mae;
  state.counters["mse/goal"] = sums.squares / sums.n / goal.mse;
}

const bool registered = [] {
  for (const bool all : {false, true}) {
    for (const bool decompose : {false, true}) {
      for (const Goal& goal : all ? multivariate : univariate) {
        const std::string name = std::string(decompose ? "dlinear/" : "nlinear/") +
                                 (all ? "multivariate/" : "univariate/") +
                                 std::to_string(goal.horizon);
        benchmark::RegisterBenchmark(name.c_str(),
                                     [=](benchmark::State& s) { etth1(s, decompose, all, goal); })
            ->Iterations(1)
            ->Unit(benchmark::kMillisecond);
      }
    }
  }
  return true;
}();

}  // namespace
