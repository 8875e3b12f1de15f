#include "learningplane/model/trend_fourier.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "support/columns.hpp"

using namespace learningplane;
using namespace learningplane::model;
using support::frame_of;
using support::noise;

namespace {

constexpr std::int64_t step_s = 900;  // 96 a day
double line(std::size_t i) { return 300 + 0.5 * static_cast<double>(i); }
double sine(std::size_t i) { return 80 * std::sin(2 * M_PI * static_cast<double>(i) / 96); }
std::vector<double> made(std::size_t n) {
  std::vector<double> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(line(i) + sine(i));
  return out;
}
TrendFourierOptions plain() { return {.series = {.target = "y", .horizon = 96}}; }

}  // namespace

TEST_CASE("trend_fourier: a line and a sine are recovered to one per cent, in parts") {
  TrendFourier model(plain());
  CHECK_THROWS_AS((void)model.components(1), LogicError);
  REQUIRE(model.fit(frame_of({made(480)}, 0, step_s)).has_value());
  const auto f = model.forecast(96);
  REQUIRE(f.has_value());
  const auto parts = model.components(96);
  REQUIRE(parts.size() == 2);  // a week would need two weeks of history
  CHECK(parts[0].name == "trend");
  CHECK(parts[1].name == "1d");
  for (std::size_t s = 0; s < 96; ++s) {
    const double truth = line(480 + s) + sine(480 + s);
    CHECK(std::abs(f->mean[s] - truth) < 0.01 * truth);
    CHECK(std::abs(parts[0].values[s] - line(480 + s)) < 0.01 * line(480 + s));
    CHECK(std::abs(parts[1].values[s] - sine(480 + s)) < 0.01 * 80);
    CHECK(parts[0].values[s] + parts[1].values[s] == doctest::Approx(f->mean[s]));
  }
}

TEST_CASE("trend_fourier: outliers and unknown values do not move it") {
  std::vector<double> y = made(480);
  for (std::size_t i = 7; i < y.size(); i += 23) y[i] += 4000;
  for (std::size_t i = 100; i < 106; ++i) y[i] = std::nan("");
  TrendFourier model(plain());
  REQUIRE(model.fit(frame_of({y}, 0, step_s)).has_value());
  const auto f = model.forecast(96);
  REQUIRE(f.has_value());
  for (std::size_t s = 0; s < 96; ++s)
    CHECK(std::abs(f->mean[s] - line(480 + s) - sine(480 + s)) < 0.02 * line(480 + s));
}

TEST_CASE("trend_fourier: the trend bends, and what bends last counts most") {
  std::vector<double> y;
  for (std::size_t i = 0; i < 600; ++i)
    y.push_back(i < 300 ? 100 : 100 + 2 * static_cast<double>(i - 300));
  TrendFourierOptions o = plain();
  o.seasons.clear();
  TrendFourier bends(o);
  o.changepoints = 0;
  TrendFourier straight(o);
  REQUIRE(bends.fit(frame_of({y}, 0, step_s)).has_value());
  REQUIRE(straight.fit(frame_of({y}, 0, step_s)).has_value());
  const double truth = 100 + 2 * 310.0;
  CHECK(std::abs(bends.forecast(11)->mean[10] - truth) < 0.05 * truth);
  CHECK(std::abs(straight.forecast(11)->mean[10] - truth) > 0.1 * truth);
}

TEST_CASE("trend_fourier: lags follow what trend and season do not know, for each step") {
  std::vector<double> y = made(960);
  double wander = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    wander = 0.95 * wander + 40 * noise(i, 0.77);
    y[i] += wander;
  }
  TrendFourierOptions o = plain();
  o.series.horizon = 4;
  TrendFourier blind(o);
  o.lags = 3;
  TrendFourier model(o);
  const auto all = frame_of({y}, 0, step_s);
  double own = 0, without = 0;
  for (TrendFourier* m : {&model, &blind}) {
    REQUIRE(m->fit(all.slice(0, 700)).has_value());
    for (std::size_t origin = 700; origin < 950; ++origin) {
      double& sum = m == &model ? own : without;
      sum += std::abs(m->forecast(1)->mean[0] - y[origin]);
      REQUIRE(m->update(all.slice(origin, 1)).has_value());
    }
  }
  CHECK(own < 0.6 * without);
  // Beyond the learned steps the forecasts themselves are looked at.
  const auto f = model.forecast(10);
  const auto parts = model.components(10);
  CHECK(parts.back().name == "lags");
  for (std::size_t s = 0; s < 10; ++s) {
    double sum = 0;
    for (const Component& c : parts) sum += c.values[s];
    CHECK(sum == doctest::Approx(f->mean[s]));
    CHECK(std::isfinite(sum));
  }
}

TEST_CASE("trend_fourier: as published no forecast is negative or broken") {
  std::vector<double> y;
  for (std::size_t i = 0; i < 480; ++i)
    y.push_back(10.5 + 12 * std::sin(2 * M_PI * static_cast<double>(i) / 96));
  TrendFourierOptions o = plain();
  o.as_published = true;
  TrendFourier model(o);
  REQUIRE(model.fit(frame_of({y}, 0, step_s)).has_value());
  const auto f = model.forecast(96);
  CHECK(*std::min_element(f->mean.begin(), f->mean.end()) == 0);
  for (const double v : f->mean) CHECK(v == std::trunc(v));
}

TEST_CASE("trend_fourier: save and load, with and without lags") {
  for (const std::size_t lags : {0, 5}) {
    TrendFourierOptions o = plain();
    o.series.horizon = 6;
    o.lags = lags;
    TrendFourier model(o), again(o);
    REQUIRE(model.fit(frame_of({made(480)}, 0, step_s)).has_value());
    REQUIRE(model.update(frame_of({{1, 2, 3}}, 480 * step_s, step_s)).has_value());
    const ModelState state = model.save();
    REQUIRE(again.load(state).has_value());
    const std::vector<double> levels{0.1, 0.9};
    CHECK(again.forecast(9, levels)->mean == model.forecast(9, levels)->mean);
    CHECK(again.forecast(9, levels)->quantiles == model.forecast(9, levels)->quantiles);
    CHECK(again.components(2)[1].name == "1d");
    for (const char* name : {"seasons", "knots", "past", "weights", "state"}) {
      ModelState broken = state;
      broken.tensors.erase(std::string("learned.") + name);
      CHECK(again.load(broken).error().code == Errc::malformed);
    }
    ModelState broken = state;
    broken.tensors.at("learned.seasons").values[2] = 7;
    CHECK(again.load(broken).error().code == Errc::malformed);
  }
}

TEST_CASE("trend_fourier: constant, idle, short and unknown series; options by name") {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  TrendFourier model(plain());
  for (const double constant : {0.0, 5.0, -1e9}) {
    REQUIRE(model.fit(frame_of({std::vector<double>(400, constant)}, 0, step_s)).has_value());
    const auto f = model.forecast(5);
    REQUIRE(f.has_value());
    for (const double v : f->mean) CHECK(v == doctest::Approx(constant));
  }
  CHECK(model.fit(frame_of({{1, 2}}, 0, step_s)).error().code == Errc::not_enough_data);
  CHECK_FALSE(model.fit(frame_of({std::vector<double>(90, nan)}, 0, step_s)).has_value());
  CHECK_FALSE(model.fit(frame_of({std::vector<double>(90, inf)}, 0, step_s)).has_value());
  const auto options = [](const Value& seasons) {
    return trend_fourier_options(
        trend_fourier_manifest().check(Value::object().set("target", "y").set("seasons", seasons)));
  };
  const auto o = options(Value(Value::Array{Value("2h:4"), Value(96), Value("288:2")}));
  REQUIRE(o.seasons.size() == 3);
  CHECK(o.seasons[0].season.length == std::chrono::hours(2));
  CHECK(o.seasons[0].order == 4);
  CHECK(o.seasons[1].season.steps == 96);
  CHECK(o.seasons[2].season.steps == 288);
  CHECK(o.seasons[2].order == 2);
  for (const char* bad : {"1d:0", "1d:x", "none", "soon", "1d:", ":3"})
    CHECK_THROWS_WITH_AS(options(Value(Value::Array{Value(bad)})), doctest::Contains("seasons"),
                         ConfigError);
  TrendFourierOptions wrong = plain();
  wrong.penalty = 0;
  CHECK_THROWS_WITH_AS(TrendFourier{wrong}, doctest::Contains("penalty"), ConfigError);
  wrong = plain();
  wrong.changepoint_range = 1.5;
  CHECK_THROWS_WITH_AS(TrendFourier{wrong}, doctest::Contains("changepoint_range"), ConfigError);
}
