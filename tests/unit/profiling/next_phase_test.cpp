#include "learningplane/profiling/next_phase.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "profiling/softmax_network.hpp"
#include "support/phases.hpp"

using namespace learningplane;
using namespace learningplane::profiling;

namespace {

/// Two phases in spells of exactly five rows; one usage column that does not matter.
struct Clockwork {
  PhaseData data{.features = {"cpu"}};
  std::vector<PhaseLabels> labels{};
};
Clockwork clockwork(std::size_t rows) {
  Clockwork out;
  PhaseSequence s;
  PhaseLabels l;
  for (std::size_t i = 0; i < rows; ++i) {
    s.times_ns.push_back(static_cast<std::int64_t>(i));
    l.times_ns.push_back(static_cast<std::int64_t>(i));
    s.rows.push_back(static_cast<double>(i % 3));
    l.phases.push_back(i / 5 % 2 == 0 ? 0 : 1);
  }
  out.data.sequences.push_back(s);
  out.labels.push_back(l);
  return out;
}

}  // namespace

TEST_CASE("next phase: Markov knows what came how often after the present phase") {
  const Clockwork c = clockwork(51);
  NextPhase next({.method = NextPhaseMethod::markov, .recent = 1});
  REQUIRE(next.fit(c.data, c.labels, 2));
  // Of 25 rows of each phase 20 stay and 5 go, and one is added to each count.
  const auto p = next.probabilities(c.data.sequences[0], c.labels[0], 10);
  REQUIRE(p.size() == 2);
  CHECK(p[0] == doctest::Approx(21.0 / 27));
  const auto score = score_next_phase(next, c.data, c.labels);
  REQUIRE(score);
  CHECK(score->rows == 50);
  CHECK(score->changes == 10);
  CHECK(score->accuracy == doctest::Approx(0.8));
  CHECK(score->foreseen == 0);  // staying is always the likeliest
  CHECK(score->f1() == 0.0);
  CHECK(std::isnan(score->precision()));
}

TEST_CASE("next phase: the network learns how long a stay lasts, and so foresees the change") {
  const Clockwork train = clockwork(200), test = clockwork(97);
  NextPhase next({.recent = 3});
  REQUIRE(next.fit(train.data, train.labels, 2));
  const auto score = score_next_phase(next, test.data, test.labels);
  REQUIRE(score);
  CHECK(score->changes > 15);
  CHECK(score->f1() > 0.95);
  CHECK(score->accuracy > 0.98);
  NextPhase again({.recent = 3});
  REQUIRE(again.fit(train.data, train.labels, 2));
  CHECK(again.probabilities(test.data.sequences[0], test.labels[0], 20) ==
        next.probabilities(test.data.sequences[0], test.labels[0], 20));
}

TEST_CASE("next phase: usage that announces a change is used, and nothing after the present is") {
  // The usage rises one row before every change, whose time is by chance.
  model::detail::LstmRandom random(4);
  Clockwork c = clockwork(600);
  std::int32_t phase = 0;
  for (std::size_t i = 1; i < 600; ++i) {
    const bool change = random.uniform() < 0.15;
    c.data.sequences[0].rows[i - 1] = change ? 5.0 : 1.0;
    phase = change ? 1 - phase : phase;
    c.labels[0].phases[i] = phase;
  }
  NextPhase mlp({.recent = 2}), markov({.method = NextPhaseMethod::markov});
  REQUIRE(mlp.fit(c.data, c.labels, 2));
  REQUIRE(markov.fit(c.data, c.labels, 2));
  CHECK(score_next_phase(mlp, c.data, c.labels)->f1() > 0.95);
  CHECK(score_next_phase(markov, c.data, c.labels)->f1() < 0.1);
  const auto before = mlp.probabilities(c.data.sequences[0], c.labels[0], 100);
  for (std::size_t i = 101; i < 600; ++i) {
    c.data.sequences[0].rows[i] = 99;
    c.labels[0].phases[i] = 1;
  }
  CHECK(mlp.probabilities(c.data.sequences[0], c.labels[0], 100) == before);
}

TEST_CASE("next phase: the network's gradient is that of its loss by finite differences") {
  profiling::detail::SoftmaxNetwork net(3, 4, 3, 1);
  Eigen::MatrixXd x(3, 5);
  x << 0.1, -1, 2, 0.5, 0, 1, 1, -2, 0.3, 0.7, -0.4, 0, 1, 1, -1;
  const std::vector<int> y{0, 2, 1, 1, 0};
  Eigen::VectorXd gradient, ignored;
  net.loss(x, y, gradient);
  const Eigen::VectorXd at = net.parameters();
  for (Eigen::Index i = 0; i < at.size(); ++i) {
    Eigen::VectorXd moved = at;
    moved[i] += 1e-5;
    net.set_parameters(moved);
    const double above = net.loss(x, y, ignored);
    moved[i] -= 2e-5;
    net.set_parameters(moved);
    const double below = net.loss(x, y, ignored);
    CHECK(gradient[i] == doctest::Approx((above - below) / 2e-5).epsilon(1e-6).scale(1e-3));
  }
}

TEST_CASE("next phase: what does not suffice has no forecast") {
  Clockwork c = clockwork(40);
  c.labels[0].phases[0] = -1;
  NextPhase next({.method = NextPhaseMethod::markov, .recent = 3});
  REQUIRE(next.fit(c.data, c.labels, 2));
  CHECK(next.probabilities(c.data.sequences[0], c.labels[0], 2).empty());
  CHECK(next.probabilities(c.data.sequences[0], c.labels[0], 3).size() == 2);
  const Clockwork few = clockwork(3);
  NextPhase other({.recent = 3});
  const auto r = other.fit(few.data, few.labels, 2);
  REQUIRE_FALSE(r);
  CHECK(r.error().code == Errc::not_enough_data);
  CHECK_THROWS_AS(other.probabilities(few.data.sequences[0], few.labels[0], 2), LogicError);
  CHECK_THROWS_AS(other.fit(c.data, c.labels, 1), LogicError);
  CHECK_THROWS_WITH_AS(NextPhase({.recent = 0}), doctest::Contains("recent"), ConfigError);
}
