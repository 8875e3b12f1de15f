#include "learningplane/model/seasonal_profile.hpp"

#include <doctest/doctest.h>

#include <cmath>

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

/// A square day of 24 steps, and every seventh day idle.
double usual(std::size_t t) {
  const bool idle = t / 24 % 7 == 6;
  return 100 + (t % 24 >= 8 && t % 24 < 18 && !idle ? 40.0 : 0.0);
}

std::vector<double> weeks(std::size_t n, double noise_size = 0) {
  support::Noise noise(11);
  std::vector<double> out;
  for (std::size_t t = 0; t < n; ++t) out.push_back(usual(t) + noise_size * noise.normal());
  return out;
}

}  // namespace

TEST_CASE("seasonal_profile: day and week go on, an outlier in the past changes nothing") {
  std::vector<double> y = weeks(24 * 7 * 5, 1);
  y[24 * 15 + 3] += 5000;
  SeasonalProfileMethod method({{24, 168}});
  REQUIRE(method.fit(y).has_value());
  REQUIRE(method.learned().figures.size() == 2);
  const auto f = ahead(method, 168);
  double error = 0;
  for (std::size_t s = 0; s < 168; ++s) error += std::abs(f[s] - usual(y.size() + s)) / 168;
  CHECK(error < 3);  // the step itself is 40
}

TEST_CASE("seasonal_profile: noise has no shape, and a season needs three repetitions") {
  support::Noise noise(12);
  std::vector<double> y;
  for (int t = 0; t < 480; ++t) y.push_back(50 + 5 * noise.normal());
  SeasonalProfileMethod method({{24, 168}});
  REQUIRE(method.fit(y).has_value());
  CHECK(method.learned().figures.size() == 1);  // 480 is less than three weeks
  double shape = 0;
  for (const double s : method.learned().figures[0]) shape += s * s / 24;
  CHECK(shape < 5.0 * 5 / 20);  // of the noise of a mean of 20, at most as much is left
  for (const double v : ahead(method, 24)) CHECK(v == doctest::Approx(50).epsilon(0.1));
  REQUIRE(method.fit(std::span<const double>(y).first(71)).has_value());
  CHECK(method.learned().figures.empty());
}

TEST_CASE("seasonal_profile: a deviation dies away as fast as it did before") {
  support::Noise noise(13);
  std::vector<double> y;
  double state = 0;
  for (int t = 0; t < 4000; ++t) {
    state = 0.95 * state + noise.normal();
    y.push_back(200 + state);
  }
  SeasonalProfileMethod method({{}, 10});
  REQUIRE(method.fit(y).has_value());
  CHECK(method.learned().usual == doctest::Approx(200).epsilon(0.01));
  CHECK(method.learned().decay == doctest::Approx(0.95).epsilon(0.02));
  method.append(220);
  const auto f = ahead(method, 200);
  CHECK(f[0] > 210);
  CHECK(f[199] == doctest::Approx(200).epsilon(0.01));
  CHECK(f[9] - method.learned().usual ==
        doctest::Approx((f[0] - method.learned().usual) * std::pow(method.learned().decay, 9)));
}

TEST_CASE("seasonal_profile: constants, zeros, short series") {
  SeasonalProfileMethod method({{4}});
  REQUIRE(method.fit(std::vector<double>(30, 7.0)).has_value());
  for (const double v : ahead(method, 9)) CHECK(v == 7);
  REQUIRE(method.fit(std::vector<double>(30, 0.0)).has_value());
  for (const double v : ahead(method, 9)) CHECK(v == 0);
  CHECK(method.fit(std::vector<double>{1, 2, 3}).error().code == Errc::not_enough_data);
  REQUIRE(method.fit(std::vector<double>{1, 2, 3, 4}).has_value());
}

TEST_CASE("seasonal_profile: as a model, saved and loaded; damaged states are refused") {
  const SeasonalProfileOptions options{
      .series = {.target = "y", .horizon = 24},
      .seasons = {{.steps = 168}, {.length = std::chrono::minutes(24)}}};
  SeasonalProfile model(options);
  const auto report = model.fit(support::frame_of(weeks(24 * 7 * 4, 1)));
  REQUIRE(report.has_value());
  CHECK(report->note.find("seasons of 24 and 168 steps") != std::string::npos);
  REQUIRE(model.update(support::frame_of({101}, 24 * 7 * 4)).has_value());
  const std::vector<double> levels{0.1, 0.9};
  const auto f = model.forecast(48, levels);
  REQUIRE(f.has_value());
  SeasonalProfile loaded(options);
  REQUIRE(loaded.load(model.save()).has_value());
  CHECK(loaded.forecast(48, levels)->mean == f->mean);
  CHECK(loaded.forecast(48, levels)->quantiles == f->quantiles);
  ModelState damaged = model.save();
  damaged.tensors["learned.season_0"].values.pop_back();
  CHECK(loaded.load(damaged).error().code == Errc::malformed);
  damaged = model.save();
  damaged.tensors["learned.state"].values[3] = 1.5;
  CHECK(loaded.load(damaged).error().code == Errc::malformed);
  SeasonalProfile odd(
      {.series = {.target = "y"}, .seasons = {{.length = std::chrono::seconds(7)}}});
  CHECK(odd.fit(support::frame_of(weeks(50))).error().code == Errc::invalid_argument);
}

TEST_CASE("seasonal_profile: options from a tree") {
  const Manifest manifest = seasonal_profile_manifest();
  const auto from = [&manifest](Value seasons) {
    return seasonal_profile_options(
        manifest.check(Value::object().set("target", "y").set("seasons", std::move(seasons))));
  };
  CHECK(from(Value("2h")).seasons.size() == 1);
  CHECK(from(Value(std::vector<Value>{Value(12), Value("1d")})).seasons[0].steps == 12);
  CHECK_THROWS_AS((void)from(Value(0)), ConfigError);
  CHECK_THROWS_AS((void)from(Value("soon")), ConfigError);
  const auto fallback =
      seasonal_profile_options(manifest.check(Value::object().set("target", "y")));
  REQUIRE(fallback.seasons.size() == 2);
  CHECK(fallback.seasons[1].length == std::chrono::hours(168));
}
