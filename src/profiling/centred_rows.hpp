#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "profiling/kernels/kernels.hpp"

namespace learningplane::profiling::detail {

/// Rows of somebody else, looked at from a place amid them, so that no digits are lost to where
/// they lie.
class CentredRows {
 public:
  /// The place is the mean of a sample. @param rows must outlive this
  CentredRows(std::span<const double> rows, std::size_t columns);
  std::size_t rows() const { return rows_.size() / columns_; }
  std::size_t columns() const { return columns_; }
  const std::vector<double>& centre() const { return centre_; }
  /// The farthest that a cell of the sample is from its centre.
  double reach() const { return reach_; }
  double at(std::size_t row, std::size_t column) const {
    return rows_[row * columns_ + column] - centre_[column];
  }
  /// Adds a row, `times` times, to `columns` numbers.
  void add(std::size_t row, double times, double* into) const {
    const double* from = &rows_[row * columns_];
    for (std::size_t j = 0; j < columns_; ++j) into[j] += times * (from[j] - centre_[j]);
  }
  /// Takes a row out of one sum of `columns` numbers and into another.
  void move(std::size_t row, double* out_of, double* into) const {
    const double* from = &rows_[row * columns_];
    for (std::size_t j = 0; j < columns_; ++j) {
      const double x = from[j] - centre_[j];
      out_of[j] -= x;
      into[j] += x;
    }
  }
  void prefetch(std::size_t row) const {
    const double* from = &rows_[row * columns_];
    for (std::size_t j = 0; j < columns_; j += 8) __builtin_prefetch(from + j);
  }
  /// Some of the rows, for a kernel.
  kernels::Rows part(std::size_t first, std::size_t count) const {
    return {count, columns_, rows_.data() + first * columns_, centre_.data()};
  }
  kernels::Rows all() const { return part(0, rows()); }

 private:
  std::span<const double> rows_;
  std::size_t columns_;
  std::vector<double> centre_;
  double reach_ = 0;
};

}  // namespace learningplane::profiling::detail
