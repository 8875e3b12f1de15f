#include "learningplane/evaluation/integrated_gradients.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"
#include "learningplane/evaluation/window_model.hpp"
#include "learningplane/model/lstm.hpp"
#include "support/windows.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;
using support::RandomWindows;

TEST_CASE("integrated gradients: a product is shared in halves, a sum goes to its parts") {
  const std::vector<double> window{3, -2, 5}, zero(3, 0.0);
  const Predictor predict = support::each_window([](auto x) { return x[0] * x[1] + 4 * x[2]; });
  const Gradient slope = [](const model::WindowView& w, std::span<double> out) {
    for (std::size_t i = 0; i < w.count; ++i) {
      out[3 * i] = w.values[3 * i + 1];
      out[3 * i + 1] = w.values[3 * i];
      out[3 * i + 2] = 4;
    }
  };
  const auto own = integrated_gradients(predict, slope, {window, 1, 3}, zero);
  const auto differences = integrated_gradients(
      predict, central_differences(predict, {1e-4, 1e-4, 1e-4}), {window, 1, 3}, zero);
  REQUIRE(own.has_value());
  REQUIRE(differences.has_value());
  const double want[] = {-3, -3, 20};
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(own->front().values[c] == doctest::Approx(want[c]).epsilon(1e-12));
    CHECK(differences->front().values[c] == doctest::Approx(want[c]).epsilon(1e-8));
  }
  CHECK(std::abs(own->front().gap) < 1e-12);
  CHECK(own->front().forecast == 14);
  CHECK(own->front().baseline == 0);
}

TEST_CASE("integrated gradients: complete on a curved function to 1e-3, and zero for a dummy") {
  const RandomWindows w(10, 3, 2);
  const Predictor predict = support::each_window(
      [](auto x) { return std::tanh(2 * x[0] - x[3]) + std::exp(0.5 * x[5]) * std::sin(x[2]); });
  const auto found =
      integrated_gradients(predict, central_differences(predict, difference_steps(w.view())),
                           w.view(), mean_window(w.view()));
  REQUIRE(found.has_value());
  for (const IntegratedGradients& one : *found) {
    CHECK(std::abs(one.gap) < 1e-3);
    CHECK(one.values[1] == 0);
    CHECK(one.values[4] == 0);
  }
  // More steps, less left over: the trapezoid's error falls with their square.
  const auto coarse =
      integrated_gradients(predict, central_differences(predict, difference_steps(w.view())),
                           w.view(), mean_window(w.view()), 4);
  double before = 0, after = 0;
  for (std::size_t i = 0; i < w.count; ++i) {
    before += std::abs((*coarse)[i].gap);
    after += std::abs((*found)[i].gap);
  }
  CHECK(after < before / 100);
}

TEST_CASE("integrated gradients: complete on an LSTM, whatever slopes it offers") {
  for (const auto dtype : {model::Dtype::f64, model::Dtype::f32}) {
    model::LstmOptions o;
    o.target = "y";
    o.inputs = {"a"};
    o.lags = 4;
    o.layers = {6};
    o.dtype = dtype;
    o.input_range = model::InputRange::free;
    o.training.epochs = 5;
    const RandomWindows w(60, 4, 2);
    std::vector<double> y;
    for (std::size_t i = 0; i < w.count; ++i)
      y.push_back(std::tanh(w.window(i)[7]) + w.window(i)[0] * w.window(i)[6]);
    auto lstm = std::make_shared<model::Lstm>(o);
    REQUIRE(lstm->fit_windows(w.view(), y).has_value());
    const auto model = window_model(lstm);
    REQUIRE(model.has_value());
    std::vector<Gradient> ways{
        central_differences(model->predict, difference_steps(w.view(), 1e-2))};
    if (model->gradient) ways.push_back(model->gradient);
    for (const Gradient& slope : ways) {
      const auto found =
          integrated_gradients(model->predict, slope, w.view(), mean_window(w.view()));
      REQUIRE(found.has_value());
      for (const IntegratedGradients& one : *found) CHECK(std::abs(one.gap) < 1e-3);
    }
  }
}

TEST_CASE("integrated gradients: constant cells get a step that rounding does not swallow") {
  std::vector<double> values{1e9, 1, 1e9, 3};
  const auto steps = difference_steps({values, 2, 1});
  CHECK(steps[0] == doctest::Approx(1e6));
  CHECK(steps[1] == doctest::Approx(1e-3));
  std::vector<double> zeros(4, 0.0);
  for (const double h : difference_steps({zeros, 2, 1})) CHECK(h == doctest::Approx(1e-3));
}

TEST_CASE("integrated gradients: what is refused") {
  const RandomWindows w(2, 1, 2);
  const Predictor predict = support::linear({1, 1});
  const Gradient slope = central_differences(predict, {1e-3, 1e-3});
  const std::vector<double> zero(2, 0.0), short_zero(1, 0.0);
  CHECK(integrated_gradients(predict, slope, {{}, 0, 1}, zero).error().code ==
        Errc::not_enough_data);
  CHECK_THROWS_AS((void)integrated_gradients(predict, slope, w.view(), short_zero), LogicError);
  CHECK_THROWS_AS((void)integrated_gradients(predict, slope, w.view(), zero, 0), LogicError);
  CHECK_THROWS_AS((void)central_differences(predict, {0.0, 1.0}), LogicError);
  const Gradient broken = [](const model::WindowView&, std::span<double> out) {
    std::fill(out.begin(), out.end(), std::nan(""));
  };
  CHECK(integrated_gradients(predict, broken, w.view(), zero).error().code == Errc::unknown_data);
}
