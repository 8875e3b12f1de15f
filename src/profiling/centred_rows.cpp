#include "profiling/centred_rows.hpp"

#include <algorithm>
#include <cmath>

namespace learningplane::profiling::detail {

CentredRows::CentredRows(std::span<const double> rows, std::size_t columns)
    : rows_(rows), columns_(columns), centre_(columns) {
  const std::size_t n = this->rows(), stride = std::max<std::size_t>(1, n / 1024);
  std::size_t seen = 0;
  for (std::size_t row = 0; row < n; row += stride, ++seen)
    for (std::size_t j = 0; j < columns; ++j) centre_[j] += rows[row * columns + j];
  for (double& m : centre_) m /= static_cast<double>(seen);
  for (std::size_t row = 0; row < n; row += stride)
    for (std::size_t j = 0; j < columns; ++j) reach_ = std::max(reach_, std::abs(at(row, j)));
}

}  // namespace learningplane::profiling::detail
