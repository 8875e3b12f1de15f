#include "learningplane/model/seasonal_ridge.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "learningplane/error.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

std::vector<double> ahead(const SeriesMethod& method, std::size_t steps) {
  std::vector<double> out(steps);
  method.forecast(out);
  return out;
}

double day(std::size_t t) {
  const double x = 2 * std::numbers::pi * static_cast<double>(t) / 24;
  return 50 + 10 * std::sin(x) + 4 * std::cos(3 * x) + (t % 24 == 7 ? 6 : 0);
}

std::vector<double> noisy(std::size_t n, double size) {
  support::Noise noise(5);
  std::vector<double> out;
  for (std::size_t t = 0; t < n; ++t) out.push_back(day(t) + size * noise.normal());
  return out;
}

SeasonalRidgeOptions small() { return {.horizon = 12, .seasons = {24}, .lags = 24}; }

}  // namespace

TEST_CASE("seasonal_ridge: a seasonal series goes on exactly") {
  SeasonalRidgeOptions o = small();
  o.penalty = 1e-9;
  SeasonalRidge method(o);
  REQUIRE(method.fit(noisy(300, 0)).has_value());
  CHECK(method.describe() == "24 lags, season 24");
  const auto f = ahead(method, 30);  // steps beyond the horizon take the weights of the last
  for (std::size_t h = 0; h < 12; ++h) CHECK(f[h] == doctest::Approx(day(300 + h)).epsilon(1e-4));
}

TEST_CASE("seasonal_ridge: with noise it stays near the shape") {
  SeasonalRidge method(small());
  const auto y = noisy(600, 1);
  REQUIRE(method.fit(y).has_value());
  double error = 0, naive = 0;
  const auto f = ahead(method, 12);
  for (std::size_t h = 0; h < 12; ++h) {
    error += std::abs(f[h] - day(600 + h)) / 12;
    naive += std::abs(y.back() - day(600 + h)) / 12;
  }
  CHECK(error < 1.2);
  CHECK(error < 0.3 * naive);
}

TEST_CASE(
    "seasonal_ridge: a shift of the level moves the forecast by as much, from the first step") {
  // All inputs and targets are relative to the last value: a series 1000 higher says the same.
  const auto y = noisy(400, 1);
  std::vector<double> higher = y;
  for (double& v : higher) v += 1000;
  SeasonalRidge low(small()), high(small());
  REQUIRE(low.fit(y).has_value());
  REQUIRE(high.fit(higher).has_value());
  const auto a = ahead(low, 12), b = ahead(high, 12);
  for (std::size_t h = 0; h < 12; ++h) CHECK(b[h] - a[h] == doctest::Approx(1000).epsilon(1e-6));
  // A jump after fit() is followed: two days later nothing of the old level is left.
  for (std::size_t t = 400; t < 448; ++t) low.append(day(t) + 30);
  const auto after = ahead(low, 12);
  for (std::size_t h = 0; h < 12; ++h)
    CHECK(after[h] == doctest::Approx(day(448 + h) + 30).epsilon(0.1));
}

TEST_CASE("seasonal_ridge: a robust loss is not drawn by outliers") {
  auto spiked = noisy(600, 0.5);
  spiked[100] += 400;
  spiked[350] += 400;
  SeasonalRidgeOptions o = small();
  const auto error = [&](int rounds) {
    o.rounds = rounds;
    SeasonalRidge method(o);
    REQUIRE(method.fit(spiked).has_value());
    double sum = 0;
    const auto f = ahead(method, 12);
    for (std::size_t h = 0; h < 12; ++h) sum += std::abs(f[h] - day(600 + h)) / 12;
    return sum;
  };
  CHECK(error(4) < 0.6 * error(0));
}

TEST_CASE("seasonal_ridge: says nothing far beyond what was seen") {
  std::vector<double> y;
  for (std::size_t t = 0; t < 200; ++t) y.push_back(std::exp(static_cast<double>(t) / 10));
  SeasonalRidge method({.horizon = 12, .lags = 12});
  REQUIRE(method.fit(y).has_value());
  for (const double v : ahead(method, 40)) CHECK(v <= 1.25 * y.back());
  std::vector<double> falling;
  for (std::size_t t = 0; t < 200; ++t) falling.push_back(199 - static_cast<double>(t));
  REQUIRE(method.fit(falling).has_value());
  for (const double v : ahead(method, 40)) CHECK(v >= 0);  // it was never negative
}

TEST_CASE("seasonal_ridge: constant, all zero, huge: what was goes on") {
  for (const double level : {0.0, 7.5, -3.0}) {
    SeasonalRidge method(small());
    REQUIRE(method.fit(std::vector<double>(200, level)).has_value());
    for (const double v : ahead(method, 30)) CHECK(v == level);
  }
  std::vector<double> huge;
  for (std::size_t t = 0; t < 200; ++t) huge.push_back((t % 3 == 0 ? 1 : -1) * 1e200);
  SeasonalRidge method(small());
  REQUIRE(method.fit(huge).has_value());
  for (const double v : ahead(method, 12)) CHECK(std::isfinite(v));
}

TEST_CASE("seasonal_ridge: how much it needs, and seasons that are too long") {
  SeasonalRidge method(small());
  const auto too_few = method.fit(noisy(20, 0));
  REQUIRE_FALSE(too_few.has_value());
  CHECK(too_few.error().code == Errc::not_enough_data);
  CHECK(too_few.error().message == "seasonal_ridge: 20 values; 34 are needed for 12 steps");
  // From where it can be learned at all on, every length does: a season never asks for more than
  // there is.
  bool began = false;
  for (std::size_t n = 20; n < 200; ++n) {
    CAPTURE(n);
    SeasonalRidge each({.horizon = 12, .seasons = {24, 48}, .lags = 24});
    const bool fitted = each.fit(noisy(n, 1)).has_value();
    CHECK((fitted || !began));
    began = began || fitted;
  }
  SeasonalRidge both({.horizon = 12, .seasons = {24, 168}, .lags = 24});
  REQUIRE(both.fit(noisy(300, 1)).has_value());
  CHECK(both.describe() == "24 lags, season 24");
  REQUIRE(both.fit(noisy(600, 1)).has_value());
  CHECK(both.describe() == "24 lags, season 24, season 168");
}

TEST_CASE("seasonal_ridge: refused options name key, value and what is allowed") {
  const auto refused = [](SeasonalRidgeOptions o, const char* text) {
    CHECK_THROWS_WITH_AS(SeasonalRidge{o}, doctest::Contains(text), ConfigError);
  };
  refused({.horizon = 0}, "horizon: '0'");
  refused({.lags = 1}, "lags: '1'");
  refused({.penalty = -1}, "penalty: '-1");
  refused({.penalty = std::numeric_limits<double>::quiet_NaN()}, "penalty");
  refused({.huber_delta = 0}, "huber_delta: '0");
  refused({.most_rows = 5}, "most_rows: '5'");
}

TEST_CASE("seasonal_ridge: a copy is apart; state is saved to the last bit, also after append") {
  const auto y = noisy(500, 1);
  SeasonalRidge method(small());
  REQUIRE(method.fit(y).has_value());
  const auto copy = method.clone();
  for (std::size_t t = 0; t < 200; ++t) copy->append(day(500 + t));  // drops old values on the way
  CHECK(ahead(*copy, 20) != ahead(method, 20));
  SeasonalRidge loaded(small());
  loaded.load(copy->save());
  CHECK(ahead(loaded, 20) == ahead(*copy, 20));
  for (std::size_t t = 0; t < 90; ++t) {
    loaded.append(day(700 + t) + 1);
    copy->append(day(700 + t) + 1);
  }
  CHECK(ahead(loaded, 20) == ahead(*copy, 20));
  SeasonalRidge again(small());
  REQUIRE(again.fit(y).has_value());
  CHECK(ahead(again, 20) == ahead(method, 20));
}

TEST_CASE("seasonal_ridge: damaged state is refused and changes nothing") {
  SeasonalRidge method(small());
  REQUIRE(method.fit(noisy(300, 1)).has_value());
  const auto said = ahead(method, 12);
  const auto refused = [&](const char* name, auto change) {
    CAPTURE(name);
    Tensors damaged = method.save();
    change(damaged[name].values);
    CHECK_THROWS_AS(method.load(damaged), FormatError);
    CHECK(ahead(method, 12) == said);
  };
  refused("shape", [](auto& v) { v[0] = 1e9; });
  refused("shape", [](auto& v) { v[0] = 7.5; });
  refused("shape", [](auto& v) { v[1] = 48; });  // the past is then too short
  refused("shape", [](auto& v) { v.push_back(48); });
  refused("shape", [](auto& v) { v.clear(); });
  refused("weights", [](auto& v) { v.pop_back(); });
  refused("intercepts", [](auto& v) { v.push_back(0); });
  refused("past", [](auto& v) { v.pop_back(); });
  refused("range", [](auto& v) { std::swap(v[0], v[1]); });
  for (const char* name : {"shape", "weights", "intercepts", "past", "range"}) {
    Tensors damaged = method.save();
    damaged.erase(name);
    CHECK_THROWS_WITH_AS(method.load(damaged), doctest::Contains(name), FormatError);
  }
  CHECK(ahead(method, 12) == said);
}
