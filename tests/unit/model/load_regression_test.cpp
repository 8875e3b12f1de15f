#include "learningplane/model/load_regression.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/registries.hpp"
#include "support/columns.hpp"
#include "support/source_dir.hpp"

using namespace learningplane;
using namespace learningplane::model;
using support::frame_of;
using support::noise;

namespace {

const Registry<Forecaster>& all() {
  static const auto registries = [] {
    auto r = std::make_unique<Registries>();
    register_core(*r);
    return r;
  }();
  return registries->forecasters;
}

/// y is the resource, x the users, z the requests.
LoadRegressionOptions plain() {
  LoadRegressionOptions o;
  o.target = "y";
  o.loads = {"x"};
  o.horizon = 4;
  return o;
}

double users(std::size_t i) { return 50 + 40 * std::sin(2 * M_PI * static_cast<double>(i) / 48); }

std::vector<double> made(std::size_t n, double (*f)(std::size_t)) {
  std::vector<double> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(f(i));
  return out;
}

std::vector<double> reference(const Value& json, const char* key) {
  std::vector<double> out;
  for (const Value& v : json.find("load")->find(key)->as_array()) out.push_back(v.as_double());
  return out;
}

}  // namespace

TEST_CASE(
    "load_regression: with squares it is scikit-learn's LinearRegression, free and positive") {
  std::ostringstream text;
  text << std::ifstream(support::source_dir() + "/tests/data/linear_sklearn.json").rdbuf();
  const Value json = value_or_throw(parse_json(text.str()));
  const auto frame =
      frame_of({reference(json, "cpu"), reference(json, "users"), reference(json, "requests")});
  for (const bool positive : {false, true}) {
    LoadRegressionOptions o = plain();
    o.loads = {"x", "z"};
    o.robust = false;
    o.non_negative = positive;
    LoadRegression model(o, all());
    REQUIRE(model.fit(frame).has_value());
    const auto theirs = reference(json, positive ? "positive" : "free");
    for (const auto& [x, z] : {std::pair{0.0, 0.0}, {100.0, 0.0}, {0.0, 100.0}, {80.0, 60.0}})
      CHECK(model.response(std::vector{x, z}) ==
            doctest::Approx(theirs[0] * x + theirs[1] * z + theirs[2]).epsilon(1e-6));
  }
}

TEST_CASE("load_regression: the answer follows the load's forecast, outliers do not matter") {
  std::vector<double> load = made(480, users), cpu;
  for (std::size_t i = 0; i < load.size(); ++i)
    cpu.push_back(0.2 + 0.01 * load[i] + 0.005 * noise(i, 0.3) + (i % 17 == 3 ? 5 : 0));
  LoadRegressionOptions o = plain();
  o.load_model = Value::object().set("kind", "seasonal_naive").set("season", 48);
  LoadRegression model(o, all());
  CHECK_THROWS_AS((void)model.response(std::vector{1.0}), LogicError);
  CHECK_THROWS_AS((void)model.forecast(1), LogicError);
  REQUIRE(model.fit(frame_of({cpu, load})).has_value());
  CHECK(std::abs(model.response(std::vector{60.0}) - 0.8) < 0.005);
  const auto f = model.forecast(30, std::vector<double>{0.05, 0.5});
  REQUIRE(f.has_value());
  for (std::size_t s = 0; s < 30; ++s)
    CHECK(std::abs(f->mean[s] - 0.2 - 0.01 * users(480 + s)) < 0.01);
  CHECK(f->times_ns[0] == 480LL * 15 * 1'000'000'000);
  CHECK(f->model == "load_regression");
  // A horizon that the forecaster of the loads was not made for is its refusal.
  LoadRegression ridge(plain(), all());
  REQUIRE(ridge.fit(frame_of({cpu, load})).has_value());
  CHECK(ridge.forecast(4).has_value());
  CHECK(ridge.forecast(5).error().code == Errc::invalid_argument);
}

TEST_CASE("load_regression: rows without a target give the load") {
  const double nan = std::nan("");
  std::vector<double> load = made(300, users), cpu;
  for (std::size_t i = 0; i < load.size(); ++i) cpu.push_back(1 + 0.1 * load[i]);
  LoadRegression model(plain(), all());
  REQUIRE(model.fit(frame_of({cpu, load})).has_value());
  REQUIRE(model.update(frame_of({{nan, nan}, {500, 700}}, 300 * 15)).has_value());
  const auto f = model.forecast(3, std::vector<double>{0.1, 0.9});
  REQUIRE(f.has_value());
  CHECK(f->mean[0] == doctest::Approx(51));
  CHECK(f->mean[1] == doctest::Approx(71));
  CHECK(std::isfinite(f->mean[2]));  // after them the forecast of the load goes on
  CHECK(f->times_ns[0] == 300LL * 15 * 1'000'000'000);
  LoadRegression again(plain(), all());
  REQUIRE(again.load(model.save()).has_value());
  CHECK(again.forecast(3, std::vector<double>{0.1, 0.9})->mean == f->mean);
  CHECK(again.forecast(3, std::vector<double>{0.1, 0.9})->quantiles == f->quantiles);
  // The target arrives: forecasts start after it.
  REQUIRE(model.update(frame_of({{51}, {500}}, 300 * 15)).has_value());
  CHECK(model.forecast(1)->mean[0] == doctest::Approx(71));
  CHECK(model.forecast(1)->times_ns[0] == 301LL * 15 * 1'000'000'000);
}

TEST_CASE("load_regression: answers that bend and that saturate") {
  std::vector<double> load, cpu;
  for (std::size_t i = 0; i < 600; ++i) {
    load.push_back(100 * (noise(i, 0.21) + 0.5));
    cpu.push_back(std::min(load[i], 50.0) / 25);
  }
  LoadRegressionOptions o = plain();
  LoadRegression linear(o, all());
  o.shape = LoadShape::saturating;
  o.knots = 10;
  LoadRegression flat(o, all());
  o.shape = LoadShape::piecewise;
  LoadRegression bends(o, all());
  for (LoadRegression* m : {&linear, &flat, &bends})
    REQUIRE(m->fit(frame_of({cpu, load})).has_value());
  for (LoadRegression* m : {&flat, &bends}) {
    CHECK(std::abs(m->response(std::vector{20.0}) - 0.8) < 0.05);
    CHECK(std::abs(m->response(std::vector{90.0}) - 2.0) < 0.05);
  }
  CHECK(flat.response(std::vector{1e6}) == doctest::Approx(flat.response(std::vector{100.0})));
  CHECK(std::abs(linear.response(std::vector{90.0}) - 2.0) > 0.2);
  for (double x = 0; x < 100; x += 1) {
    CHECK(flat.response(std::vector{x + 1}) >= flat.response(std::vector{x}) - 1e-12);
    CHECK(bends.response(std::vector{x + 1}) >= bends.response(std::vector{x}) - 1e-12);
  }
}

TEST_CASE("load_regression: more load never needs less") {
  std::vector<double> load, cpu;
  for (std::size_t i = 0; i < 300; ++i) {
    load.push_back(static_cast<double>(i % 40));
    cpu.push_back(5 - 0.1 * load[i]);
  }
  LoadRegressionOptions o = plain();
  LoadRegression model(o, all());
  o.non_negative = false;
  LoadRegression free(o, all());
  REQUIRE(model.fit(frame_of({cpu, load})).has_value());
  REQUIRE(free.fit(frame_of({cpu, load})).has_value());
  CHECK(model.response(std::vector{0.0}) == doctest::Approx(model.response(std::vector{39.0})));
  CHECK(free.response(std::vector{100.0}) == doctest::Approx(-5));
  CHECK(model.response(std::vector{1e9}) >= 0);
}

TEST_CASE("load_regression: what cannot be learned from, and options, by name") {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  LoadRegression model(plain(), all());
  CHECK(model.fit(frame_of({{1, 2, 3}, {1, 2, 3}})).error().code == Errc::not_enough_data);
  CHECK(model.fit(frame_of({std::vector<double>(90, nan), made(90, users)})).error().code ==
        Errc::not_enough_data);
  CHECK(model.fit(frame_of({made(90, users), std::vector<double>(90, inf)})).error().code ==
        Errc::not_enough_data);
  CHECK(model.fit(frame_of({made(90, users)})).error().code == Errc::not_found);
  CHECK_FALSE(model.fitted());
  for (const double constant : {0.0, 3.0}) {
    REQUIRE(model.fit(frame_of({std::vector<double>(90, constant), std::vector<double>(90, 7.0)}))
                .has_value());
    CHECK(model.forecast(1)->mean[0] == doctest::Approx(constant));
  }
  // A failed fit leaves what was there.
  CHECK_FALSE(model.fit(frame_of({{1, 2, 3}, {1, 2, 3}})).has_value());
  CHECK(model.forecast(1)->mean[0] == doctest::Approx(3.0));
  ModelState broken = model.save();
  broken.tensors.erase("learned.weights");
  CHECK(model.load(broken).error().code == Errc::malformed);
  broken = model.save();
  broken.tensors.erase("load0.context");
  CHECK(model.load(broken).error().code == Errc::malformed);
  CHECK(model.forecast(1)->mean[0] == doctest::Approx(3.0));
  LoadRegressionOptions o = plain();
  o.loads = {};
  CHECK_THROWS_WITH_AS(LoadRegression(o, all()), doctest::Contains("loads"), ConfigError);
  o.loads = {"y"};
  CHECK_THROWS_WITH_AS(LoadRegression(o, all()), doctest::Contains("loads"), ConfigError);
  o = plain();
  o.load_model = "crystal_ball";
  CHECK_THROWS_AS(LoadRegression(o, all()), ConfigError);
  o = plain();
  o.knots = 0;
  CHECK_THROWS_WITH_AS(LoadRegression(o, all()), doctest::Contains("knots"), ConfigError);
}
