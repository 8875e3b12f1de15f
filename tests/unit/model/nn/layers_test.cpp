#include <doctest/doctest.h>

#include "gradient.hpp"
#include "model/nn/activation.hpp"
#include "model/nn/convolution.hpp"
#include "model/nn/normalisation.hpp"

using namespace learningplane::model;
using namespace learningplane::model::nn;
using gradient::random_matrix;

namespace {

/// Checks a layer's gradients of all parameters and of its input on every tier.
template <class Make>
void check_layer(std::size_t rows, std::size_t columns, std::size_t sequences, const Make& make) {
  for (const CpuTier tier : {CpuTier::baseline, CpuTier::avx2, CpuTier::avx512}) {
    if (!cpu_supports(tier)) continue;
    CAPTURE(to_string(tier));
    Context<double> context(tier, 3);
    context.batch = sequences;
    context.mode = Mode::training;
    auto layer = make(context);
    for (auto* p : context.parameters) {  // scales of 1 and shifts of 0 would hide mistakes
      for (std::size_t c = 0; c < p->value.columns; ++c)
        p->value(0, c) += 0.3 * static_cast<double>(c % 3) - 0.2;
    }
    Matrix<double> x = random_matrix(rows, columns, 7), dy;
    gradient::weighed(layer->forward(x), dy);
    context.zero_gradients();
    const Matrix<double> dx = layer->backward(dy);
    std::vector<gradient::Slot> slots;
    gradient::slots(context, slots);
    gradient::slots(x, dx, slots);
    Matrix<double> unused;
    const auto loss = [&] { return gradient::weighed(layer->forward(x), unused); };
    CHECK(gradient::worst(loss, slots) < 1e-6);
  }
}

}  // namespace

TEST_CASE("nn layers: every gradient agrees with finite differences") {
  using D = double;
  using C = Context<double>;
  SUBCASE("linear") {
    check_layer(7, 5, 1, [](C& c) { return std::make_unique<Linear<D>>(c, "l", 5, 19); });
  }
  SUBCASE("linear without bias") {
    check_layer(7, 9, 1,
                [](C& c) { return std::make_unique<Linear<D>>(c, "l", 9, 3, Bias::without); });
  }
  SUBCASE("circular convolution") {
    check_layer(12, 3, 2, [](C& c) {
      return std::make_unique<Conv1d<D>>(c, "l", Conv1d<D>::Shape{3, 5, 3, 1, Edge::circular});
    });
  }
  SUBCASE("circular convolution, wider padding") {
    check_layer(12, 3, 2, [](C& c) {
      return std::make_unique<Conv1d<D>>(c, "l", Conv1d<D>::Shape{3, 5, 3, 2, Edge::circular});
    });
  }
  SUBCASE("convolution padded with zeros") {
    check_layer(12, 3, 3, [](C& c) {
      return std::make_unique<Conv1d<D>>(c, "l", Conv1d<D>::Shape{3, 5, 3, 1, Edge::zeros});
    });
  }
  SUBCASE("transposed convolution") {
    check_layer(8, 4, 2, [](C& c) {
      return std::make_unique<TransposedConv1d<D>>(c, "l",
                                                   TransposedConv1d<D>::Shape{4, 5, 3, 3, 2});
    });
  }
  SUBCASE("transposed convolution whose taps overlap") {
    check_layer(8, 4, 2, [](C& c) {
      return std::make_unique<TransposedConv1d<D>>(c, "l",
                                                   TransposedConv1d<D>::Shape{4, 5, 4, 2, 1});
    });
  }
  SUBCASE("layer norm") {
    check_layer(5, 6, 1, [](C& c) { return std::make_unique<LayerNorm<D>>(c, "l", 6); });
  }
  SUBCASE("batch norm") {
    check_layer(9, 5, 3, [](C& c) { return std::make_unique<BatchNorm<D>>(c, "l", 5); });
  }
  SUBCASE("gelu") {
    check_layer(4, 9, 1, [](C& c) { return std::make_unique<Gelu<D>>(c); });
  }
  SUBCASE("elu") {
    check_layer(4, 9, 1, [](C& c) { return std::make_unique<Elu<D>>(c); });
  }
  SUBCASE("max pool") {
    check_layer(14, 5, 2, [](C& c) { return std::make_unique<MaxPool<D>>(c); });
  }
  SUBCASE("dropout, its mask held still") {
    check_layer(8, 9, 1, [](C& c) {
      auto layer = std::make_unique<Dropout<D>>(c, 0.4);
      layer->forward(random_matrix(8, 9, 1));
      layer->freeze();
      return layer;
    });
  }
}

TEST_CASE("nn layers: sequences of a batch do not see each other") {
  Context<double> context(CpuTier::baseline, 1);
  Conv1d<double> conv(context, "c", {2, 3, 3, 1, Edge::circular});
  TransposedConv1d<double> rise(context, "t", {2, 3, 3, 3, 2});
  MaxPool<double> pool(context);
  const Matrix<double> both = random_matrix(10, 2, 4);
  Matrix<double> second(5, 2);
  std::copy_n(both.row(5), 5 * both.stride, second.row(0));
  const auto same = [&](auto& layer) {
    context.batch = 2;
    const Matrix<double> together = layer.forward(both);
    context.batch = 1;
    const Matrix<double> alone = layer.forward(second);
    for (std::size_t r = 0; r < alone.rows; ++r) {
      for (std::size_t c = 0; c < alone.columns; ++c)
        CHECK(together(alone.rows + r, c) == doctest::Approx(alone(r, c)).epsilon(1e-14));
    }
  };
  same(conv);
  same(rise);
  same(pool);
}

TEST_CASE("nn layers: dropout keeps the mean, drops its share, and rests at inference") {
  Context<float> context(cpu_tier(), 5);
  Dropout<float> dropout(context, 0.25);
  Matrix<float> ones(1000, 16);
  for (float& v : ones.values) v = 1;
  CHECK(&dropout.forward(ones) == &ones);
  context.mode = Mode::training;
  const Matrix<float>& y = dropout.forward(ones);
  double sum = 0, zeros = 0;
  for (const float v : y.values) {
    sum += v;
    zeros += v == 0 ? 1 : 0;
  }
  CHECK(sum / 16000 == doctest::Approx(1).epsilon(0.02));
  CHECK(zeros / 16000 == doctest::Approx(0.25).epsilon(0.05));
}

TEST_CASE("nn layers: batch norm uses running moments at inference") {
  Context<double> context(cpu_tier(), 5);
  BatchNorm<double> norm(context, "n", 1);
  Matrix<double> x(4, 1);
  for (std::size_t r = 0; r < 4; ++r) x(r, 0) = 10 + 2 * static_cast<double>(r);  // 10 12 14 16
  context.mode = Mode::training;
  norm.forward(x);
  context.mode = Mode::inference;
  // Mean 0.1 * 13, variance 0.9 + 0.1 * 20/3.
  const double mean = 1.3, variance = 0.9 + 0.1 * 20.0 / 3;
  CHECK(norm.forward(x)(3, 0) == doctest::Approx((16 - mean) / std::sqrt(variance + 1e-5)));
}
