#include "model/gram.hpp"

#include <doctest/doctest.h>

#include <Eigen/Dense>

#include "support/series.hpp"

using namespace learningplane::model;
using detail::Design;
using detail::Gram;

namespace {

/// Rows of noise and, in `dense`, the same for Eigen.
Design filled(std::size_t rows, std::size_t columns, Eigen::MatrixXd& dense) {
  support::Noise noise(rows * 100 + columns);
  Design out(rows, columns);
  dense.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t c = 0; c < columns; ++c)
      dense(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(c)) = out.row(i)[c] =
          noise.normal();
  }
  return out;
}

}  // namespace

TEST_CASE("gram: equal to Eigen on every tier, with and without weights") {
  Gram gram;  // one object for all sizes: nothing of the last call may remain
  for (const CpuTier tier : {CpuTier::baseline, CpuTier::avx2, CpuTier::avx512}) {
    if (!cpu_supports(tier)) continue;
    CAPTURE(to_string(tier));
    for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{1, 1},
                                        {3, 7},
                                        {127, 8},
                                        {128, 9},
                                        {129, 31},
                                        {500, 33},
                                        {40, 70}}) {
      CAPTURE(rows);
      CAPTURE(columns);
      Eigen::MatrixXd dense;
      const Design z = filled(rows, columns, dense);
      for (const bool weighted : {false, true}) {
        std::vector<double> weights;
        for (std::size_t i = 0; weighted && i < rows; ++i)
          weights.push_back(0.1 + static_cast<double>(i % 5));
        gram.compute(z, weights, tier);
        const Eigen::VectorXd w =
            weighted ? Eigen::Map<Eigen::VectorXd>(weights.data(), static_cast<Eigen::Index>(rows))
                           .eval()
                     : Eigen::VectorXd::Ones(static_cast<Eigen::Index>(rows)).eval();
        const Eigen::MatrixXd expected = dense.transpose() * w.asDiagonal() * dense;
        REQUIRE(gram.size() == columns);
        double worst = 0;
        for (std::size_t i = 0; i < columns; ++i) {
          for (std::size_t j = 0; j < columns; ++j)
            worst =
                std::max(worst, std::abs(gram.at(i, j) - expected(static_cast<Eigen::Index>(i),
                                                                  static_cast<Eigen::Index>(j))));
        }
        CHECK(worst < 1e-10 * static_cast<double>(rows));
      }
    }
  }
}

TEST_CASE("gram: solves what Eigen solves, and says where there is nothing to solve") {
  Eigen::MatrixXd dense;
  const Design z = filled(60, 6, dense);
  Gram gram;
  gram.compute(z, {});
  const std::vector<double> penalty{0.5, 0, 2, 0.1, 1};
  std::vector<double> b(5);
  REQUIRE(gram.solve(5, 5, penalty, b));
  const Eigen::MatrixXd g = dense.transpose() * dense;
  Eigen::MatrixXd left = g.topLeftCorner(5, 5);
  for (Eigen::Index i = 0; i < 5; ++i) left(i, i) += penalty[static_cast<std::size_t>(i)];
  const Eigen::VectorXd expected = left.ldlt().solve(g.col(5).head(5));
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(b[i] == doctest::Approx(expected(static_cast<Eigen::Index>(i))).epsilon(1e-10));

  Design empty(4, 3);  // all zero: singular without a penalty
  gram.compute(empty, {});
  CHECK_FALSE(gram.solve(2, 2, std::vector<double>{0, 0}, b));
  empty.row(0)[0] = empty.row(0)[2] = 1e200;  // their product is no number
  gram.compute(empty, {});
  CHECK_FALSE(gram.solve(2, 2, std::vector<double>{1, 1}, b));
}
