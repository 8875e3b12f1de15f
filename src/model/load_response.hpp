#pragma once
// The function from loads to a resource that LoadRegression learns.
#include <span>
#include <vector>

#include "learningplane/model/load_regression.hpp"

namespace learningplane::model::detail {

class LoadResponse {
 public:
  /// Learns from rows x loads and their targets. @return not_enough_data
  static Result<LoadResponse> fit(std::span<const double> loads, std::span<const double> targets,
                                  const LoadRegressionOptions& options);
  double operator()(std::span<const double> loads) const;

  Tensors save() const;
  /// @throws FormatError
  static LoadResponse from(const Tensors& tensors, const LoadRegressionOptions& options);

 private:
  std::size_t pieces() const { return weights_.size() / loads_; }
  void features(std::span<const double> loads, double* out) const;
  std::size_t loads_ = 0;
  LoadShape shape_ = LoadShape::linear;
  bool non_negative_ = true;
  std::vector<double> knots_{};    // loads x knots, increasing
  std::vector<double> weights_{};  // loads x pieces
  double intercept_ = 0;
};

}  // namespace learningplane::model::detail
