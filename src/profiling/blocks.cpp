#include "profiling/blocks.hpp"

namespace learningplane::profiling::detail {

void Blocks::assign(std::span<const double> rows, std::size_t columns,
                    std::span<const double> centre) {
  using kernels::block_rows;
  columns_ = columns;
  rows_ = rows.size() / columns;
  data_.resize(padded_rows() * columns);
  for (std::size_t block = 0; block < count(); ++block) {
    double* to = data_.data() + block * columns * block_rows;
    for (std::size_t lane = 0; lane < block_rows; ++lane) {
      const std::size_t row = block * block_rows + lane;
      const double* from = rows.data() + (row < rows_ ? row : rows_ - 1) * columns;
      for (std::size_t j = 0; j < columns; ++j)
        to[j * block_rows + lane] = centre.empty() ? from[j] : from[j] - centre[j];
    }
  }
}

}  // namespace learningplane::profiling::detail
