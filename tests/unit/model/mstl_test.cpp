#include "learningplane/model/mstl.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

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

double two_seasons(std::size_t t) {
  const double x = 2 * std::numbers::pi * static_cast<double>(t);
  return 60 + 10 * std::sin(x / 12) + 6 * std::cos(x / 84);
}

std::vector<double> series(std::size_t n) {
  support::Noise noise(21);
  std::vector<double> out;
  for (std::size_t t = 0; t < n; ++t) out.push_back(two_seasons(t) + 0.5 * noise.normal());
  return out;
}

}  // namespace

TEST_CASE("mstl: two seasons are found and go on") {
  const auto y = series(840);
  for (const MstlRest rest : {MstlRest::ets, MstlRest::theta}) {
    MstlMethod method({{12, 84}, rest});
    REQUIRE(method.fit(y).has_value());
    REQUIRE(method.figures().size() == 2);
    double sum = 0;
    for (const double s : method.figures()[0]) sum += s / 12;
    CHECK(std::abs(sum) < 0.2);
    const auto f = ahead(method, 84);
    double error = 0;
    for (std::size_t s = 0; s < 84; ++s) error += std::abs(f[s] - two_seasons(840 + s)) / 84;
    CHECK(error < 0.6);
  }
}

TEST_CASE("mstl: the shape may change slowly") {
  std::vector<double> y;
  for (std::size_t t = 0; t < 480; ++t) {
    const double size = static_cast<double>(t) / 480;  // a season that grows from nothing
    y.push_back(10 + 8 * size * std::sin(2 * std::numbers::pi * static_cast<double>(t) / 12));
  }
  MstlMethod slow({{12}, MstlRest::ets, 40}), quick({{12}, MstlRest::ets, 5});
  REQUIRE(slow.fit(y).has_value());
  REQUIRE(quick.fit(y).has_value());
  CHECK(quick.figures()[0][3] > slow.figures()[0][3] + 0.5);
  CHECK(quick.figures()[0][3] == doctest::Approx(8).epsilon(0.1));
}

TEST_CASE("mstl: constants, short series, seasons that do not fit") {
  MstlMethod method({{12, 84}});
  REQUIRE(method.fit(std::vector<double>(100, 3.0)).has_value());
  CHECK(method.figures().size() == 1);
  for (const double v : ahead(method, 30)) CHECK(v == doctest::Approx(3));
  REQUIRE(method.fit(std::vector<double>(10, 3.0)).has_value());
  CHECK(method.figures().empty());
  CHECK(method.fit(std::vector<double>{1, 2, 3}).error().code == Errc::not_enough_data);
  CHECK_THROWS_AS(MstlMethod({{12}, MstlRest::ets, 2}), ConfigError);
  CHECK_THROWS_AS(mstl_rest("arima"), ConfigError);
}

TEST_CASE("mstl: a copy is whole and apart; state is saved whole") {
  const auto y = series(300);
  MstlMethod method({{12, 84}, MstlRest::theta});
  REQUIRE(method.fit(y).has_value());
  const auto said = ahead(method, 20);
  const auto copy = method.clone();
  CHECK(ahead(*copy, 20) == said);
  copy->append(500);
  CHECK(ahead(method, 20) == said);
  CHECK(ahead(*copy, 1)[0] > said[1] + 10);
  MstlMethod loaded({{12, 84}, MstlRest::theta});
  loaded.load(method.save());
  CHECK(ahead(loaded, 20) == said);
  Tensors damaged = method.save();
  damaged["season_0"].values.pop_back();
  CHECK_THROWS_AS(loaded.load(damaged), FormatError);
  damaged = method.save();
  damaged.erase("rest_state");
  CHECK_THROWS_AS(loaded.load(damaged), FormatError);
  CHECK(ahead(loaded, 20) == said);
}

TEST_CASE("mstl: as a model of a frame") {
  const MstlOptions options{.series = {.target = "y", .horizon = 12},
                            .seasons = {{.steps = 12}, {.steps = 84}}};
  Mstl model(options);
  const auto report = model.fit(support::frame_of(series(500)));
  REQUIRE(report.has_value());
  CHECK(report->note.find("seasons of 12 and 84 steps; the rest: A") != std::string::npos);
  const auto f = model.forecast(24);
  REQUIRE(f.has_value());
  for (std::size_t s = 0; s < 24; ++s) CHECK(std::abs(f->mean[s] - two_seasons(500 + s)) < 3);
  Mstl loaded(options);
  REQUIRE(loaded.load(model.save()).has_value());
  CHECK(loaded.forecast(24)->mean == f->mean);
}
