#include "model/attention_loss.hpp"

#include <doctest/doctest.h>

#include "nn/gradient.hpp"

using namespace learningplane::model;
using learningplane::model::detail::loss_of;
using learningplane::model::detail::LossOptions;

namespace {

nn::Matrix<double> row(const std::vector<double>& values) {
  nn::Matrix<double> out(1, values.size());
  std::copy(values.begin(), values.end(), out.row(0));
  return out;
}

}  // namespace

TEST_CASE("attention loss: known values") {
  const nn::Matrix<double> truth = row({0, 0}), y = row({0.5, -3});
  LossOptions o;
  CHECK(loss_of<double>(y, truth, o, 1, nullptr) == doctest::Approx((0.25 + 9) / 2));
  o.kind = AttentionLoss::huber;
  o.huber_delta = 1;  // e^2 below 1, 2 |e| - 1 beyond
  CHECK(loss_of<double>(y, truth, o, 1, nullptr) == doctest::Approx((0.25 + 5) / 2));
  o.kind = AttentionLoss::pinball;
  const std::vector<double> levels{0.1, 0.9};
  o.levels = levels;
  // Too high by 0.5 at 0.1 costs 0.9 * 0.5; too low by 3 at 0.9 costs 0.9 * 3.
  CHECK(loss_of<double>(y, row({0}), o, 1, nullptr) == doctest::Approx((0.45 + 2.7) / 2));
}

TEST_CASE("attention loss: gradients agree with finite differences") {
  const std::vector<double> levels{0.2, 0.5, 0.7};
  for (const AttentionLoss kind :
       {AttentionLoss::mse, AttentionLoss::huber, AttentionLoss::pinball}) {
    LossOptions o;
    o.kind = kind;
    o.huber_delta = 0.4;
    if (kind == AttentionLoss::pinball) o.levels = levels;
    nn::Matrix<double> y = gradient::random_matrix(4, 6, 1), d;
    const auto truth = gradient::random_matrix(4, kind == AttentionLoss::pinball ? 2 : 6, 2);
    loss_of(y, truth, o, 0.3, &d);
    std::vector<gradient::Slot> slots;
    gradient::slots(y, d, slots);
    CHECK(gradient::worst([&] { return 0.3 * loss_of<double>(y, truth, o, 1, nullptr); }, slots) <
          1e-6);
  }
}
