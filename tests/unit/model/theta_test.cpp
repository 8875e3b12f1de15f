#include "learningplane/model/theta.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "support/reference.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

std::vector<double> ahead(const SeriesMethod& method, std::size_t steps) {
  std::vector<double> out(steps);
  method.forecast(out);
  return out;
}

}  // namespace

TEST_CASE("theta: statsforecast's forecasts at equal settings, and never a larger loss") {
  const Value reference = support::reference("classical_reference.json");
  for (const Value& e : reference.find("theta")->as_array()) {
    const auto variant = theta_variant(support::text(e, "variant"));
    const std::string name = support::text(e, "series");
    CAPTURE(name);
    CAPTURE(support::text(e, "variant"));
    ThetaMethod method({support::count(e, "season"), variant});
    const auto y = support::list(*reference.find("series"), name);
    REQUIRE(method.fit(y).has_value());
    const double loss = e.find("loss")->as_double();
    CHECK(method.learned().loss <= loss * (1 + 1e-6));
    // Their simplex stops early where theta matters little: then only the losses compare.
    if (method.learned().loss < loss * (1 - 1e-4)) continue;
    const auto expected = support::list(e, "forecast");
    const auto found = ahead(method, expected.size());
    double magnitude = 0;
    for (const double v : expected) magnitude += std::abs(v) / static_cast<double>(expected.size());
    for (std::size_t s = 0; s < expected.size(); ++s)
      CHECK(std::abs(found[s] - expected[s]) < 1e-3 * magnitude);
  }
}

TEST_CASE(
    "theta: standard variants keep theta at 2 and find the same alpha on every made-up series") {
  const Value reference = support::reference("classical_reference.json");
  std::size_t seen = 0;
  for (const Value& e : reference.find("theta")->as_array()) {
    const auto variant = theta_variant(support::text(e, "variant"));
    if (variant != ThetaVariant::stm && variant != ThetaVariant::dstm) continue;
    ThetaMethod method({support::count(e, "season"), variant});
    REQUIRE(method.fit(support::list(*reference.find("series"), support::text(e, "series")))
                .has_value());
    CHECK(method.learned().theta == 2);
    CHECK(method.learned().alpha == doctest::Approx(e.find("alpha")->as_double()).epsilon(1e-2));
    ++seen;
  }
  CHECK(seen == 12);
}

TEST_CASE("theta: a line goes on as a line, a constant stays") {
  std::vector<double> line;
  for (int i = 0; i < 40; ++i) line.push_back(7 + 0.5 * i);
  for (const char* variant : {"auto", "stm", "otm", "dstm", "dotm"}) {
    ThetaMethod method({1, theta_variant(variant)});
    REQUIRE(method.fit(std::vector<double>(20, 3.5)).has_value());
    for (const double v : ahead(method, 5)) CHECK(v == doctest::Approx(3.5));
    REQUIRE(method.fit(std::vector<double>(20, 0.0)).has_value());
    for (const double v : ahead(method, 5)) CHECK(v == 0);
    REQUIRE(method.fit(line).has_value());
    CHECK(ahead(method, 1)[0] == doctest::Approx(27).epsilon(0.05));
  }
}

TEST_CASE("theta: zero and negative values get an additive season, positive ones a factor") {
  std::vector<double> y, moved;
  support::Noise noise(1);
  for (int i = 0; i < 96; ++i) {
    const double s = std::sin(2 * 3.14159265358979 * i / 12);
    y.push_back(3 * s + 0.1 * noise.normal());
    moved.push_back(y.back() + 20);
  }
  ThetaMethod method({12});
  REQUIRE(method.fit(y).has_value());
  CHECK(method.season_kind() == features::SeasonKind::additive);
  CHECK(method.season().size() == 12);
  for (std::size_t s = 0; s < 24; ++s)
    CHECK(std::abs(ahead(method, 24)[s] -
                   3 * std::sin(2 * 3.14159265358979 * static_cast<double>(96 + s) / 12)) < 0.3);
  REQUIRE(method.fit(moved).has_value());
  CHECK(method.season_kind() == features::SeasonKind::multiplicative);
  CHECK(method.describe().find("multiplicative season of 12 steps") != std::string::npos);
  REQUIRE(method.fit(std::span<const double>(y).first(20)).has_value());  // less than two seasons
  CHECK(method.season().empty());
}

TEST_CASE("theta: append is what a longer series with the same parameters would say") {
  support::Noise noise(2);
  std::vector<double> y;
  for (int i = 0; i < 90; ++i) y.push_back(40 + 0.1 * i + noise.normal());
  for (const char* variant : {"stm", "dotm"}) {
    ThetaMethod method({1, theta_variant(variant)});
    REQUIRE(method.fit(std::span<const double>(y).first(80)).has_value());
    const auto said = ahead(method, 3);
    // A forecast is what would come if the forecast came.
    ThetaMethod rolled(method);
    rolled.append(said[0]);
    CHECK(ahead(rolled, 2)[0] == doctest::Approx(said[1]).epsilon(1e-12));
    for (std::size_t t = 80; t < 90; ++t) method.append(y[t]);
    CHECK(method.learned().state.count == 90);
    // The dynamic line is the least squares line of all values, the static one stays.
    if (std::string(variant) == "dotm") {
      double moment = 0, mean = 0;
      for (std::size_t t = 0; t < 90; ++t) mean += y[t] / 90;
      for (std::size_t t = 0; t < 90; ++t)
        moment += (y[t] - mean) * (static_cast<double>(t) - 44.5);
      CHECK(method.learned().state.slope ==
            doctest::Approx(moment / (90.0 * (90 * 90 - 1) / 12)).epsilon(1e-9));
    }
  }
}

TEST_CASE("theta: refuses short series and unknown names; a damaged state is a FormatError") {
  ThetaMethod method;
  CHECK(method.fit(std::vector<double>{1, 2, 3}).error().code == Errc::not_enough_data);
  CHECK_THROWS_AS(theta_variant("best"), ConfigError);
  REQUIRE(method.fit(std::vector<double>{1, 2, 1, 3, 2}).has_value());
  Tensors saved = method.save();
  ThetaMethod copy;
  copy.load(saved);
  CHECK(ahead(copy, 4) == ahead(method, 4));
  saved["parameters"].values[0] = 9;
  CHECK_THROWS_AS(copy.load(saved), FormatError);
  saved = method.save();
  saved["season"] = {{2}, {1, 1}};
  CHECK_THROWS_AS(copy.load(saved), FormatError);
  saved.erase("state");
  CHECK_THROWS_AS(copy.load(saved), FormatError);
  CHECK(ahead(copy, 4) == ahead(method, 4));  // as it was
}

TEST_CASE("theta: as a model of a frame, saved and loaded") {
  std::vector<double> y;
  for (int i = 0; i < 200; ++i) y.push_back(50 + 10 * std::sin(2 * 3.14159265358979 * i / 24));
  const ThetaOptions options{.series = {.target = "y", .horizon = 6},
                             .season = {.length = std::chrono::minutes(24)}};
  Theta model(options);
  const auto report = model.fit(support::frame_of(y));
  REQUIRE(report.has_value());
  CHECK(report->note.find("season of 24 steps") != std::string::npos);
  const std::vector<double> levels{0.05, 0.95};
  const auto f = model.forecast(30, levels);
  REQUIRE(f.has_value());
  for (std::size_t s = 0; s < 30; ++s)
    CHECK(f->mean[s] == doctest::Approx(50 + 10 * std::sin(2 * 3.14159265358979 *
                                                           static_cast<double>(200 + s) / 24))
                            .epsilon(0.01));
  Theta loaded(options);
  REQUIRE(loaded.load(model.save()).has_value());
  CHECK(loaded.forecast(30, levels)->quantiles == f->quantiles);
  Theta other({.series = {.target = "y", .horizon = 6}, .variant = ThetaVariant::stm});
  CHECK(other.load(model.save()).error().code == Errc::malformed);
  Theta odd({.series = {.target = "y"}, .season = {.length = std::chrono::seconds(90)}});
  CHECK(odd.fit(support::frame_of(y)).error().code == Errc::invalid_argument);
}
