#include "learningplane/selection/backtest_many.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/registries.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::selection;

namespace {

constexpr std::int64_t hour_ns = 3'600'000'000'000;

const Registry<model::Forecaster>& models() {
  static const Registries all = [] {
    Registries r;
    register_core(r);
    return r;
  }();
  return all.forecasters;
}

std::vector<ManySeries> ramps() {
  std::vector<ManySeries> out;
  for (std::size_t s = 1; s <= 5; ++s) {
    std::vector<double> y;
    for (std::size_t t = 0; t < 100; ++t) y.push_back(static_cast<double>(s * t));
    out.push_back({.id = std::to_string(s), .values = std::move(y), .step_ns = hour_ns});
  }
  out[2].values = std::vector<double>{1, 2, 3};
  return out;
}

}  // namespace

TEST_CASE("backtest_many: naive on ramps misses by slope times mean step") {
  evaluation::BacktestOptions settings;
  settings.origins = 10;
  for (const std::size_t threads : {1, 3}) {
    std::vector<ManyScore> rows;
    const auto sum =
        backtest_many(source_of(ramps()),
                      {.kind = "naive", .horizon = 4, .levels = {0.1, 0.9}, .threads = threads},
                      settings, models(), [&rows](ManyScore&& r) { rows.push_back(std::move(r)); });
    REQUIRE(sum.has_value());
    CHECK(sum->series == 5);
    CHECK(sum->failed == 1);
    for (std::size_t s = 0; s < 5; ++s) {
      CHECK(rows[s].index == s);
      if (s == 2) {
        CHECK(rows[s].score.error().code == Errc::not_enough_data);
        continue;
      }
      REQUIRE(rows[s].score.has_value());
      CHECK(rows[s].origins == 10);
      CHECK(rows[s].fits == 10);
      CHECK(rows[s].score->n == 40);
      CHECK(rows[s].score->mae == doctest::Approx(static_cast<double>(s + 1) * 2.5));
      CHECK(rows[s].score->pinball.size() == 2);
    }
  }
}

TEST_CASE("backtest_many: the same as a backtest of the series alone") {
  support::Noise noise(3);
  std::vector<double> y;
  for (std::size_t t = 0; t < 200; ++t)
    y.push_back(std::sin(static_cast<double>(t) * 0.26) + 0.1 * noise.normal());
  const std::vector<ManySeries> series{{.id = "a", .values = y, .step_ns = hour_ns}};
  evaluation::BacktestOptions settings;
  settings.origins = 5;
  settings.refit = evaluation::Refit::never;
  ManyScore row;
  REQUIRE(backtest_many(source_of(series), {.kind = "theta", .horizon = 6, .levels = {0.05, 0.95}},
                        settings, models(), [&row](ManyScore&& r) { row = std::move(r); }));
  settings.target = "y";
  settings.horizon = 6;
  settings.horizons = {6};
  const auto alone = evaluation::backtest(
      {{.name = "theta",
        .frame = support::frame_of(y, 0, "y", hour_ns),
        .make =
            [] {
              return models().build("theta", Value::object().set("target", "y").set("horizon", 6));
            }}},
      settings);
  REQUIRE(alone.has_value());
  REQUIRE(row.score.has_value());
  CHECK(row.fits == 1);
  CHECK(row.score->mae == alone->front().horizons[0].mae);
  CHECK(row.score->mase == alone->front().horizons[0].mase);
  CHECK(row.score->pinball == alone->front().horizons[0].pinball);
}

TEST_CASE("backtest_many: wrong settings are told once") {
  const auto ask = [](const ManyOptions& o, const evaluation::BacktestOptions& settings) {
    return backtest_many(source_of(ramps()), o, settings, models(),
                         [](ManyScore&&) { FAIL("a result"); });
  };
  evaluation::BacktestOptions share;
  share.share = 2;
  CHECK(ask({.kind = "naive"}, share).error().code == Errc::invalid_argument);
  CHECK(ask({.kind = "naive", .horizon = 0}, {}).error().code == Errc::invalid_argument);
  CHECK_THROWS_AS((void)ask({.kind = "nothing"}, {}), ConfigError);
}
