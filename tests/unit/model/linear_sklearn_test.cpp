#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/model/dlinear.hpp"
#include "learningplane/model/nlinear.hpp"
#include "learningplane/model/ridge.hpp"
#include "support/source_dir.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

/// What scikit-learn and numpy found; tools/fixtures/make_sklearn_fixture.py made it.
struct Reference {
  Reference() {
    std::ostringstream text;
    text << std::ifstream(support::source_dir() + "/tests/data/linear_sklearn.json").rdbuf();
    json = value_or_throw(parse_json(text.str()));
    std::vector<std::int64_t> times;
    for (std::size_t i = 0; i < list(json, "y").size(); ++i)
      times.push_back(static_cast<std::int64_t>(i) * 1'000'000'000);
    frame = value_or_throw(telemetry::Frame::make(
        times, {telemetry::Column{.name = "x", .values = list(json, "x"), .flags = {}},
                telemetry::Column{.name = "y", .values = list(json, "y"), .flags = {}}}));
  }
  static std::vector<double> list(const Value& from, const char* key) {
    std::vector<double> out;
    for (const Value& v : from.find(key)->as_array()) out.push_back(v.as_double());
    return out;
  }
  std::vector<double> list(const char* model, const char* key) const {
    return list(*json.find(model), key);
  }
  double number(const char* model, const char* key) const {
    return json.find(model)->find(key)->as_double();
  }
  RidgeOptions ridge(std::size_t horizon, double penalty) const {
    RidgeOptions o;
    o.window = {.target = "y", .inputs = {"x"}, .lags = 4, .horizon = horizon};
    o.penalties = {penalty};
    return o;
  }
  /// Windows of four rows of x and y, scaled as the model scales them.
  std::vector<double> standardised(const Ridge& model) const {
    const auto x = list(json, "x"), y = list(json, "y");
    const auto &offset = model.learned().at("offset").values,
               &scale = model.learned().at("scale").values;
    std::vector<double> out;
    for (std::size_t i = 0; i + 4 < y.size(); ++i) {
      for (std::size_t k = 0; k < 8; ++k)
        out.push_back(((k % 2 == 0 ? x : y)[i + k / 2] - offset[k]) / scale[k]);
    }
    return out;
  }
  double target(std::size_t i) const { return list(json, "y")[i + 4]; }
  Value json{};
  telemetry::Frame frame{};
};

void same(const std::vector<double>& ours, const std::vector<double>& theirs, double within) {
  REQUIRE(ours.size() == theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) CHECK(std::abs(ours[i] - theirs[i]) <= within);
}

}  // namespace

TEST_CASE("ridge: weights are scikit-learn's Ridge to ten digits") {
  const Reference reference;
  Ridge model(reference.ridge(3, reference.number("ridge", "penalty")));
  REQUIRE(model.fit(reference.frame).has_value());
  same(model.learned().at("weights").values, reference.list("ridge", "weights"), 1e-9);
  same(model.learned().at("intercept").values, reference.list("ridge", "intercept"), 1e-9);
}

TEST_CASE("ridge: with the same limit and penalty Huber's loss gives HuberRegressor's weights") {
  const Reference reference;
  RidgeOptions o = reference.ridge(1, reference.number("huber", "penalty"));
  o.loss = RidgeLoss::huber;
  o.huber_delta = reference.number("huber", "delta");
  Ridge model(o);
  REQUIRE(model.fit(reference.frame).has_value());
  // Its solver stops at a gradient of about 2e-3, ours at nothing.
  const std::vector<double>& weights = model.learned().at("weights").values;
  same(weights, reference.list("huber", "weights"), 5e-4);
  same(model.learned().at("intercept").values, reference.list("huber", "intercept"), 5e-4);
  const std::vector<double> z = reference.standardised(model);
  std::vector<double> residuals, sizes, gradient(8);
  for (std::size_t i = 0; i < z.size() / 8; ++i) {
    double r = reference.target(i) - model.learned().at("intercept").values[0];
    for (std::size_t k = 0; k < 8; ++k) r -= weights[k] * z[i * 8 + k];
    residuals.push_back(r);
    sizes.push_back(std::abs(r));
  }
  std::sort(sizes.begin(), sizes.end());
  const double limit = o.huber_delta * sizes[sizes.size() / 2] / 0.6745;
  for (std::size_t i = 0; i < residuals.size(); ++i) {
    for (std::size_t k = 0; k < 8; ++k)
      gradient[k] += std::clamp(residuals[i], -limit, limit) * z[i * 8 + k];
  }
  for (std::size_t k = 0; k < 8; ++k)
    CHECK(std::abs(gradient[k] - o.penalties[0] * weights[k]) < 1e-5);
}

TEST_CASE("ridge: quantile heads reach the pinball loss of QuantileRegressor") {
  const Reference reference;
  RidgeOptions o = reference.ridge(1, 1e-6);
  o.levels = reference.list("quantile", "levels");
  Ridge model(o);
  REQUIRE(model.fit(reference.frame).has_value());
  const std::vector<double>& weights = model.learned().at("head_weights").values;
  const std::vector<double>& intercept = model.learned().at("head_intercept").values;
  const std::vector<double> z = reference.standardised(model);
  const std::vector<double> theirs = reference.list("quantile", "loss");
  for (std::size_t l = 0; l < o.levels.size(); ++l) {
    double loss = 0, below = 0;
    const std::size_t count = z.size() / 8;
    for (std::size_t i = 0; i < count; ++i) {
      double q = intercept[l];
      for (std::size_t k = 0; k < 8; ++k) q += weights[l * 8 + k] * z[i * 8 + k];
      const double r = reference.target(i) - q, n = static_cast<double>(count);
      loss += std::max(o.levels[l] * r, (o.levels[l] - 1) * r) / n;
      below += r < 0 ? 1 / n : 0;
    }
    // No weights have a smaller loss than the linear programme's.
    CHECK(loss >= theirs[l] - 1e-9);
    CHECK(loss <= theirs[l] * 1.0001);
    CHECK(std::abs(below - o.levels[l]) < 9.0 / static_cast<double>(count));
  }
  same(weights, reference.list("quantile", "weights"), 0.02);
}

TEST_CASE("nlinear, dlinear: channels share the maps, as numpy finds them") {
  const Reference reference;
  const WindowedOptions window{.target = "y", .lags = 4, .horizon = 3};
  NLinear nlinear({window, {"x", "y"}, reference.number("nlinear", "penalty")});
  REQUIRE(nlinear.fit(reference.frame).has_value());
  same(nlinear.learned().at("weights").values, reference.list("nlinear", "weights"), 1e-9);
  same(nlinear.forecast(3)->mean, reference.list("nlinear", "forecast"), 1e-9);
  DLinear dlinear({window, {"x", "y"}, 3, reference.number("dlinear", "penalty")});
  REQUIRE(dlinear.fit(reference.frame).has_value());
  same(dlinear.learned().at("trend").values, reference.list("dlinear", "trend"), 1e-9);
  same(dlinear.learned().at("rest").values, reference.list("dlinear", "rest"), 1e-9);
  same(dlinear.forecast(3)->mean, reference.list("dlinear", "forecast"), 1e-9);
}
