#include "learningplane/evaluation/additive_components.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"
#include "support/windows.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;
using support::RandomWindows;

namespace {

model::Ridge ridge_of(features::OutOfRange range) {
  model::RidgeOptions o;
  o.window = {.target = "y", .inputs = {"a"}, .lags = 3, .horizon = 2};
  o.penalties = {1};
  o.input_range = range;
  return model::Ridge(o);
}

std::vector<double> targets(const RandomWindows& w) {
  std::vector<double> out;
  for (std::size_t i = 0; i < w.count; ++i) {
    const auto x = w.window(i);
    out.push_back(2 * x[5] - x[0] + 0.1 * x[3] + 4);
    out.push_back(x[4] * x[5]);
  }
  return out;
}

}  // namespace

TEST_CASE("components: ridge's weights x standardised values sum to its forecast, clipped or not") {
  const RandomWindows train(80, 3, 2);
  RandomWindows ask(10, 3, 2, 5);
  for (double& v : ask.values) v *= 1.5;  // some beyond what was seen in training
  const auto blocks = make_blocks({3, 2}, Grouping::blocks, 2);
  for (const auto range : {features::OutOfRange::clip, features::OutOfRange::keep}) {
    model::Ridge ridge = ridge_of(range);
    REQUIRE(ridge.fit_windows(train.view(), targets(train)).has_value());
    std::vector<double> said(20);
    ridge.predict_windows(ask.view(), said);
    for (const std::size_t step : {std::size_t{1}, std::size_t{2}}) {
      const auto parts = ridge_components(ridge, ask.view(), step, blocks);
      REQUIRE(parts.size() == 10);
      for (std::size_t i = 0; i < 10; ++i) {
        double total = parts[i].constant;
        for (const double v : parts[i].values) total += v;
        CHECK(std::abs(total - said[i * 2 + step - 1]) < 1e-12);
        CHECK(std::abs(parts[i].forecast - said[i * 2 + step - 1]) < 1e-12);
      }
      // The general way, from the training means, takes it apart in the same way.
      const Predictor predict = [&ridge, step](const model::WindowView& w, std::span<double> out) {
        std::vector<double> both(w.count * 2);
        ridge.predict_windows(w, both);
        for (std::size_t i = 0; i < w.count; ++i) out[i] = both[i * 2 + step - 1];
      };
      const auto general =
          additive_components(predict, ask.view(), ridge.learned().at("offset").values, blocks);
      REQUIRE(general.has_value());
      for (std::size_t i = 0; i < 10; ++i) {
        CHECK(std::abs((*general)[i].constant - parts[i].constant) < 1e-12);
        for (std::size_t b = 0; b < blocks.size(); ++b)
          CHECK(std::abs((*general)[i].values[b] - parts[i].values[b]) < 1e-12);
      }
    }
    CHECK_THROWS_AS((void)ridge_components(ridge, ask.view(), 3, blocks), LogicError);
    CHECK_THROWS_AS((void)ridge_components(ridge, ask.view(), 0, blocks), LogicError);
    CHECK_THROWS_AS((void)ridge_components(ridge, ask.view(), 1, std::span(blocks).subspan(1)),
                    LogicError);
  }
}

TEST_CASE("components: sums of curves are taken apart, products are refused") {
  const RandomWindows w(5, 1, 3);
  const auto blocks = make_blocks({1, 3}, Grouping::blocks);
  const std::vector<double> zero(3, 0.0);
  const Predictor curves =
      support::each_window([](auto x) { return std::exp(x[0]) + x[1] * x[1] + 3; });
  const auto found = additive_components(curves, w.view(), zero, blocks);
  REQUIRE(found.has_value());
  for (std::size_t i = 0; i < w.count; ++i) {
    CHECK((*found)[i].constant == doctest::Approx(4));
    CHECK((*found)[i].values[0] == doctest::Approx(std::exp(w.window(i)[0]) - 1));
    CHECK((*found)[i].values[2] == 0);
  }
  const Predictor product = support::each_window([](auto x) { return x[0] * x[1]; });
  CHECK(additive_components(product, w.view(), zero, blocks).error().code == Errc::unsupported);
  const std::vector<Block> one{{.first_lag = 1, .last_lag = 1}};  // in one block it is a sum
  CHECK(additive_components(product, w.view(), zero, one).has_value());
}
