#include "learningplane/evaluation/shapley.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "learningplane/error.hpp"
#include "support/windows.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;
using support::RandomWindows;

namespace {

double sum(const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); }

/// By the definition: the mean gain over all orders of the groups.
std::vector<double> over_all_orders(const Predictor& predict, std::span<const double> window,
                                    const model::WindowView& background,
                                    const std::vector<Block>& groups, const WindowShape& shape) {
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<double> out(groups.size(), 0.0);
  double orders = 0;
  do {
    std::vector<double> mixed(background.values.begin(), background.values.end());
    std::vector<double> said(background.count);
    predict({mixed, background.count, shape.lags}, said);
    double before = sum(said);
    for (const std::size_t g : order) {
      for (std::size_t b = 0; b < background.count; ++b) {
        for (const std::size_t c : cells_of(groups[g], shape))
          mixed[b * shape.cells() + c] = window[c];
      }
      predict({mixed, background.count, shape.lags}, said);
      out[g] += (sum(said) - before) / static_cast<double>(background.count);
      before = sum(said);
    }
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  for (double& v : out) v /= orders;
  return out;
}

const Predictor bent = support::each_window([](auto x) {
  // Of three together: reverse pairs of orders share out what two do together without any error.
  double out = std::tanh(x[0] * x[1] + x[2] * x[3] * x[4]) + 2 * x[1] * x[3] * x[x.size() - 1];
  for (std::size_t c = 2; c < x.size(); ++c) out += x[c] * x[c - 1] + std::max(x[c], 0.3);
  return out;
});

}  // namespace

TEST_CASE("shapley: a linear model gives w (x - mean x), exact and sampled") {
  const RandomWindows rows(7, 3, 4);
  const RandomWindows here(1, 3, 4, 9);
  std::vector<double> weights;
  for (std::size_t c = 0; c < 12; ++c) weights.push_back(static_cast<double>(c) - 4.5);
  const Predictor predict = support::linear(weights, 11);
  const std::vector<double> mean = mean_window(rows.view());
  for (const auto grouping : {Grouping::columns, Grouping::blocks}) {  // 4 groups, 12 groups
    const auto groups = make_blocks({3, 4}, grouping);
    const auto found = shapley(predict, here.values, rows.view(), groups, {.pairs = 7});
    REQUIRE(found.has_value());
    CHECK(found->exact == (grouping == Grouping::columns));
    for (std::size_t g = 0; g < groups.size(); ++g) {
      double want = 0;
      for (const std::size_t c : cells_of(groups[g], {3, 4}))
        want += weights[c] * (here.values[c] - mean[c]);
      CHECK(std::abs(found->values[g] - want) < 1e-9);
    }
    CHECK(std::abs(sum(found->values) - (found->forecast - found->expected)) < 1e-9);
  }
}

TEST_CASE("shapley: exact values are the mean over all orders; efficiency, symmetry, dummy") {
  const RandomWindows rows(4, 1, 5);
  const RandomWindows here(1, 1, 5, 9);
  const auto groups = make_blocks({1, 5}, Grouping::blocks);
  const auto found = shapley(bent, here.values, rows.view(), groups);
  REQUIRE(found.has_value());
  const auto want = over_all_orders(bent, here.values, rows.view(), groups, {1, 5});
  for (std::size_t g = 0; g < 5; ++g) {
    CHECK(std::abs(found->values[g] - want[g]) < 1e-12);
    CHECK(found->errors[g] == 0);
  }
  CHECK(std::abs(sum(found->values) - (found->forecast - found->expected)) < 1e-12);

  // Cells 0 and 1 play the same part and hold the same values; nobody looks at cell 4.
  const Predictor fair =
      support::each_window([](auto x) { return x[0] * x[1] * x[2] + std::exp(x[3]); });
  RandomWindows same = rows;
  for (std::size_t i = 0; i < same.count; ++i) same.values[i * 5 + 1] = same.values[i * 5];
  std::vector<double> window{0.7, 0.7, -0.2, 0.4, 0.9};
  const auto game = shapley(fair, window, same.view(), groups);
  REQUIRE(game.has_value());
  CHECK(std::abs(game->values[0] - game->values[1]) < 1e-12);
  CHECK(game->values[0] != 0);
  CHECK(game->values[4] == 0);
}

TEST_CASE("shapley: sampled values lie within three standard errors of the exact ones") {
  const RandomWindows rows(8, 2, 6);
  const RandomWindows here(1, 2, 6, 9);
  const auto groups = make_blocks({2, 6}, Grouping::blocks);  // 12
  const auto exact = shapley(bent, here.values, rows.view(), groups, {.exact_groups = 12});
  REQUIRE(exact.has_value());
  REQUIRE(exact->exact);
  double coarse = 0, fine = 0;
  for (const std::uint64_t seed : {0U, 1U, 2U}) {
    const ShapleyOptions few{.pairs = 40, .seed = seed}, many{.pairs = 4000, .seed = seed};
    const auto a = shapley(bent, here.values, rows.view(), groups, few);
    const auto b = shapley(bent, here.values, rows.view(), groups, many);
    REQUIRE(b.has_value());
    CHECK_FALSE(b->exact);
    for (std::size_t g = 0; g < groups.size(); ++g) {
      CHECK(b->errors[g] > 0);
      CHECK(std::abs(b->values[g] - exact->values[g]) <= 3 * b->errors[g]);
      CHECK(b->errors[g] < 0.02);
      coarse += std::abs(a->values[g] - exact->values[g]);
      fine += std::abs(b->values[g] - exact->values[g]);
    }
    CHECK(std::abs(sum(b->values) - (b->forecast - b->expected)) < 1e-9);
    CHECK(shapley(bent, here.values, rows.view(), groups, few)->values == a->values);
  }
  CHECK(fine < coarse / 4);  // a hundred times the pairs: about a tenth
}

TEST_CASE("shapley: a dummy gets nothing when sampled either") {
  const RandomWindows rows(3, 1, 11);
  const RandomWindows here(1, 1, 11, 9);
  const Predictor predict = support::each_window([](auto x) { return x[0] * x[9]; });
  const auto found =
      shapley(predict, here.values, rows.view(), make_blocks({1, 11}, Grouping::blocks));
  REQUIRE(found.has_value());
  for (std::size_t g = 0; g < 11; ++g) CHECK((found->values[g] != 0) == (g == 0 || g == 9));
}

TEST_CASE("shapley: what is refused") {
  const RandomWindows rows(3, 1, 2);
  const std::vector<double> window{1, 2}, short_window{1};
  const Predictor predict = support::linear({1, 1});
  const auto groups = make_blocks({1, 2}, Grouping::blocks);
  CHECK(shapley(predict, window, {{}, 0, 1}, groups).error().code == Errc::not_enough_data);
  CHECK_THROWS_AS((void)shapley(predict, short_window, rows.view(), groups), LogicError);
  const std::vector<Block> half{{.column = 0}}, twice{{.column = 0}, {.column = 1}, {.column = 1}};
  CHECK_THROWS_AS((void)shapley(predict, window, rows.view(), half), LogicError);
  CHECK_THROWS_AS((void)shapley(predict, window, rows.view(), twice), LogicError);
  CHECK_THROWS_AS((void)shapley(predict, window, rows.view(), groups, {.exact_groups = 21}),
                  LogicError);
  const Predictor broken = support::each_window([](auto) { return std::nan(""); });
  CHECK(shapley(broken, window, rows.view(), groups).error().code == Errc::unknown_data);
}
