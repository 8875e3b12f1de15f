#include "learningplane/model/theta_scan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "model/theta_scan_fit.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

constexpr ThetaScanSettings published{.mode = ThetaScanMode::published};

/// The traces that the published evaluation was made on: 15 s samples, never below 0.1.
std::vector<double> stationary(std::uint64_t seed) {
  support::Noise noise(seed);
  const double mean = noise.uniform(100, 1000);
  std::vector<double> out;
  for (int i = 0; i < 1000; ++i) out.push_back(std::max(0.1, mean + 10 * noise.normal()));
  return out;
}

std::vector<double> trend(std::uint64_t seed) {
  support::Noise noise(seed);
  const double mean = noise.uniform(100, 1000), slope = noise.uniform(0.10, 0.90);
  std::vector<double> out;
  for (int i = 0; i < 1000; ++i)
    out.push_back(std::max(0.1, mean + slope * i + 10 * noise.normal()));
  return out;
}

/// 200 and spikes of 800 for half of the time. @param on samples of a spike
std::vector<double> square(std::uint64_t seed, int on) {
  support::Noise noise(seed);
  std::vector<double> out;
  for (int i = 0; i < 1000; ++i)
    out.push_back(std::max(0.1, 200 + 10 * noise.normal() + (i / on % 2 == 0 ? 0 : 800)));
  return out;
}

/// A season of 24 samples on a trend.
std::vector<double> sine() {
  std::vector<double> out;
  for (int i = 0; i < 480; ++i)
    out.push_back(100 + 0.1 * i + 20 * std::sin(2 * 3.14159265358979323846 * i / 24));
  return out;
}

/// The published rules for one period, written out plainly: centred moving average (of an even
/// period twice, with half weights at the ends), season as means of value over average divided by
/// their mean, a line and simple smoothing of what is left.
double error_by_the_rules(const std::vector<double>& y, std::size_t held, std::size_t period) {
  const std::size_t n = y.size() - held;
  std::vector<double> sum(period), count(period);
  const std::size_t half = period / 2;
  for (std::size_t t = half; t + half < n; ++t) {
    double average = 0;
    for (std::size_t j = t - half; j <= t + half; ++j) {
      const bool edge = period % 2 == 0 && (j == t - half || j == t + half);
      average += y[j] * (edge ? 0.5 : 1.0) / static_cast<double>(period);
    }
    sum[t % period] += y[t] / average;
    count[t % period] += 1;
  }
  double mean = 0;
  for (std::size_t i = 0; i < period; ++i) mean += sum[i] / count[i] / static_cast<double>(period);
  std::vector<double> season(period);
  for (std::size_t i = 0; i < period; ++i) season[i] = sum[i] / count[i] / mean;
  double t_mean = 0, v_mean = 0, up = 0, down = 0;
  for (std::size_t t = 0; t < n; ++t) {
    t_mean += static_cast<double>(t) / static_cast<double>(n);
    v_mean += y[t] / season[t % period] / static_cast<double>(n);
  }
  double level = y[0] / season[0];
  for (std::size_t t = 0; t < n; ++t) {
    const double v = y[t] / season[t % period], d = static_cast<double>(t) - t_mean;
    up += d * (v - v_mean);
    down += d * d;
    level = 0.2 * v + 0.8 * level;
  }
  const double slope = up / down, intercept = v_mean - slope * t_mean;
  std::vector<double> seasonal(held);
  double over = 0;
  for (std::size_t i = 0; i < held; ++i) {
    seasonal[i] = level * season[(n + i) % period];
    over += seasonal[i] / static_cast<double>(held);
  }
  double error = 0;
  for (std::size_t i = 0; i < held; ++i) {
    const double f = seasonal[i] * (slope * static_cast<double>(n + i) + intercept) / over;
    error +=
        2 * std::abs(y[n + i] - f) / (std::abs(y[n + i]) + std::abs(f)) / static_cast<double>(held);
  }
  return error;
}

}  // namespace

TEST_CASE("theta_scan: published, every period's error is that of the rules written out") {
  for (const auto& all : {stationary(3), trend(4), square(5, 24)}) {
    const std::vector<double> y(all.end() - 480, all.end());
    const ScanResult found = value_or_throw(scan(y, published));
    REQUIRE(found.errors.size() == 159);
    std::size_t best = 0;
    double mean = 0;
    for (std::size_t i = 0; i < 159; ++i) {
      CHECK(found.errors[i] == doctest::Approx(error_by_the_rules(y, 60, i + 1)).epsilon(1e-9));
      if (found.errors[i] < found.errors[best]) best = i;
      mean += found.errors[i] / 159;
    }
    CHECK(found.period == best + 1);
    double variance = 0;
    for (const double e : found.errors) variance += (e - mean) * (e - mean) / 159;
    CHECK(found.error_variance == doctest::Approx(variance).epsilon(1e-9));
    CHECK((found.behaviour == Behaviour::stationary ||
           found.behaviour == Behaviour::probably_periodic) == (found.unit_root < 0.01));
    CHECK((found.behaviour == Behaviour::stationary ||
           found.behaviour == Behaviour::probably_constant) == (variance < 0.01));
  }
}

TEST_CASE("theta_scan: the level cancels in the published forecast") {
  const auto y = square(7, 24);
  std::vector<double> slow(50), fast(50), other(50);
  const auto fit = [&](double alpha) {
    return value_or_throw(model::detail::fit_line(y, 48, ThetaScanMode::published, alpha));
  };
  CHECK(std::abs(fit(0.2).level - fit(0.9).level) > 1);
  model::detail::draw_line(fit(0.2), y.size(), ThetaScanMode::published, slow);
  model::detail::draw_line(fit(0.9), y.size(), ThetaScanMode::published, fast);
  for (std::size_t s = 0; s < 50; ++s) CHECK(std::abs(slow[s] - fast[s]) < 1e-10);
}

TEST_CASE("theta_scan: behaviours of the published synthetic traces") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    for (const auto mode : {ThetaScanMode::published, ThetaScanMode::mended}) {
      const ThetaScanSettings settings{.mode = mode};
      CHECK(value_or_throw(scan(stationary(seed), settings)).behaviour == Behaviour::stationary);
      CHECK(value_or_throw(scan(trend(seed), settings)).behaviour == Behaviour::probably_constant);
      const int on = 20 + static_cast<int>(seed) * 2;
      const ScanResult wave = value_or_throw(scan(square(seed, on), settings));
      CHECK((wave.behaviour == Behaviour::periodic ||
             wave.behaviour == Behaviour::probably_periodic));
      CHECK(wave.period % static_cast<std::size_t>(2 * on) == 0);
      if (mode == ThetaScanMode::mended) CHECK(wave.period == static_cast<std::size_t>(2 * on));
      CHECK(wave.history() == wave.period);
    }
  }
}

TEST_CASE("theta_scan: published takes a multiple of the period, mended the period") {
  const ScanResult as_published = value_or_throw(scan(sine(), published));
  CHECK(as_published.errors.size() == 159);
  CHECK(as_published.period == 144);
  CHECK(value_or_throw(scan(sine())).period == 24);
}

TEST_CASE("theta_scan: noise has no period when mended") {
  support::Noise noise(9);
  std::vector<double> y;
  for (int i = 0; i < 480; ++i) y.push_back(300 + 10 * noise.normal());
  CHECK(value_or_throw(scan(y, published)).period > 1);
  const ScanResult mended = value_or_throw(scan(y));
  CHECK(mended.period == 1);
  CHECK(mended.behaviour == Behaviour::stationary);
  CHECK(mended.history() == 20);
}

TEST_CASE("theta_scan: idle containers and negative values, mended; no answer as published") {
  std::vector<double> y(480, 0.0);
  CHECK(scan(y, published).error().code == Errc::unknown_data);
  const ScanResult idle = value_or_throw(scan(y));
  CHECK(idle.period == 1);
  CHECK(idle.behaviour == Behaviour::stationary);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = i % 30 < 5 ? 4.0 : 0.0;
  const ScanResult bursts = value_or_throw(scan(y));
  CHECK(bursts.period == 30);
  ThetaScanMethod method;
  REQUIRE(method.fit(y).has_value());
  CHECK(method.line().kind == features::SeasonKind::additive);
  std::vector<double> out(60);
  method.forecast(out);
  for (std::size_t s = 0; s < 60; ++s) CHECK(std::abs(out[s] - (s % 30 < 5 ? 4.0 : 0.0)) < 0.2);
  for (double& v : y) v -= 10;
  CHECK(value_or_throw(scan(y)).period == 30);
}

TEST_CASE("theta_scan: refuses short and unknown series, looks at the last window only") {
  CHECK(scan(std::vector<double>(7, 1.0)).error().code == Errc::not_enough_data);
  std::vector<double> y = sine();
  y[100] = std::numeric_limits<double>::infinity();
  CHECK(scan(y).error().code == Errc::unknown_data);
  CHECK(scan(y, {.window = 240}).has_value());
  CHECK(scan(y, {.window = 240})->errors.size() == 79);
  CHECK(scan(std::vector<double>{1, 2, 1, 3, 1, 2, 1, 3})->errors.size() == 1);
}

TEST_CASE("theta_scan: short series, mended: every length from eight on has a forecast") {
  for (const bool busy : {false, true}) {
    for (std::size_t n = 8; n <= 60; ++n) {
      CAPTURE(n);
      std::vector<double> y(n, 0.0);
      for (std::size_t i = 0; busy && i < n; ++i) y[i] = i % 4 == 0 ? 5.0 : 1.0;
      ThetaScanMethod method;
      REQUIRE(method.fit(y).has_value());
      CHECK(method.found().errors.size() == std::max<std::size_t>(n / 3, 2) - 1);
      std::vector<double> out(8);
      method.forecast(out);
      for (const double v : out) CHECK(std::isfinite(v));
      // From fifteen values on the period of four is among those tried.
      if (busy && n >= 32) CHECK(method.found().period == 4);
      if (!busy) CHECK(*std::max_element(out.begin(), out.end()) == 0.0);
    }
  }
}

TEST_CASE("theta_scan: as a model, saved and loaded, moving on with new values") {
  const ThetaScanOptions options{.series = {.target = "y", .horizon = 5}};
  ThetaScan model(options);
  const auto y = sine();
  const auto report = model.fit(support::frame_of(y));
  REQUIRE(report.has_value());
  CHECK(report->note == "probably_constant, period 24");
  REQUIRE(model.update(support::frame_of({148.0, 153.0}, 480)).has_value());
  const auto f = model.forecast(24);
  REQUIRE(f.has_value());
  for (std::size_t s = 0; s < 24; ++s) {
    const auto t = static_cast<double>(482 + s);
    CHECK(std::abs(f->mean[s] -
                   (100 + 0.1 * t + 20 * std::sin(2 * 3.14159265358979323846 * t / 24))) < 8);
  }
  ThetaScan loaded(options);
  REQUIRE(loaded.load(model.save()).has_value());
  CHECK(loaded.forecast(24)->mean == f->mean);
  ModelState damaged = model.save();
  damaged.tensors["learned.season"].values.resize(400);
  CHECK(loaded.load(damaged).error().code == Errc::malformed);
  CHECK_THROWS_AS(ThetaScan({.series = {.target = "y"}, .scan = {.window = 3}}), ConfigError);
  CHECK_THROWS_AS(ThetaScan({.series = {.target = "y"}, .scan = {.tolerance = -1}}), ConfigError);
  CHECK_THROWS_AS(theta_scan_mode("fixed"), ConfigError);
}
