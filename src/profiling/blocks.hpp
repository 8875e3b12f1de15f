#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "profiling/kernels/kernels.hpp"

namespace learningplane::profiling::detail {

/// Rows turned into the blocks that the kernels read; the last block is filled up with its last
/// row.
class Blocks {
 public:
  /// @param centre taken off every row; empty: nothing
  Blocks(std::span<const double> rows, std::size_t columns, std::span<const double> centre = {}) {
    assign(rows, columns, centre);
  }
  Blocks() = default;
  /// Takes other rows, keeping the memory.
  void assign(std::span<const double> rows, std::size_t columns,
              std::span<const double> centre = {});
  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::size_t count() const { return (rows_ + kernels::block_rows - 1) / kernels::block_rows; }
  std::size_t padded_rows() const { return count() * kernels::block_rows; }
  const double* data() const { return data_.data(); }
  double at(std::size_t row, std::size_t column) const {
    return data_[(row / kernels::block_rows * columns_ + column) * kernels::block_rows +
                 row % kernels::block_rows];
  }
  /// Adds a row, `times` times, to `columns` numbers.
  void add(std::size_t row, double times, double* into) const {
    const double* from = &data_[row / kernels::block_rows * columns_ * kernels::block_rows +
                                row % kernels::block_rows];
    for (std::size_t j = 0; j < columns_; ++j) into[j] += times * from[j * kernels::block_rows];
  }

 private:
  std::size_t rows_ = 0, columns_ = 0;
  std::vector<double> data_;
};

}  // namespace learningplane::profiling::detail
