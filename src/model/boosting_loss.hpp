#pragma once
#include <span>
#include <vector>

#include "learningplane/model/boosted_trees.hpp"

namespace learningplane::model::detail {

/// Losses of truth minus forecast.
class BoostingLossFunction {
 public:
  explicit BoostingLossFunction(const BoostedTreesOptions& options) : options_(options) {}

  /// The one number that suits all best. @param residuals not empty; their order is lost
  double best_constant(std::vector<double>& residuals) const;
  /// Derivatives by the forecast, for each row.
  void gradients(std::span<const double> truth, std::span<const double> forecast,
                 std::span<double> out);
  /// Whether the value of a leaf is best_constant() of its rows rather than their mean gradient.
  bool refines_leaves() const { return options_.loss != BoostingLoss::squared; }
  double mean(std::span<const double> truth, std::span<const double> forecast) const;

 private:
  double one(double residual) const;
  const BoostedTreesOptions& options_;
  double delta_ = 0;  // Huber's limit of small residuals, as of the last gradients()
  std::vector<double> scratch_{};
};

}  // namespace learningplane::model::detail
