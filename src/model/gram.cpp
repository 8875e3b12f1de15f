#include "model/gram.hpp"

#include <algorithm>
#include <cmath>

#include "model/kernels/dispatch.hpp"
#include "model/kernels/kernels.hpp"

namespace learningplane::model::detail {

namespace {
constexpr std::size_t widest = 8;  // doubles of the widest vector
}

Design::Design(std::size_t rows, std::size_t columns)
    : rows_(rows),
      columns_(columns),
      stride_((columns + widest - 1) / widest * widest),
      data_(rows * stride_) {}

void Gram::compute(const Design& z, std::span<const double> weights, CpuTier tier) {
  const kernels::Table<double>& k = kernels::table<double>(tier);
  size_ = z.columns();
  stride_ = z.stride();
  values_.assign(stride_ * stride_, 0);
  const double* left = z.row(0);
  if (!weights.empty()) {
    weighted_.resize(z.rows() * stride_);
    for (std::size_t i = 0; i < z.rows(); ++i) {
      const double* from = z.row(i);
      double* to = weighted_.data() + i * stride_;
      for (std::size_t c = 0; c < stride_; ++c) to[c] = weights[i] * from[c];
    }
    left = weighted_.data();
  }
  // In blocks of rows that stay in the cache; each panel of columns starts from what stands there.
  constexpr std::size_t block = 128;
  const std::size_t vectors = stride_ / k.width;
  for (std::size_t first = 0; first < z.rows(); first += block) {
    const std::size_t count = std::min(block, z.rows() - first);
    for (std::size_t v = 0; v < vectors; v += 4) {
      const std::size_t column = v * k.width;
      // Symmetric: the rows above the panel's last column suffice.
      const std::size_t part = std::min<std::size_t>(4, vectors - v);
      const std::size_t m = std::min(size_, column + part * k.width);
      double* c = values_.data() + column;
      k.panel({m, count, part, left + first * stride_, 1, stride_, z.row(first) + column, stride_,
               c, stride_, c, stride_});
    }
  }
  for (std::size_t i = 0; i < size_; ++i) {
    for (std::size_t j = 0; j < i; ++j) values_[i * stride_ + j] = values_[j * stride_ + i];
  }
}

bool Gram::solve(std::size_t inputs, std::size_t target, std::span<const double> penalty,
                 std::span<double> b) {
  // Cholesky, row by row; the inputs are few.
  factor_.resize(inputs * inputs);
  for (std::size_t i = 0; i < inputs; ++i) {
    double* li = factor_.data() + i * inputs;
    for (std::size_t j = 0; j <= i; ++j) {
      const double* lj = factor_.data() + j * inputs;
      double sum = at(i, j) + (i == j ? penalty[i] : 0);
      for (std::size_t c = 0; c < j; ++c) sum -= li[c] * lj[c];
      if (i == j) {
        if (!(sum > 0)) return false;
        li[i] = std::sqrt(sum);
      } else {
        li[j] = sum / lj[j];
      }
    }
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    double sum = at(i, target);
    for (std::size_t c = 0; c < i; ++c) sum -= factor_[i * inputs + c] * b[c];
    b[i] = sum / factor_[i * inputs + i];
  }
  for (std::size_t i = inputs; i-- > 0;) {
    double sum = b[i];
    for (std::size_t c = i + 1; c < inputs; ++c) sum -= factor_[c * inputs + i] * b[c];
    b[i] = sum / factor_[i * inputs + i];
  }
  return std::all_of(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(inputs),
                     [](double v) { return std::isfinite(v); });
}

}  // namespace learningplane::model::detail
