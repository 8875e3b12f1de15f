#include "learningplane/model/dlinear.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "learningplane/model/nlinear.hpp"
#include "support/columns.hpp"

using namespace learningplane;
using namespace learningplane::model;
using support::frame_of;

namespace {

DLinearOptions small() {
  return {.window = {.target = "y", .lags = 48, .horizon = 12}, .kernel = 5, .penalty = 1e-8};
}

std::vector<double> wave(std::size_t n) {
  std::vector<double> out;
  for (std::size_t i = 0; i < n; ++i) {
    const auto t = static_cast<double>(i);
    out.push_back(1e6 + 3 * t + 500 * std::sin(2 * M_PI * t / 24));
  }
  return out;
}

}  // namespace

TEST_CASE("dlinear: a line and a sine go on, also far from zero") {
  DLinear model(small());
  const std::vector<double> all = wave(500);
  REQUIRE(model.fit(frame_of({{all.begin(), all.begin() + 480}})).has_value());
  const auto f = model.forecast(12);
  REQUIRE(f.has_value());
  for (std::size_t s = 0; s < 12; ++s) CHECK(std::abs(f->mean[s] - all[480 + s]) < 5);
}

TEST_CASE("dlinear: save and load, options by name") {
  DLinear model(small()), again(small());
  REQUIRE(model.fit(frame_of({wave(300)})).has_value());
  const ModelState state = model.save();
  REQUIRE(again.load(state).has_value());
  const std::vector<double> levels{0.1, 0.9};
  CHECK(again.forecast(12, levels)->mean == model.forecast(12, levels)->mean);
  CHECK(again.forecast(12, levels)->quantiles == model.forecast(12, levels)->quantiles);
  ModelState broken = state;
  broken.tensors.erase("learned.rest");
  CHECK(again.load(broken).error().code == Errc::malformed);
  broken = state;
  broken.tensors.at("learned.scaling").values[1] = 0;
  CHECK(again.load(broken).error().code == Errc::malformed);
  DLinearOptions o = small();
  o.kernel = 4;
  CHECK_THROWS_WITH_AS(DLinear{o}, doctest::Contains("kernel"), ConfigError);
  o = small();
  o.penalty = 0;
  CHECK_THROWS_WITH_AS(DLinear{o}, doctest::Contains("penalty"), ConfigError);
  o = small();
  o.window.inputs = {"x"};
  CHECK_THROWS_WITH_AS(DLinear{o}, doctest::Contains("channels"), ConfigError);
}

TEST_CASE("dlinear, nlinear: what cannot be learned from") {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  NLinear nlinear({.window = {.target = "y", .lags = 8, .horizon = 2}});
  DLinear dlinear({.window = {.target = "y", .lags = 8, .horizon = 2}});
  const std::vector<Forecaster*> both{&nlinear, &dlinear};
  for (Forecaster* model : both) {
    CHECK(model->fit(frame_of({{1, 2, 3}})).error().code == Errc::not_enough_data);
    CHECK(model->fit(frame_of({std::vector<double>(100, nan)})).error().code ==
          Errc::not_enough_data);
    CHECK(model->fit(frame_of({std::vector<double>(100, inf)})).error().code ==
          Errc::not_enough_data);
    std::vector<double> gapped = wave(200);
    for (std::size_t i = 0; i < gapped.size(); i += 9) gapped[i] = nan;
    CHECK(model->fit(frame_of({gapped})).error().code == Errc::not_enough_data);
    for (const double constant : {0.0, 7.5, -1e12}) {
      REQUIRE(model->fit(frame_of({std::vector<double>(100, constant)})).has_value());
      CHECK(model->forecast(2)->mean == std::vector<double>(2, constant));
    }
  }
}

TEST_CASE("nlinear: gaps split the windows, and the sums along the series notice") {
  // Two stretches with a hole between: the same windows, one by one, give the same map.
  std::vector<double> y = wave(300);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += 40 * support::noise(i, 0.3);
  y[150] = std::nan("");
  const WindowedOptions window{.target = "y", .lags = 10, .horizon = 3};
  NLinear cut({.window = window}), packed({.window = window});
  REQUIRE(cut.fit(frame_of({y})).has_value());
  std::vector<double> windows, targets;
  for (std::size_t first = 0; first + 13 <= y.size(); ++first) {
    if (first <= 150 && first + 13 > 150) continue;
    windows.insert(windows.end(), y.begin() + static_cast<long>(first),
                   y.begin() + static_cast<long>(first) + 10);
    targets.insert(targets.end(), y.begin() + static_cast<long>(first) + 10,
                   y.begin() + static_cast<long>(first) + 13);
  }
  REQUIRE(packed.fit_windows({windows, targets.size() / 3, 10}, targets).has_value());
  const auto& a = cut.learned().at("weights").values;
  const auto& b = packed.learned().at("weights").values;
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]).epsilon(1e-8));
}
