#include "model/kernels/attention.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "learningplane/model/cpu.hpp"
#include "model/nn/matrix.hpp"

using namespace learningplane::model;
using namespace learningplane::model::kernels;

namespace {

template <class T>
struct Bound {
  double softmax, gelu, elu;
};
template <class T>
constexpr Bound<T> bound() {
  return sizeof(T) == 8 ? Bound<T>{1e-14, 2e-15, 1e-15} : Bound<T>{2e-7, 3e-7, 2e-7};
}

}  // namespace

TEST_CASE_TEMPLATE("attention kernels: softmax, GELU and ELU are as exact as stated", T, float,
                   double) {
  for (const CpuTier tier : {CpuTier::baseline, CpuTier::avx2, CpuTier::avx512}) {
    if (!cpu_supports(tier)) continue;
    CAPTURE(to_string(tier));
    const AttentionTable<T>& table = attention_table<T>(tier);
    constexpr std::size_t n = 4096;
    nn::Array<T> x(n), y(n), slope(n);
    for (std::size_t i = 0; i < n; ++i)
      x[i] = static_cast<T>(-12 + 24 * static_cast<double>(i) / (n - 1));
    table.gelu(n, x.data(), y.data(), slope.data());
    double worst = 0, steepest = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double v = x[i], share = 0.5 * std::erfc(-v / std::sqrt(2.0));
      const double bell = std::exp(-v * v / 2) / std::sqrt(2 * 3.14159265358979323846);
      const double size = std::max(1.0, std::abs(v));
      worst = std::max(worst, std::abs(static_cast<double>(y[i]) - v * share) / size);
      steepest =
          std::max(steepest, std::abs(static_cast<double>(slope[i]) - share - v * bell) / size);
    }
    CHECK(worst < bound<T>().gelu);
    CHECK(steepest < bound<T>().gelu);

    table.elu(n, x.data(), y.data());
    worst = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double v = x[i];
      worst = std::max(worst, std::abs(static_cast<double>(y[i]) - (v > 0 ? v : std::expm1(v))));
    }
    CHECK(worst < 13 * bound<T>().elu);

    // Every length of a row from one number to three vectors and a bit; the rest becomes zero.
    for (std::size_t columns = 1; columns < 50; ++columns) {
      nn::Array<T> row(64), kept(64);
      for (std::size_t i = 0; i < 64; ++i)
        kept[i] = row[i] = static_cast<T>(3 * std::sin(2 * static_cast<double>(i)));
      const std::size_t length = columns;
      table.softmax({1, 64, 64, row.data(), T(0.5), &length});
      double sum = 0;
      for (std::size_t i = 0; i < columns; ++i) sum += std::exp(0.5 * static_cast<double>(kept[i]));
      for (std::size_t i = 0; i < 64; ++i) {
        const double truth = i < columns ? std::exp(0.5 * static_cast<double>(kept[i])) / sum : 0.0;
        CHECK(std::abs(static_cast<double>(row[i]) - truth) < bound<T>().softmax);
      }
    }
  }
}

TEST_CASE("attention kernels: softmax of large numbers does not overflow") {
  const AttentionTable<float>& table = attention_table<float>(cpu_tier());
  nn::Array<float> row(16, 3e37F);
  row[3] = 3.2e37F;
  table.softmax({1, 16, 16, row.data(), 1.0F, nullptr});
  CHECK(row[3] == doctest::Approx(1));
  CHECK(row[0] == doctest::Approx(0));
}
