#include "learningplane/model/ridge.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "support/columns.hpp"

using namespace learningplane;
using namespace learningplane::model;
using support::frame_of;
using support::noise;

namespace {

RidgeOptions small(std::size_t lags, std::size_t horizon) {
  RidgeOptions o;
  o.window = {.target = "y", .lags = lags, .horizon = horizon};
  o.penalties = {1e-6};
  return o;
}

std::vector<double> autoregressive(std::size_t n) {
  std::vector<double> y{1, 0.5};
  for (std::size_t i = 2; i < n; ++i)
    y.push_back(1.2 * y[i - 1] - 0.5 * y[i - 2] + 4 + noise(i, 0.2));
  return y;
}

constexpr std::int64_t monday_s = 1'716'163'200;  // 2024-05-20T00:00:00Z

}  // namespace

TEST_CASE("ridge: recursive steps are one step fed back, for any number of steps") {
  const std::vector<double> y = autoregressive(400);
  RidgeOptions o = small(2, 5);
  o.input_range = features::OutOfRange::keep;
  o.window.strategy = Strategy::recursive;
  Ridge model(o);
  REQUIRE(model.fit(frame_of({y})).has_value());
  const auto& weights = model.learned().at("weights").values;
  REQUIRE(weights.size() == 2);  // one step
  const auto& offset = model.learned().at("offset").values;
  const auto& scale = model.learned().at("scale").values;
  double older = y[398], newer = y[399];
  const auto f = model.forecast(30, std::vector<double>{0.1, 0.9});
  REQUIRE(f.has_value());
  for (std::size_t s = 0; s < 30; ++s) {
    const double next = model.learned().at("intercept").values[0] +
                        weights[0] * (older - offset[0]) / scale[0] +
                        weights[1] * (newer - offset[1]) / scale[1];
    CHECK(f->mean[s] == doctest::Approx(next).epsilon(1e-12));
    older = newer;
    newer = next;
  }
  // Errors are those of each step, fed back as the forecasts are.
  CHECK(f->quantile(4, 1) - f->quantile(4, 0) > f->quantile(0, 1) - f->quantile(0, 0));
  Ridge again(o);
  REQUIRE(again.load(model.save()).has_value());
  CHECK(again.forecast(30)->mean == f->mean);
}

TEST_CASE("ridge: other inputs stay at their last value where steps are fed back") {
  std::vector<double> y{0}, x;
  for (std::size_t i = 0; i < 300; ++i) {
    x.push_back(noise(i, 0.4));
    y.push_back(0.5 * y.back() + 2 * x[i]);
  }
  y.pop_back();
  RidgeOptions o = small(1, 3);
  o.window.inputs = {"x"};
  o.window.strategy = Strategy::recursive;
  o.input_range = features::OutOfRange::keep;
  Ridge model(o);
  REQUIRE(model.fit(frame_of({y, x})).has_value());
  double at = y.back();
  const auto f = model.forecast(3);
  REQUIRE(f.has_value());
  for (const double mean : f->mean) {
    at = 0.5 * at + 2 * x.back();
    CHECK(mean == doctest::Approx(at).epsilon(1e-5));
  }
}

TEST_CASE("ridge: the calendar of the first step ahead explains what lags cannot") {
  // Load on weekends only, hour of the day added: of the lag alone nothing can be seen.
  std::vector<double> y;
  for (std::size_t i = 0; i < 24 * 35; ++i) {
    const std::size_t day = i / 24 % 7;
    y.push_back((day >= 5 ? 10 : 0) + 3 * std::sin(2 * M_PI * static_cast<double>(i % 24) / 24) +
                0.01 * noise(i, 0.6));
  }
  RidgeOptions o = small(1, 1);
  Ridge blind(o);
  o.window.calendar = {"day", "weekend"};
  Ridge model(o);
  const telemetry::Frame all = frame_of({y}, monday_s, 3600);
  REQUIRE(blind.fit(all.slice(0, 24 * 33)).has_value());
  REQUIRE(model.fit(all.slice(0, 24 * 33)).has_value());
  // Saturday 00:00 comes next, and nothing before it says so.
  CHECK(std::abs(model.forecast(1)->mean[0] - y[24 * 33]) < 0.05);
  CHECK(std::abs(blind.forecast(1)->mean[0] - y[24 * 33]) > 5);
  CHECK(model.columns() == std::vector<std::string>{"y"});
  Ridge again(o);
  REQUIRE(again.load(model.save()).has_value());
  CHECK(again.forecast(1)->mean == model.forecast(1)->mean);
  const std::vector<double> window{1, 2};
  CHECK(model.fit_windows({window, 2, 1}, window).error().code == Errc::invalid_argument);
  // Fed back, each step has its own time: through the weekend and out of it.
  o.window.strategy = Strategy::recursive;
  o.window.horizon = 4;
  Ridge recursive(o);
  REQUIRE(recursive.fit(all.slice(0, 24 * 33)).has_value());
  const auto f = recursive.forecast(48);
  for (std::size_t s = 0; s < 48; ++s) CHECK(std::abs(f->mean[s] - y[24 * 33 + s]) < 0.1);
  o.window.zone = "Mars/Phobos";
  CHECK_THROWS_WITH_AS(Ridge{o}, doctest::Contains("zone"), ConfigError);
}

TEST_CASE("ridge: differences to the last value follow a level never seen") {
  std::vector<double> y;
  for (std::size_t i = 0; i < 300; ++i) y.push_back(5 + noise(i, 0.9));
  RidgeOptions o = small(4, 2);
  o.penalties = {100};
  Ridge level(o);
  o.output = RidgeOutput::residual;
  Ridge residual(o);
  const std::vector<double> shifted(4, 1000);
  for (Ridge* model : {&level, &residual}) {
    REQUIRE(model->fit(frame_of({y})).has_value());
    REQUIRE(model->update(frame_of({shifted}, 300 * 15)).has_value());
  }
  CHECK(std::abs(residual.forecast(2)->mean[1] - 1000) < 2);
  CHECK(level.forecast(2)->mean[1] < 10);  // at the edge of what it saw
}

TEST_CASE("ridge: quantile heads widen where the series does") {
  // The spread is that of x, which is seen a step before: constant error quantiles cannot follow.
  std::vector<double> y{0}, x;
  for (std::size_t i = 0; i < 2000; ++i) {
    x.push_back(static_cast<double>(i / 100 % 2));
    y.push_back(10 + (1 + 9 * x[i]) * noise(i, 0.35));
  }
  y.pop_back();
  RidgeOptions o = small(1, 2);
  o.window.inputs = {"x"};
  o.levels = {0.1, 0.9};
  Ridge model(o);
  REQUIRE(model.fit(frame_of({y, x})).has_value());
  const std::vector<double> levels{0.02, 0.1, 0.5, 0.9, 0.98};
  REQUIRE(model.update(frame_of({{10}, {0}}, 2000 * 15)).has_value());
  const auto narrow = model.forecast(1, levels);
  REQUIRE(model.update(frame_of({{10}, {1}}, 2001 * 15)).has_value());
  const auto wide = model.forecast(1, levels);
  CHECK(narrow->quantile(0, 3) - narrow->quantile(0, 1) == doctest::Approx(0.8).epsilon(0.15));
  CHECK(wide->quantile(0, 3) - wide->quantile(0, 1) == doctest::Approx(8).epsilon(0.15));
  for (std::size_t l = 1; l < levels.size(); ++l) {
    CHECK(narrow->quantile(0, l) >= narrow->quantile(0, l - 1));
    CHECK(wide->quantile(0, l) >= wide->quantile(0, l - 1));
  }
  CHECK(wide->quantile(0, 2) == doctest::Approx(10).epsilon(0.1));
  Ridge again(o);
  REQUIRE(again.load(model.save()).has_value());
  CHECK(again.forecast(2, levels)->quantiles == model.forecast(2, levels)->quantiles);
  ModelState broken = model.save();
  broken.tensors.erase("learned.head_weights");
  CHECK(again.load(broken).error().code == Errc::malformed);
}

TEST_CASE("ridge: absolute loss is a median regression") {
  std::vector<double> y, x;
  for (std::size_t i = 0; i < 400; ++i) {
    x.push_back(noise(i, 0.11));
    y.push_back(i == 0 ? 0 : 2 * x[i - 1] + (i % 5 == 2 ? 80 : 0) + 0.02 * noise(i, 0.5));
  }
  RidgeOptions o = small(1, 1);
  o.window.inputs = {"x"};
  o.loss = RidgeLoss::absolute;
  Ridge model(o);
  REQUIRE(model.fit(frame_of({y, x})).has_value());
  CHECK(std::abs(model.forecast(1)->mean[0] - 2 * x.back()) < 0.1);
}

TEST_CASE("ridge: constant and idle series forecast themselves under every loss") {
  for (const RidgeLoss loss : {RidgeLoss::squared, RidgeLoss::huber, RidgeLoss::absolute}) {
    for (const double constant : {0.0, 42.0}) {
      RidgeOptions o = small(3, 2);
      o.loss = loss;
      o.levels = {0.1, 0.9};
      Ridge model(o);
      REQUIRE(model.fit(frame_of({std::vector<double>(60, constant)})).has_value());
      const auto f = model.forecast(2, std::vector<double>{0.1, 0.9});
      for (const double v : f->mean) CHECK(v == doctest::Approx(constant));
      for (const double v : f->quantiles) CHECK(v == doctest::Approx(constant));
    }
    RidgeOptions o = small(3, 2);
    o.loss = loss;
    Ridge model(o);
    CHECK(model.fit(frame_of({std::vector<double>(60, std::nan(""))})).error().code ==
          Errc::not_enough_data);
  }
}

TEST_CASE("ridge: new options are refused by name") {
  RidgeOptions o = small(2, 2);
  o.levels = {0.5, 0.5};
  CHECK_THROWS_WITH_AS(Ridge{o}, doctest::Contains("levels"), ConfigError);
  o.levels = {0.5, 1.0};
  CHECK_THROWS_WITH_AS(Ridge{o}, doctest::Contains("levels"), ConfigError);
  o.levels = {0.5};
  o.window.strategy = Strategy::recursive;
  CHECK_THROWS_WITH_AS(Ridge{o}, doctest::Contains("levels"), ConfigError);
  o = small(2, 2);
  o.window.calendar = {"month"};
  CHECK_THROWS_WITH_AS(Ridge{o}, doctest::Contains("calendar"), ConfigError);
}
