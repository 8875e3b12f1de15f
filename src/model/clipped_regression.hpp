#pragma once
// Linear regression where a residual's pull is the residual clipped to a range: Huber's loss, and
// the pinball loss smoothed on a short stretch. Newton's method: the matrix of the equations is the
// Gram matrix of the rows whose residuals lie within the range, and only the rows that changed
// sides since the last round are added or taken off.
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "model/kernels/dispatch.hpp"
#include "model/lag_products.hpp"

namespace learningplane::model::detail {

/// Many targets, one after another, on the same rows; each starts where the one before it ended.
class ClippedRegression {
 public:
  /// @param z rows x columns; a column of ones for the intercept is added
  /// @param penalties on half the squared weights, 0 or more; none on the intercept
  /// @param sample_weights one a row, above 0; empty: all 1
  ClippedRegression(const Matrix& z, Eigen::VectorXd penalties,
                    const Eigen::VectorXd& sample_weights = {});

  /// No limits: least squares.
  Eigen::VectorXd squared(const Eigen::VectorXd& y);
  /// Residuals beyond delta robust standard deviations (median / 0.6745) count linearly.
  /// @param start weights and intercept to start from, columns + 1
  /// @return weights and intercept
  Eigen::VectorXd huber(const Eigen::VectorXd& y, double delta, Eigen::VectorXd start);
  /// The same where a residual counts linearly beyond `limit`.
  Eigen::VectorXd huber_at(const Eigen::VectorXd& y, double limit, Eigen::VectorXd start);
  /// The quantile `level`: residuals weigh level above and 1 - level below. The penalty is divided
  /// by `scale`, the size of a usual residual, so that it means what it means for squares.
  Eigen::VectorXd quantile(const Eigen::VectorXd& y, double level, double scale,
                           Eigen::VectorXd start);

 private:
  struct Limits {
    double low, high;
  };
  struct Step {
    double largest;  // change of a fitted value
    bool solved;
  };
  void begin(const Eigen::VectorXd& y, const Eigen::VectorXd& start);
  Eigen::VectorXd end() const;
  Step step(Limits limits, double penalty_factor, double ridge);
  double slope(Limits limits, double penalty_factor, double at) const;
  double length(Limits limits, double penalty_factor) const;
  double robust_scale();
  void take(Limits limits);
  void add_rows(const std::vector<std::size_t>& rows, double sign);
  void times(const double* weights, double* out) const;
  void transposed_times(const double* rows, double* out) const;

  const kernels::Table<double>& table_;
  std::size_t n_, p_, rows_, width_;  // rows_, width_: padded to whole vectors
  std::vector<double> z_, zt_;        // rows_ x width_, and its transpose in stretches
  std::vector<double> sample_;
  Eigen::VectorXd penalties_;
  std::vector<double> gram_;          // width_ x width_, lower triangle
  std::vector<std::uint8_t> within_;  // whose rows are in gram_
  std::size_t count_within_ = 0;
  std::vector<double> b_, delta_, r_, d_, pull_, gradient_, sizes_;
};

}  // namespace learningplane::model::detail
