#include "learningplane/evaluation/backtest.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/model/naive.hpp"
#include "learningplane/model/ridge.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;
using telemetry::Frame;
using Counts = std::vector<std::size_t>;

namespace {

constexpr std::int64_t minute = 60'000'000'000;
const double absent = std::nan("");

Frame frame_of(std::vector<double> values) {
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < values.size(); ++i)
    times.push_back(static_cast<std::int64_t>(i) * minute);
  return value_or_throw(
      Frame::make(std::move(times),
                  {telemetry::Column{.name = "y", .values = std::move(values), .flags = {}}}));
}

/// A wave with spikes, never the same twice.
std::vector<double> wave(std::size_t n) {
  std::vector<double> out;
  for (std::size_t i = 0; i < n; ++i) {
    const auto t = static_cast<double>(i);
    out.push_back(10 + 4 * std::sin(t / 5) + std::sin(t * t) + (i % 37 == 0 ? 8 : 0));
  }
  return out;
}

ModelMaker naive(std::size_t horizon) {
  return [horizon] { return std::make_unique<model::Naive>(model::NaiveOptions{"y", horizon}); };
}

ModelMaker ridge(std::size_t horizon) {
  return [horizon] {
    model::RidgeOptions o;
    o.window = {.target = "y", .lags = 8, .horizon = horizon};
    return std::make_unique<model::Ridge>(o);
  };
}

BacktestOptions small() {
  BacktestOptions o;
  o.target = "y";
  o.horizon = 4;
  o.origins = 6;
  o.horizons = {1, 4};
  return o;
}

Backtest one(const Frame& frame, const ModelMaker& make, const BacktestOptions& options) {
  return value_or_throw(backtest({{"m", "all", frame, make}}, options)).front();
}

/// Equal, NaN to NaN too.
void same(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK((a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))));
}

}  // namespace

TEST_CASE(
    "backtest: origins by count end with the last whole window; by distance they are counted") {
  BacktestOptions o = small();
  o.share = 0.5;
  CHECK(value_or_throw(origins(100, o)) == Counts{50, 59, 68, 77, 86, 96});
  o.origins = 1;
  CHECK(value_or_throw(origins(100, o)) == Counts{50});
  o.every = 20;
  CHECK(value_or_throw(origins(100, o)) == Counts{50, 70, 90});
  // More origins than rows: each row once.
  o.every = 0;
  o.origins = 1000;
  CHECK(value_or_throw(origins(100, o)).size() == 47);
  o.horizon = 51;
  CHECK(origins(100, o).error().code == Errc::not_enough_data);
}

TEST_CASE("backtest: the naive forecast's errors, step by step, are what a loop finds") {
  const std::vector<double> y = wave(120);
  const Backtest r = one(frame_of(y), naive(4), small());
  REQUIRE(r.origins.size() == 6);
  CHECK(r.origins.front() == 84);
  CHECK(r.fits == 6);
  double sum = 0, first = 0;
  for (const std::size_t o : r.origins) {
    first += std::abs(y[o] - y[o - 1]);
    for (std::size_t s = 0; s < 4; ++s) sum += std::abs(y[o + s] - y[o - 1]);
  }
  CHECK(r.horizons[1].mae == doctest::Approx(sum / 24));
  CHECK(r.horizons[0].mae == doctest::Approx(first / 6));
  CHECK(r.mae_by_step[0] == doctest::Approx(first / 6));
  CHECK(r.horizons[1].n == 24);
  double scale = 0;  // a day of minutes does not fit: one row
  for (std::size_t i = 1; i < 84; ++i) scale += std::abs(y[i] - y[i - 1]) / 83;
  CHECK(r.scale == doctest::Approx(scale));
  CHECK(r.horizons[1].mase == doctest::Approx(sum / 24 / scale));
  CHECK(r.forecasts.truth[5] == y[r.origins[1] + 1]);
  CHECK(r.forecasts.origin_ns[5] == static_cast<std::int64_t>(r.origins[1] - 1) * minute);
}

TEST_CASE("backtest: a changed future changes no forecast") {
  for (const Refit refit : {Refit::never, Refit::every_origin, Refit::every_duration}) {
    BacktestOptions o = small();
    o.refit = refit;
    o.refit_every = std::chrono::minutes(10);
    const std::vector<double> y = wave(160);
    const Backtest before = one(frame_of(y), ridge(4), o);
    std::vector<double> other = y;
    const std::size_t third = before.origins[2];
    for (std::size_t i = third; i < other.size(); ++i) other[i] = 1000 - other[i];
    const Backtest after = one(frame_of(other), ridge(4), o);
    for (std::size_t row = 0; row < 3 * o.horizon; ++row) {
      CHECK(before.forecasts.mean[row] == after.forecasts.mean[row]);
      CHECK(before.forecasts.quantiles[2 * row] == after.forecasts.quantiles[2 * row]);
    }
    CHECK(before.forecasts.mean[3 * o.horizon] != after.forecasts.mean[3 * o.horizon]);
  }
}

TEST_CASE("backtest: how often it fits; threads change nothing") {
  const Frame frame = frame_of(wave(300));
  BacktestOptions o = small();
  o.every = 1;
  o.refit = Refit::never;
  CHECK(one(frame, ridge(4), o).fits == 1);
  o.refit = Refit::every_duration;
  o.refit_every = std::chrono::minutes(30);
  const std::vector<BacktestJob> jobs{{"a", "all", frame, ridge(4)}, {"b", "all", frame, naive(4)}};
  const auto alone = value_or_throw(backtest(jobs, o));
  CHECK(alone[0].fits == 3);  // origins 210 to 296
  o.threads = 4;
  std::size_t calls = 0;
  const auto together =
      value_or_throw(backtest(jobs, o, [&calls](std::size_t done, std::size_t all) {
        CHECK(done <= all);
        ++calls;
      }));
  CHECK(calls == 6);
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    same(alone[j].forecasts.mean, together[j].forecasts.mean);
    same(alone[j].forecasts.quantiles, together[j].forecasts.quantiles);
    CHECK(dump_json(to_value(alone[j], BacktestParts::all)) ==
          dump_json(to_value(together[j], BacktestParts::all)));
  }
}

TEST_CASE("backtest: the plan is the highest quantile, and its coverage is what planning meets") {
  BacktestOptions o = small();
  o.every = 1;
  o.levels = {0.1, 0.9};
  o.costs = {.over = 1, .under = 4};
  const Backtest r = one(frame_of(wave(400)), ridge(4), o);
  const HorizonScore& s = r.horizons[1];
  CHECK(s.coverage[1] == doctest::Approx(1 - s.plan.violation));
  CHECK(s.interval_coverage > 0.5);
  CHECK(s.interval_width > 0);
  CHECK(s.plan.slack > 0);
  o.plan = Plan::mean;
  const Backtest plain = one(frame_of(wave(400)), ridge(4), o);
  CHECK(plain.horizons[1].coverage == s.coverage);
  CHECK(plain.horizons[1].interval_width == s.interval_width);
  o.plan = Plan::highest;
  o.levels = {};
  const Backtest mean = one(frame_of(wave(400)), ridge(4), o);
  CHECK(mean.horizons[1].plan.violation > s.plan.violation);
  CHECK(mean.horizons[1].plan.over < s.plan.over);
  CHECK(mean.horizons[1].plan.over == plain.horizons[1].plan.over);
  CHECK(std::isnan(mean.horizons[1].interval_width));
}

TEST_CASE("backtest: with an origin at every row spikes are those of the series of forecasts") {
  std::vector<double> y(120, 1.0);
  for (const std::size_t at : {30U, 60U, 90U, 91U, 105U}) y[at] = 7;
  BacktestOptions o = small();
  o.every = 1;
  o.levels = {};
  const Backtest r = one(frame_of(y), naive(4), o);  // rows 84 to 119 are scored
  const ProvisioningScore& first = r.horizons[0].provisioning;
  CHECK(first.spikes.real == 2);  // 91 is as high as 90
  CHECK(first.spikes.predicted == 2);
  CHECK(first.spikes.precision() == 1);  // which forgives lateness
  CHECK(first.spikes.recall() == 0);     // … as recall does not
  CHECK(first.n == r.origins.size());
  // By paths: a flat path has no spike of its own but where it starts above what came before.
  o.every = 2;
  const Backtest paths = one(frame_of(y), naive(4), o);
  CHECK(paths.horizons[1].provisioning.spikes.real > 0);
  CHECK(paths.horizons[1].provisioning.n == paths.horizons[1].n);
}

TEST_CASE("backtest: unknown latest observations leave their origin unknown, and it is counted") {
  std::vector<double> y = wave(120);
  const Counts at = value_or_throw(origins(120, small()));
  y[at[1] - 1] = absent;
  y[at[3] + 1] = absent;
  const Backtest r = one(frame_of(y), naive(4), small());
  CHECK(r.failed == 1);
  CHECK(std::isnan(r.forecasts.mean[4]));
  CHECK(std::isfinite(r.forecasts.mean[0]));
  CHECK(r.horizons[1].n == 24 - 4 - 1);
  CHECK(r.horizons[1].passed_over == 5);
  for (std::size_t i = 70; i < 120; ++i) y[i] = absent;
  const auto none = backtest({{"m", "all", frame_of(y), naive(4)}}, small());
  REQUIRE(!none);
  CHECK(none.error().code == Errc::unknown_data);
}

TEST_CASE("backtest: a hole in the times is no step") {
  std::vector<std::int64_t> times;
  std::vector<double> y;
  for (std::int64_t i = 0; i < 120; ++i) {
    if (i == 100) continue;
    times.push_back(i * minute);
    y.push_back(static_cast<double>(i));
  }
  const Frame frame = value_or_throw(
      Frame::make(times, {telemetry::Column{.name = "y", .values = y, .flags = {}}}));
  BacktestOptions o = small();
  o.every = 1;
  const Backtest r = one(frame, naive(4), o);
  for (std::size_t row = 0; row < r.forecasts.rows(); ++row) {
    const std::int64_t m = r.forecasts.times_ns[row] / minute;
    CHECK(std::isnan(r.forecasts.truth[row]) == (m == 100 || m > 119));
    if (std::isfinite(r.forecasts.truth[row]))
      CHECK(r.forecasts.truth[row] == static_cast<double>(m));
  }
}

TEST_CASE("backtest: misuse is refused, and failures say where") {
  const Frame frame = frame_of(wave(120));
  const auto code = [&frame](auto change) {
    BacktestOptions o = small();
    change(o);
    const auto r = backtest({{"m", "all", frame, naive(4)}}, o);
    REQUIRE(!r);
    return r.error().code;
  };
  CHECK(code([](BacktestOptions& o) { o.horizon = 0; }) == Errc::invalid_argument);
  CHECK(code([](BacktestOptions& o) { o.origins = 0; }) == Errc::invalid_argument);
  CHECK(code([](BacktestOptions& o) { o.share = 1; }) == Errc::invalid_argument);
  CHECK(code([](BacktestOptions& o) { o.levels = {0.9, 0.1}; }) == Errc::invalid_argument);
  CHECK(code([](BacktestOptions& o) { o.levels = {0.0}; }) == Errc::invalid_argument);
  CHECK(code([](BacktestOptions& o) { o.horizons = {5}; }) == Errc::invalid_argument);
  CHECK(code([](BacktestOptions& o) { o.refit_every = Duration(0); }) == Errc::invalid_argument);
  CHECK(code([](BacktestOptions& o) { o.target = "z"; }) == Errc::not_found);
  BacktestOptions o = small();
  o.share = 0.97;
  const auto r = backtest({{"thin", "all", frame, ridge(4)}}, o);
  REQUIRE(!r);
  CHECK(r.error().code == Errc::not_enough_data);
  CHECK(Error(r.error()).what() == doctest::Contains("thin"));
  // What a maker throws reaches the caller from any thread.
  o = small();
  o.threads = 3;
  const ModelMaker broken = []() -> std::unique_ptr<model::Forecaster> {
    throw ConfigError("", "target", "", "a name");
  };
  CHECK_THROWS_AS((void)backtest({{"m", "all", frame, broken}}, o), ConfigError);
}
