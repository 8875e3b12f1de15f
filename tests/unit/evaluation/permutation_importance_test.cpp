#include "learningplane/evaluation/permutation_importance.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "evaluation/explain_support.hpp"
#include "learningplane/error.hpp"
#include "support/windows.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;
using support::RandomWindows;

namespace {

std::vector<double> ask(const Predictor& predict, const RandomWindows& w) {
  std::vector<double> out(w.count);
  predict(w.view(), out);
  return out;
}

}  // namespace

TEST_CASE("permutation importance: of two windows either nothing moves or both change places") {
  RandomWindows w(2, 1, 2);
  w.values = {1, 5, 4, 7};
  const Predictor predict = support::linear({2, 0});
  const std::vector<double> truth{2, 8};  // what it says
  const auto blocks = make_blocks({1, 2}, Grouping::blocks);
  for (const auto loss : {Loss::mae, Loss::mse}) {
    const auto found =
        permutation_importance(predict, w.view(), truth, blocks, {.loss = loss, .repeats = 40});
    REQUIRE(found.has_value());
    CHECK(found->loss == 0);
    const double swapped = loss == Loss::mae ? 6 : 36;
    bool both[2]{};
    for (const double e : found->blocks[0].each) {
      CHECK((e == 0 || e == swapped));
      both[e == 0 ? 0 : 1] = true;
    }
    CHECK(both[0]);
    CHECK(both[1]);
    for (const double e : found->blocks[1].each) CHECK(e == 0);  // nobody looks at it
  }
}

TEST_CASE("permutation importance: of a true linear model the MSE grows by 2 w^2 variance") {
  const RandomWindows w(400, 2, 2);
  const std::vector<double> weights{0.5, -2, 1, 0};
  const Predictor predict = support::linear(weights);
  const auto found = permutation_importance(predict, w.view(), ask(predict, w),
                                            make_blocks({2, 2}, Grouping::blocks),
                                            {.loss = Loss::mse, .repeats = 200, .seed = 3});
  REQUIRE(found.has_value());
  const auto blocks = make_blocks({2, 2}, Grouping::blocks);
  const std::vector<double> mean = mean_window(w.view());
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const std::size_t cell = cells_of(blocks[b], {2, 2}).front();
    double variance = 0;
    for (std::size_t i = 0; i < w.count; ++i)
      variance += std::pow(w.window(i)[cell] - mean[cell], 2) / static_cast<double>(w.count);
    // Over all permutations the mean of (x' - x)^2 is twice the variance, exactly.
    const double want = 2 * weights[cell] * weights[cell] * variance;
    const BlockImportance& got = found->blocks[b];
    CHECK(std::abs(got.mean - want) <= 3 * got.deviation / std::sqrt(200.0));
    CHECK((want == 0) == (got.mean == 0));
  }
}

TEST_CASE("permutation importance: repeats and blocks do not disturb each other; seeds count") {
  const RandomWindows w(50, 3, 2);
  const Predictor predict = support::linear({1, 2, 3, 4, 5, 6}, 1);
  const std::vector<double> truth(50, 0.5);
  const auto blocks = make_blocks({3, 2}, Grouping::blocks);
  const auto few = permutation_importance(predict, w.view(), truth, blocks, {.repeats = 2});
  const auto many = permutation_importance(predict, w.view(), truth, std::span(blocks).subspan(3),
                                           {.repeats = 6});
  REQUIRE(few.has_value());
  REQUIRE(many.has_value());
  for (std::size_t b = 3; b < blocks.size(); ++b) {
    for (std::size_t r = 0; r < 2; ++r)
      CHECK(few->blocks[b].each[r] == many->blocks[b - 3].each[r]);
  }
  const auto other =
      permutation_importance(predict, w.view(), truth, blocks, {.repeats = 2, .seed = 1});
  CHECK(other->blocks[0].each != few->blocks[0].each);
}

TEST_CASE("permutation importance: only the scored windows count, but all lend their blocks") {
  const RandomWindows w(30, 1, 1);
  const Predictor predict = support::linear({1});
  const auto truth = ask(predict, w);
  const std::vector<Block> block{{.column = 0}};
  const std::vector<std::size_t> scored{4, 9};
  const PermutationOptions o{.repeats = 1, .seed = 8};
  const auto found = permutation_importance(predict, w.view(), truth, block, o, scored);
  REQUIRE(found.has_value());
  auto random = evaluation::detail::random_of(8, 0);
  const auto from = evaluation::detail::shuffled(30, random);
  double want = 0;
  for (const std::size_t i : scored) want += std::abs(w.values[from[i]] - w.values[i]) / 2;
  CHECK(found->blocks[0].mean == doctest::Approx(want).epsilon(1e-12));
}

TEST_CASE("permutation importance: what is refused") {
  const RandomWindows w(4, 1, 1);
  const auto blocks = make_blocks({1, 1}, Grouping::blocks);
  const std::vector<double> truth(4, 0.0), short_truth(3, 0.0);
  const Predictor predict = support::linear({1});
  CHECK(permutation_importance(predict, {{}, 0, 1}, {}, blocks).error().code ==
        Errc::not_enough_data);
  const Predictor broken = support::linear({std::numeric_limits<double>::infinity()});
  CHECK(permutation_importance(broken, w.view(), truth, blocks).error().code == Errc::unknown_data);
  std::vector<double> hole = truth;
  hole[1] = std::nan("");
  CHECK(permutation_importance(predict, w.view(), hole, blocks).error().code == Errc::unknown_data);
  CHECK_THROWS_AS((void)permutation_importance(predict, w.view(), short_truth, blocks), LogicError);
  CHECK_THROWS_AS((void)permutation_importance(predict, w.view(), truth, blocks, {.repeats = 0}),
                  LogicError);
}
