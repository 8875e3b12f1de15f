#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/model/nlinear.hpp"
#include "learningplane/model/ridge.hpp"
#include "support/source_dir.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

/// What numpy found; tools/fixtures/make_linear_fixture.py made it.
struct Reference {
  Reference() {
    std::ostringstream text;
    text << std::ifstream(support::source_dir() + "/tests/data/linear_numpy.json").rdbuf();
    json = value_or_throw(parse_json(text.str()));
    std::vector<std::int64_t> times;
    for (std::size_t i = 0; i < list("y").size(); ++i)
      times.push_back(static_cast<std::int64_t>(i) * 1'000'000'000);
    frame = value_or_throw(telemetry::Frame::make(
        times, {telemetry::Column{.name = "x", .values = list("x"), .flags = {}},
                telemetry::Column{.name = "y", .values = list("y"), .flags = {}}}));
  }
  std::vector<double> list(const char* key) const {
    std::vector<double> out;
    for (const Value& v : json.find(key)->as_array()) out.push_back(v.as_double());
    return out;
  }
  std::size_t size(const char* key) const {
    return static_cast<std::size_t>(json.find(key)->as_int());
  }
  void same(const std::vector<double>& ours, const char* key) const {
    const std::vector<double> theirs = list(key);
    REQUIRE(ours.size() == theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i)
      CHECK(ours[i] == doctest::Approx(theirs[i]).epsilon(1e-10));
  }
  Value json{};
  telemetry::Frame frame{};
};

}  // namespace

TEST_CASE("ridge: weights and forecasts are numpy's to ten digits") {
  const Reference reference;
  RidgeOptions o;
  o.window = {.target = "y",
              .inputs = {"x"},
              .lags = reference.size("lags"),
              .horizon = reference.size("horizon")};
  o.penalties = {reference.json.find("penalty")->as_double()};
  Ridge model(o);
  REQUIRE(model.fit(reference.frame).has_value());
  reference.same(model.learned().at("weights").values, "ridge_weights");
  reference.same(model.forecast(3)->mean, "ridge");
}

TEST_CASE("nlinear: weights and forecasts are numpy's to ten digits") {
  const Reference reference;
  NLinear model({.window = {.target = "y",
                            .lags = reference.size("lags"),
                            .horizon = reference.size("horizon")},
                 .penalty = reference.json.find("nlinear_penalty")->as_double()});
  REQUIRE(model.fit(reference.frame).has_value());
  reference.same(model.learned().at("weights").values, "nlinear_weights");
  reference.same(model.forecast(3)->mean, "nlinear");
}
