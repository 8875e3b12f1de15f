#include "learningplane/evaluation/occlusion.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"
#include "support/windows.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;
using support::RandomWindows;

TEST_CASE("occlusion: a linear model loses weight x (value - what stands in)") {
  const RandomWindows w(20, 3, 2);
  const std::vector<double> weights{1, 0, -2, 3, 0.5, 4};
  const auto blocks = make_blocks({3, 2}, Grouping::blocks, 2);
  const std::vector<double> usual = mean_window(w.view());
  for (const Fill fill : {Fill::window_mean, Fill::usual}) {
    const auto found = occlusion(support::linear(weights, 7), w.view(), blocks, fill);
    REQUIRE(found.has_value());
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      double mean = 0, absolute = 0;
      for (std::size_t i = 0; i < w.count; ++i) {
        double want = 0;
        for (const std::size_t c : cells_of(blocks[b], {3, 2})) {
          const double own =
              (w.window(i)[c % 2] + w.window(i)[2 + c % 2] + w.window(i)[4 + c % 2]) / 3;
          want += weights[c] * (w.window(i)[c] - (fill == Fill::usual ? usual[c] : own));
        }
        CHECK((*found)[b].each[i] == doctest::Approx(want).epsilon(1e-12));
        mean += want / 20;
        absolute += std::abs(want) / 20;
      }
      CHECK((*found)[b].mean == doctest::Approx(mean).epsilon(1e-10));
      CHECK((*found)[b].absolute == doctest::Approx(absolute).epsilon(1e-10));
    }
  }
}

TEST_CASE("occlusion: only the windows looked at, and what is refused") {
  const RandomWindows w(5, 2, 1);
  const auto blocks = make_blocks({2, 1}, Grouping::blocks);
  const Predictor predict = support::linear({1, -1});
  const auto all = occlusion(predict, w.view(), blocks, Fill::usual);
  const std::vector<std::size_t> two{1, 4};
  const auto some = occlusion(predict, w.view(), blocks, Fill::usual, two);
  REQUIRE(some.has_value());
  // Bit for bit: what is usual comes from all windows.
  CHECK((*some)[0].each == std::vector<double>{(*all)[0].each[1], (*all)[0].each[4]});
  CHECK(occlusion(predict, {{}, 0, 2}, blocks).error().code == Errc::not_enough_data);
  const Predictor broken = support::each_window([](auto) { return std::nan(""); });
  CHECK(occlusion(broken, w.view(), blocks).error().code == Errc::unknown_data);
  const std::vector<Block> outside{{.column = 1}};
  CHECK_THROWS_AS((void)occlusion(predict, w.view(), outside), LogicError);
}
