#pragma once
// X'X and X'Y of sliding windows from sums along the series: windows overlap, so that each product
// of two lags follows from the one before it. O(lags (lags + rows)) instead of O(lags^2 rows).
#include <Eigen/Core>
#include <vector>

#include "learningplane/model/windowed.hpp"

namespace learningplane::model::detail {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// One column's mean and standard deviation over the newest rows of the windows.
struct Scaling {
  double centre = 0;
  double scale = 1;  ///< 1 where the column does not vary
};

/// Where a channel stands in the windows.
struct Channel {
  std::size_t lags, columns, column;
  bool target;  ///< its targets are those of the examples
};
Scaling scaling_of(const Examples& examples, const Channel& channel);

/// Sums over windows of scaled numbers z: the lags (oldest first) and the steps after them.
struct LagProducts {
  Matrix products;       ///< lags x (lags + horizon); the first part is symmetric
  Eigen::VectorXd sums;  ///< lags + horizon
  double count = 0;

  LagProducts(std::size_t lags, std::size_t horizon);
  /// Adds all windows of one channel; other channels than the target need `rows_follow`.
  void add(const Examples& examples, const Channel& channel, const Scaling& scaling);
  /// After the last add(): fills what symmetry gives.
  void complete();

 private:
  void add_run(const std::vector<double>& z, std::size_t windows);
};

}  // namespace learningplane::model::detail
