#include "model/lstm_trainer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "model/lstm_random.hpp"

using namespace learningplane::model;
using namespace learningplane::model::detail;

namespace {

struct Problem {
  LstmShape shape{};
  LstmTraining training{};
  std::size_t rows = 4, steps = 5;
  bool weighted = false;
};

/// The largest relative error of the analytic gradient of every parameter and every input.
double worst_error(const Problem& p, CpuTier tier) {
  LstmEngine<double> engine(p.shape, 11, tier);
  LstmTrainer<double> trainer(engine, p.training);
  LstmRandom random(5);
  Array<double> x(p.steps * p.rows * p.shape.inputs),
      y(p.rows * p.shape.outputs / (1 + p.training.levels.size()));
  Array<double> weights(y.size());
  for (double& v : x) v = 2 * random.uniform() - 1;
  for (double& v : y) v = 2 * random.uniform() - 1;
  for (double& v : weights) v = 2 * random.uniform();
  const std::size_t stride = engine.padded(p.shape.inputs);
  Array<double> dx(p.steps * p.rows * stride), unused = dx;
  LstmBatch<double> batch{
      p.rows, p.steps, x.data(), y.data(), dx.data(), 7, p.weighted ? weights.data() : nullptr};
  trainer.backward(batch);
  const Array<double> analytic = trainer.gradients();
  batch.dx = unused.data();

  constexpr double h = 1e-5;
  double worst = 0;
  const auto compare = [&](double& where, double gradient) {
    const double kept = where;
    where = kept + h;
    engine.parameters_changed();
    const double up = trainer.backward(batch);
    where = kept - h;
    engine.parameters_changed();
    const double down = trainer.backward(batch);
    where = kept;
    engine.parameters_changed();
    const double numeric = (up - down) / (2 * h);
    // Differences of losses near 1 carry rounding of about 1e-11.
    worst = std::max(worst, std::abs(numeric - gradient) /
                                std::max(std::abs(numeric) + std::abs(gradient), 1e-4));
  };
  for (std::size_t i = 0; i < analytic.size(); ++i) compare(engine.parameters()[i], analytic[i]);
  for (std::size_t i = 0; i < x.size(); ++i)
    compare(x[i], dx[i / p.shape.inputs * stride + i % p.shape.inputs]);
  return worst;
}

}  // namespace

TEST_CASE("lstm trainer: every gradient agrees with finite differences") {
  Problem plain{.shape = {.inputs = 2, .layers = {3, 3}}};
  Problem deep{.shape = {.inputs = 3, .layers = {9, 5}, .dense = {6, 4}, .outputs = 2}};
  deep.shape.head = HeadActivation::relu;
  Problem dropping = deep;
  dropping.training.dropout = 0.4;
  dropping.training.head_dropout = 0.3;
  Problem robust = plain;
  robust.training.loss = Loss::huber;
  robust.training.huber_delta = 0.3;
  Problem heads = deep;
  heads.shape.outputs = 6;
  heads.training.levels = {0.1, 0.9};
  heads.training.loss = Loss::mae;
  heads.weighted = true;
  for (const CpuTier tier : {CpuTier::baseline, CpuTier::avx2, CpuTier::avx512}) {
    if (!cpu_supports(tier)) continue;
    CAPTURE(to_string(tier));
    for (Problem problem : {plain, deep, dropping, robust, heads}) {
      CHECK(worst_error(problem, tier) < 1e-6);
      problem.shape.cell = Cell::gru;
      CHECK(worst_error(problem, tier) < 1e-6);
    }
  }
}

TEST_CASE("lstm trainer: the losses of one target, by hand") {
  LstmTraining t;
  const auto loss = [&t](std::vector<double> outputs, double target) {
    std::vector<double> slopes(outputs.size());
    return target_loss(t, outputs, target, slopes);
  };
  CHECK(loss({3}, 1) == 4);
  t.loss = Loss::mae;
  CHECK(loss({3}, 1) == 2);
  t.loss = Loss::huber;
  t.huber_delta = 0.5;
  CHECK(loss({1.25}, 1) == 0.0625);
  CHECK(loss({3}, 1) == 0.5 * (2 * 2 - 0.5));
  // Twice the pinball loss, averaged over the levels: 0.1 below by 1 costs 0.1, 0.9 above by 2 too.
  t.levels = {0.1, 0.9};
  CHECK(loss({1, 0, 3}, 1) == doctest::Approx(0.1 * 1 + 0.1 * 2));
  CHECK(loss({1, 3, 0}, 1) == doctest::Approx(0.9 * 2 + 0.9 * 1));
}
