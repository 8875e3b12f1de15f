#include <doctest/doctest.h>

#include <memory>

#include "gradient.hpp"
#include "model/nn/informer.hpp"
#include "model/nn/yformer.hpp"

using namespace learningplane::model;
using namespace learningplane::model::nn;
using gradient::random_matrix;

namespace {

NetworkInput<double> input(const NetworkShape& s, std::size_t sequences) {
  NetworkInput<double> in;
  in.sequences = sequences;
  in.past = random_matrix(sequences * s.lags, s.inputs, 1);
  in.past_marks = random_matrix(sequences * s.lags, marks, 2);
  in.future = random_matrix(sequences * (s.label + s.horizon), s.inputs, 3);
  in.future_marks = random_matrix(sequences * (s.label + s.horizon), marks, 4);
  return in;
}

double worst_error(Network<double>& network, const NetworkShape& shape) {
  const NetworkInput<double> in = input(shape, 2);
  Context<double>& context = network.context();
  context.mode = Mode::training;
  Matrix<double> dforecast, dpast, unused;
  const auto loss = [&] {
    context.random = detail::LstmRandom(77);  // the same sampled keys and masks every time
    const Matrix<double>& y = network.forward(in);
    double sum = gradient::weighed(y, dforecast);
    if (network.reconstruction() != nullptr)
      sum += gradient::weighed(*network.reconstruction(), dpast);
    return sum;
  };
  loss();
  context.zero_gradients();
  network.backward(dforecast, network.reconstruction() != nullptr ? &dpast : nullptr);
  std::vector<gradient::Slot> slots;
  gradient::slots(context, slots);
  return gradient::worst(loss, slots);
}

}  // namespace

TEST_CASE("informer: every gradient of the whole network agrees with finite differences") {
  NetworkShape s{.inputs = 2,
                 .outputs = 3,
                 .lags = 16,
                 .label = 5,
                 .horizon = 4,
                 .width = 6,
                 .heads = 2,
                 .inner = 9,
                 .encoder = 2,
                 .decoder = 2,
                 .factor = 0,
                 .dropout = 0};
  for (const std::size_t factor : {0U, 2U}) {
    for (const double dropout : {0.0, 0.3}) {
      CAPTURE(factor);
      CAPTURE(dropout);
      s.factor = factor;
      s.dropout = dropout;
      Informer<double> network(s, cpu_tier(), 5);
      CHECK(worst_error(network, s) < 1e-6);
    }
  }
}

TEST_CASE("yformer: every gradient of the whole network agrees with finite differences") {
  NetworkShape s{.inputs = 2,
                 .outputs = 3,
                 .lags = 16,
                 .label = 0,
                 .horizon = 7,
                 .width = 6,
                 .heads = 2,
                 .inner = 9,
                 .encoder = 2,
                 .decoder = 0,
                 .factor = 0,
                 .dropout = 0};
  for (const std::size_t levels : {1U, 3U}) {
    for (const double dropout : {0.0, 0.3}) {
      CAPTURE(levels);
      CAPTURE(dropout);
      s.encoder = levels;
      s.dropout = dropout;
      s.factor = levels == 1 ? 2 : 0;
      Yformer<double> network(s, cpu_tier(), 5);
      CHECK(worst_error(network, s) < 1e-6);
    }
  }
}

TEST_CASE("yformer: the U's lengths are the published ones") {
  NetworkShape s{.lags = 96, .encoder = 3};
  CHECK(Distil<float>::length(96, 2) == 49);  // (L + 1) / 2 + 1
  CHECK(Distil<float>::length(48, 2) == 25);
  CHECK(Distil<float>::length(96, 1) == 48);
  CHECK(Yformer<float>::top(s) == 326);  // 14, 38, 110, 326
}

TEST_CASE(
    "attention networks: a window's forecast does not depend on its neighbours in the batch") {
  NetworkShape s{.inputs = 1,
                 .outputs = 1,
                 .lags = 40,
                 .label = 8,
                 .horizon = 6,
                 .width = 8,
                 .heads = 2,
                 .inner = 8,
                 .encoder = 2,
                 .decoder = 1,
                 .factor = 1,
                 .dropout = 0.1};
  std::vector<std::unique_ptr<Network<double>>> networks;
  networks.push_back(std::make_unique<Informer<double>>(s, cpu_tier(), 5));
  networks.push_back(std::make_unique<Yformer<double>>(s, cpu_tier(), 5));
  for (auto& network : networks) {
    const NetworkInput<double> both = input(s, 2);
    NetworkInput<double> second;
    second.sequences = 1;
    take_last(both.past, 1, s.lags, second.past);
    take_last(both.past_marks, 1, s.lags, second.past_marks);
    take_last(both.future, 1, s.label + s.horizon, second.future);
    take_last(both.future_marks, 1, s.label + s.horizon, second.future_marks);
    network->context().random = detail::LstmRandom(3);
    const Matrix<double> together = network->forward(both);
    network->context().random = detail::LstmRandom(3);
    const Matrix<double> alone = network->forward(second);
    for (std::size_t t = 0; t < s.horizon; ++t)
      CHECK(together(s.horizon + t, 0) == doctest::Approx(alone(t, 0)).epsilon(1e-12));
  }
}

TEST_CASE_TEMPLATE("attention networks: tiers agree", T, float, double) {
  const NetworkShape s{.inputs = 2,
                       .outputs = 1,
                       .lags = 24,
                       .label = 8,
                       .horizon = 6,
                       .width = 16,
                       .heads = 2,
                       .inner = 24,
                       .encoder = 2,
                       .decoder = 1,
                       .factor = 0,
                       .dropout = 0};
  const NetworkInput<double> exact = input(s, 3);
  NetworkInput<T> in;
  in.sequences = exact.sequences;
  const auto take = [](const Matrix<double>& from, Matrix<T>& to) {
    to.shape(from.rows, from.columns);
    for (std::size_t r = 0; r < from.rows; ++r) {
      for (std::size_t c = 0; c < from.columns; ++c) to(r, c) = static_cast<T>(from(r, c));
    }
  };
  take(exact.past, in.past);
  take(exact.past_marks, in.past_marks);
  take(exact.future, in.future);
  take(exact.future_marks, in.future_marks);
  for (const bool informer : {true, false}) {
    std::vector<std::vector<double>> outputs;
    for (const CpuTier tier : {CpuTier::baseline, CpuTier::avx2, CpuTier::avx512}) {
      if (!cpu_supports(tier)) continue;
      std::unique_ptr<Network<T>> network;
      if (informer)
        network = std::make_unique<Informer<T>>(s, tier, 5);
      else
        network = std::make_unique<Yformer<T>>(s, tier, 5);
      const Matrix<T>& y = network->forward(in);
      outputs.emplace_back();
      for (std::size_t r = 0; r < y.rows; ++r)
        outputs.back().push_back(static_cast<double>(y(r, 0)));
      for (std::size_t r = 0; r < y.rows; ++r)
        CHECK(std::abs(outputs.back()[r] - outputs.front()[r]) < (sizeof(T) == 8 ? 1e-12 : 1e-5));
    }
  }
}
