#include "model/ridge_solver.hpp"

#include <Eigen/Cholesky>
#include <cmath>

#include "model/learned.hpp"

namespace learningplane::model::detail {

using Eigen::Index;

namespace {

Index index(std::size_t n) { return static_cast<Index>(n); }

/// Weights and intercept of one step.
Eigen::VectorXd joined(const double* weights, Index width, double intercept) {
  Eigen::VectorXd out(width + 1);
  out.head(width) = Eigen::Map<const Eigen::VectorXd>(weights, width);
  out[width] = intercept;
  return out;
}

}  // namespace

RidgeSolver::RidgeSolver(const Examples& train, const std::vector<double>& last,
                         const RidgeOptions& options)
    : options_(options),
      z_(index(train.count()), index(train.width)),
      y_(index(train.count()), index(train.horizon)) {
  const Index n = z_.rows(), width = z_.cols(), steps = y_.cols();
  for (Index i = 0; i < n; ++i) {
    const auto row = static_cast<std::size_t>(i);
    z_.row(i) = Eigen::Map<const Eigen::RowVectorXd>(train.window(row).data(), width);
    y_.row(i) = Eigen::Map<const Eigen::RowVectorXd>(train.target(row).data(), steps);
    if (!last.empty()) y_.row(i).array() -= last[row];
  }
  low_ = z_.colwise().minCoeff();
  high_ = z_.colwise().maxCoeff();
  offset_ = z_.colwise().mean();
  z_.rowwise() -= offset_;
  scale_ = (z_.colwise().squaredNorm() / static_cast<double>(n)).cwiseSqrt();
  // Constant lags carry nothing: rounding alone must not be stretched to a deviation of one.
  for (Index c = 0; c < width; ++c) {
    if (!(scale_[c] > 1e-12 * (1 + std::abs(offset_[c])))) scale_[c] = 1;
  }
  z_.array().rowwise() /= scale_.array();
  gram_ = z_.transpose() * z_;
  mean_ = y_.colwise().mean();
  right_ = z_.transpose() * (y_.rowwise() - mean_);
}

ClippedRegression& RidgeSolver::clipped(double penalty) {
  if (penalty != clipped_penalty_) {
    clipped_ =
        std::make_unique<ClippedRegression>(z_, Eigen::VectorXd::Constant(z_.cols(), penalty));
    clipped_penalty_ = penalty;
  }
  return *clipped_;
}

// Half of the residuals of a step are smaller: the scale of a pinball loss.
Eigen::VectorXd RidgeSolver::usual_size(const Tensors& learned) const {
  const Eigen::Map<const Matrix> weights(numbers(learned, "weights").data(), y_.cols(), z_.cols());
  const Eigen::Map<const Eigen::RowVectorXd> intercept(numbers(learned, "intercept").data(),
                                                       y_.cols());
  const Matrix residuals = (y_ - z_ * weights.transpose()).rowwise() - intercept;
  Eigen::VectorXd out(y_.cols());
  for (Index s = 0; s < y_.cols(); ++s)
    out[s] = residuals.col(s).cwiseAbs().mean() * 1.2533;  // of |N(0, 1)|
  return out;
}

Tensors RidgeSolver::solve(double penalty, const Tensors* from) {
  const Index width = z_.cols(), steps = y_.cols();
  const auto size = [](Index n) { return static_cast<std::size_t>(n); };
  Matrix left = gram_;
  left.diagonal().array() += penalty;
  Matrix weights = left.ldlt().solve(right_).transpose();
  Eigen::RowVectorXd intercept = mean_;
  Tensors out{{"weights", tensor({size(steps), size(width)}, weights.data())},
              {"intercept", tensor({size(steps)}, intercept.data())},
              {"offset", tensor({size(width)}, offset_.data())},
              {"scale", tensor({size(width)}, scale_.data())},
              {"low", tensor({size(width)}, low_.data())},
              {"high", tensor({size(width)}, high_.data())},
              {"penalty", tensor({1}, &penalty)}};
  if (options_.loss == RidgeLoss::squared || !weights.allFinite()) return out;
  const Tensors& first = from != nullptr ? *from : out;
  const Eigen::VectorXd size_of =
      options_.loss == RidgeLoss::absolute ? usual_size(out) : Eigen::VectorXd();
  for (Index s = 0; s < steps; ++s) {
    const Eigen::VectorXd start = joined(numbers(first, "weights").data() + s * width, width,
                                         numbers(first, "intercept")[size(s)]);
    const Eigen::VectorXd found =
        options_.loss == RidgeLoss::huber
            ? clipped(penalty).huber(y_.col(s), options_.huber_delta, start)
            : clipped(penalty).quantile(y_.col(s), 0.5, size_of[s], start);
    weights.row(s) = found.head(width).transpose();
    intercept[s] = found[width];
  }
  out["weights"] = tensor({size(steps), size(width)}, weights.data());
  out["intercept"] = tensor({size(steps)}, intercept.data());
  return out;
}

void RidgeSolver::add_heads(Tensors& learned) {
  const Index width = z_.cols(), steps = y_.cols(), levels = index(options_.levels.size());
  if (levels == 0) return;
  const Eigen::VectorXd size_of = usual_size(learned);
  Matrix weights(steps * levels, width);
  Eigen::VectorXd intercept(steps * levels);
  for (Index s = 0; s < steps; ++s) {
    Eigen::VectorXd found = joined(numbers(learned, "weights").data() + s * width, width,
                                   numbers(learned, "intercept")[static_cast<std::size_t>(s)]);
    for (Index l = 0; l < levels; ++l) {
      const double level = options_.levels[static_cast<std::size_t>(l)];
      found = clipped(numbers(learned, "penalty")[0]).quantile(y_.col(s), level, size_of[s], found);
      weights.row(s * levels + l) = found.head(width).transpose();
      intercept[s * levels + l] = found[width];
    }
  }
  const auto rows = static_cast<std::size_t>(steps * levels);
  learned["head_weights"] = tensor({rows, static_cast<std::size_t>(width)}, weights.data());
  learned["head_intercept"] = tensor({rows}, intercept.data());
}

}  // namespace learningplane::model::detail
