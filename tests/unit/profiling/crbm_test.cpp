#include "learningplane/profiling/crbm.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "learningplane/error.hpp"
#include "learningplane/model/cpu.hpp"
#include "model/lstm_random.hpp"

using namespace learningplane;
using namespace learningplane::profiling;

namespace {

/// Two levels of load that take turns, with a little noise: three columns.
std::vector<double> squares(std::size_t rows, std::uint64_t seed = 7) {
  model::detail::LstmRandom random(seed);
  std::vector<double> out;
  for (std::size_t i = 0; i < rows; ++i) {
    const double level = i / 10 % 2 == 0 ? -1.0 : 1.0;
    for (int c = 0; c < 3; ++c) out.push_back(level * (c == 1 ? -1 : 1) + 0.1 * random.uniform());
  }
  return out;
}
Result<CrbmReport> fit(Crbm& crbm, const std::vector<double>& rows, const CrbmOptions& o) {
  const std::span<const double> one[] = {rows};
  return crbm.fit(one, o);
}
CrbmOptions options() {
  CrbmOptions o{.hidden = 5, .history = 2, .epochs = 20};
  o.learning_rate = 0.01;
  return o;
}
/// Every parameter of the weights in turn.
std::vector<double*> all_of(CrbmWeights& w) {
  std::vector<double*> out;
  for (auto* part : {&w.w, &w.a, &w.b, &w.visible_bias, &w.hidden_bias})
    for (double& v : *part) out.push_back(&v);
  return out;
}

}  // namespace

TEST_CASE("crbm: the data term of the gradient is that of the free energy by finite differences") {
  CrbmOptions o = options();
  o.seed = 3;
  Crbm crbm = Crbm::random(3, o);
  const std::vector<double> rows = squares(40);
  REQUIRE(fit(crbm, rows, o));
  const std::span<const double> window(rows.data() + 24, 9);
  CrbmWeights gradient = crbm.data_gradient(window);
  CrbmWeights moved = crbm.weights();
  const std::vector<double*> g = all_of(gradient), p = all_of(moved);
  REQUIRE(g.size() == 5 * 3 + 3 * 6 + 5 * 6 + 3 + 5);
  constexpr double h = 1e-5;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double at = *p[i];
    *p[i] = at + h;
    const double above = Crbm(moved).free_energy(window);
    *p[i] = at - h;
    const double below = Crbm(moved).free_energy(window);
    *p[i] = at;
    CHECK(*g[i] == doctest::Approx(-(above - below) / (2 * h)).epsilon(1e-6).scale(1e-3));
  }
}

TEST_CASE("crbm: one update is the contrastive divergence that the free energy implies") {
  // After one update with one window, every parameter has moved by rate * (data - reconstruction).
  for (const std::size_t steps : {1, 3}) {
    CrbmOptions o = options();
    o.dtype = CrbmDtype::f64;
    o.epochs = 1;
    o.cd_steps = steps;
    Crbm crbm = Crbm::random(3, o);
    const CrbmWeights before = crbm.weights();
    const std::vector<double> all = squares(30);
    const std::vector<double> rows(all.begin() + 24, all.begin() + 33);
    std::vector<double> window = rows, again = rows;
    for (std::size_t k = 0; k < steps; ++k) {
      const auto v = Crbm(before).reconstruct(again);
      std::copy(v.begin(), v.end(), again.end() - 3);
    }
    CrbmWeights expected = before, plus = Crbm(before).data_gradient(window);
    CrbmWeights minus = Crbm(before).data_gradient(again);
    const auto e = all_of(expected), a = all_of(plus), b = all_of(minus);
    for (std::size_t i = 0; i < e.size(); ++i) *e[i] += o.learning_rate * (*a[i] - *b[i]);
    REQUIRE(fit(crbm, rows, o));
    CrbmWeights found = crbm.weights();
    const auto f = all_of(found);
    for (std::size_t i = 0; i < e.size(); ++i)
      CHECK(*f[i] == doctest::Approx(*e[i]).epsilon(1e-12));
  }
}

TEST_CASE("crbm: a batch of one row thrice is one update with that row") {
  const std::vector<double> row = squares(3);
  std::vector<std::span<const double>> thrice(3, std::span<const double>(row));
  CrbmOptions o = options();
  o.dtype = CrbmDtype::f64;
  o.epochs = 1;
  Crbm one = Crbm::random(3, o), three = one;
  REQUIRE(fit(one, row, o));
  o.batch = 3;
  REQUIRE(three.fit(thrice, o));
  for (std::size_t i = 0; i < one.weights().w.size(); ++i)
    CHECK(three.weights().w[i] == doctest::Approx(one.weights().w[i]).epsilon(1e-12));
  for (std::size_t i = 0; i < one.weights().a.size(); ++i)
    CHECK(three.weights().a[i] == doctest::Approx(one.weights().a[i]).epsilon(1e-12));
}

TEST_CASE("crbm: training lowers the error in both precisions, and the same seed gives the same") {
  const std::vector<double> rows = squares(200);
  for (const CrbmDtype dtype : {CrbmDtype::f32, CrbmDtype::f64}) {
    CrbmOptions o = options();
    o.dtype = dtype;
    Crbm crbm = Crbm::random(3, o), again = crbm;
    const auto report = fit(crbm, rows, o);
    REQUIRE(report);
    CHECK(report->windows == 198);
    CHECK(report->errors.back() < 0.5 * report->errors.front());
    REQUIRE(fit(again, rows, o));
    CHECK(again.weights().w == crbm.weights().w);
    o.seed = 9;
    Crbm other = Crbm::random(3, o);
    CHECK(other.weights().w != Crbm::random(3, options()).weights().w);
  }
}

TEST_CASE("crbm: activations of a sequence are the hiddens of its windows") {
  for (const std::size_t history : {0, 1, 3}) {
    for (const std::size_t hidden : {1, 10, 17}) {
      CrbmOptions o{.hidden = hidden, .history = history};
      const Crbm crbm = Crbm::random(3, o);
      const std::vector<double> rows = squares(12);
      const auto all = crbm.activations(rows);
      REQUIRE(all.size() == (12 - history) * hidden);
      for (std::size_t i = 0; i + history < 12; ++i) {
        const auto h = crbm.hidden({rows.data() + i * 3, (history + 1) * 3});
        for (std::size_t j = 0; j < hidden; ++j)
          CHECK(all[i * hidden + j] == doctest::Approx(h[j]).epsilon(1e-13));
      }
      CHECK(crbm.activations(std::span<const double>(rows).first(3 * history)).empty());
    }
  }
}

TEST_CASE("crbm: generation without W follows A and a, row after row") {
  // v = 1 + u/2 for one visible and a history of one.
  const Crbm crbm({.visible = 1,
                   .hidden = 1,
                   .history = 1,
                   .w = {0},
                   .a = {0.5},
                   .b = {0},
                   .visible_bias = {1},
                   .hidden_bias = {0}});
  const double past[] = {9, 4};
  CHECK(crbm.generate(past, 3, 1) == std::vector<double>{3, 2.5, 2.25});
  CHECK_THROWS_WITH_AS(crbm.generate({}, 1, 1), doctest::Contains("needs 1 rows"), LogicError);
}

TEST_CASE("crbm: generated rows have the distribution of the Gibbs chain, and the seed decides") {
  // One hidden unit, no history: the chain has two states, v = -1 and v = 1.
  const Crbm crbm({.visible = 1,
                   .hidden = 1,
                   .history = 0,
                   .w = {2},
                   .a = {},
                   .b = {},
                   .visible_bias = {-1},
                   .hidden_bias = {0.5}});
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const double up = sigmoid(0.5 - 2), stay = sigmoid(0.5 + 2);
  const double past[] = {0};
  const auto made = crbm.generate(past, 4000, 1, 30);
  const auto high = std::count(made.begin(), made.end(), 1.0);
  CHECK(static_cast<double>(high) / 4000 == doctest::Approx(up / (up + 1 - stay)).epsilon(0.05));
  CHECK(std::count(made.begin(), made.end(), -1.0) == 4000 - high);
  CHECK(crbm.generate(past, 50, 1) == crbm.generate(past, 50, 1));
  CHECK(crbm.generate(past, 50, 1) != crbm.generate(past, 50, 2));
}

TEST_CASE("crbm: what cannot be is refused, and nothing changes then") {
  Crbm crbm = Crbm::random(3, options());
  const auto before = crbm.weights().w;
  const auto few = fit(crbm, squares(2), options());
  REQUIRE_FALSE(few);
  CHECK(few.error().code == Errc::not_enough_data);
  CHECK(few.error().message.find("3 rows") != std::string::npos);
  std::vector<double> rows = squares(10);
  rows[13] = std::numeric_limits<double>::quiet_NaN();
  const auto unknown = fit(crbm, rows, options());
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Errc::unknown_data);
  CHECK(unknown.error().message.find("row 4, column 1") != std::string::npos);
  for (double& v : rows) v = 1e6;
  const auto diverged = fit(crbm, rows, options());
  REQUIRE_FALSE(diverged);
  CHECK(diverged.error().message.find("learning_rate") != std::string::npos);
  CHECK(crbm.weights().w == before);
  CrbmOptions bad = options();
  bad.learning_rate = 0;
  CHECK_THROWS_WITH_AS(fit(crbm, squares(10), bad), doctest::Contains("learning_rate"),
                       ConfigError);
  CrbmWeights cut = crbm.weights();
  cut.b.pop_back();
  CHECK_THROWS_WITH_AS(Crbm{cut}, doctest::Contains("B holds 29"), LogicError);
}
