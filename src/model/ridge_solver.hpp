#pragma once
// The equations of Ridge: windows standardised once, solved for each penalty.
#include <memory>

#include "learningplane/model/ridge.hpp"
#include "model/clipped_regression.hpp"

namespace learningplane::model::detail {

class RidgeSolver {
 public:
  /// @param last the newest target of each window where differences to it are explained, else empty
  RidgeSolver(const Examples& examples, const std::vector<double>& last,
              const RidgeOptions& options);
  /// @param from what a fit with nearly the same equations found, to start from, or nullptr
  Tensors solve(double penalty, const Tensors* from);
  /// Adds the quantile heads to what solve() found.
  void add_heads(Tensors& learned);

 private:
  Eigen::VectorXd usual_size(const Tensors& learned) const;
  ClippedRegression& clipped(double penalty);

  const RidgeOptions& options_;
  Matrix z_, y_, gram_, right_;
  Eigen::RowVectorXd low_, high_, offset_, scale_, mean_;
  std::unique_ptr<ClippedRegression> clipped_;
  double clipped_penalty_ = -1;
};

}  // namespace learningplane::model::detail
