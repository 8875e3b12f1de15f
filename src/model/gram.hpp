#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "learningplane/model/cpu.hpp"

namespace learningplane::model::detail {

/// Rows of numbers, padded with zeros to whole vectors so that the kernels can take them.
class Design {
 public:
  Design(std::size_t rows, std::size_t columns);
  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::size_t stride() const { return stride_; }
  double* row(std::size_t i) { return data_.data() + i * stride_; }
  const double* row(std::size_t i) const { return data_.data() + i * stride_; }

 private:
  std::size_t rows_, columns_, stride_;
  std::vector<double> data_;
};

/// Z' diag(w) Z, columns x stride, through the kernels of this machine. An object, because it keeps
/// its memory from call to call.
class Gram {
 public:
  /// @param weights one a row; empty: all one
  void compute(const Design& z, std::span<const double> weights, CpuTier tier = cpu_tier());
  double at(std::size_t i, std::size_t j) const { return values_[i * stride_ + j]; }
  std::size_t size() const { return size_; }
  /// Weights b of the first `inputs` columns that explain column `target`:
  /// (G + diag(penalty)) b = g_target. False where there is no finite solution.
  bool solve(std::size_t inputs, std::size_t target, std::span<const double> penalty,
             std::span<double> b);

 private:
  std::size_t size_ = 0, stride_ = 0;
  std::vector<double> values_, weighted_, factor_;
};

}  // namespace learningplane::model::detail
