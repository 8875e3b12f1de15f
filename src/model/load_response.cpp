#include "model/load_response.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "model/lag_products.hpp"
#include "model/learned.hpp"

namespace learningplane::model::detail {

using Eigen::Index;
using Eigen::VectorXd;

namespace {

/// Least squares with weights at or above zero: one coordinate after another.
VectorXd non_negative(const Matrix& gram, const VectorXd& right) {
  VectorXd b = VectorXd::Zero(right.size());
  for (int round = 0; round < 20000; ++round) {
    double moved = 0;
    for (Index j = 0; j < b.size(); ++j) {
      if (!(gram(j, j) > 0)) continue;
      const double next = std::max(b[j] + (right[j] - gram.row(j).dot(b)) / gram(j, j), 0.0);
      moved = std::max(moved, std::abs(next - b[j]));
      b[j] = next;
    }
    if (moved <= 1e-12 * (1e-300 + b.cwiseAbs().maxCoeff())) break;
  }
  return b;
}

double middle_size(const VectorXd& residuals) {
  std::vector<double> sizes(static_cast<std::size_t>(residuals.size()));
  for (std::size_t i = 0; i < sizes.size(); ++i)
    sizes[i] = std::abs(residuals[static_cast<Index>(i)]);
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return *middle;
}

std::size_t pieces_of(const LoadRegressionOptions& o) {
  if (o.shape == LoadShape::linear) return 1;
  return o.shape == LoadShape::piecewise ? o.knots + 1 : o.knots;
}

}  // namespace

void LoadResponse::features(std::span<const double> loads, double* out) const {
  const std::size_t n = knots_.size() / loads_;
  for (std::size_t l = 0; l < loads_; ++l) {
    const double x = loads[l];
    const double* knots = knots_.data() + l * n;
    if (shape_ == LoadShape::linear) *out++ = x;
    if (shape_ == LoadShape::saturating) {
      for (std::size_t k = 0; k < n; ++k) *out++ = std::min(x, knots[k]);
    }
    if (shape_ != LoadShape::piecewise) continue;
    *out++ = std::min(x, knots[0]);  // one stretch after another: each has its slope
    for (std::size_t k = 0; k < n; ++k) {
      const double above = std::max(x - knots[k], 0.0);
      *out++ = k + 1 < n ? std::min(above, knots[k + 1] - knots[k]) : above;
    }
  }
}

double LoadResponse::operator()(std::span<const double> loads) const {
  std::vector<double> f(weights_.size());
  features(loads, f.data());
  double out = intercept_;
  for (std::size_t i = 0; i < f.size(); ++i) out += weights_[i] * f[i];
  return non_negative_ ? std::max(out, 0.0) : out;
}

Result<LoadResponse> LoadResponse::fit(std::span<const double> loads,
                                       std::span<const double> targets,
                                       const LoadRegressionOptions& o) {
  LoadResponse r;
  r.loads_ = o.loads.size();
  r.shape_ = o.shape;
  r.non_negative_ = o.non_negative;
  r.weights_.resize(r.loads_ * pieces_of(o));
  const std::size_t n = targets.size(), least = std::max<std::size_t>(4, 2 * r.weights_.size());
  if (n < least)
    return fail(Errc::not_enough_data,
                std::to_string(n) + " rows where the target and all loads are known; at least " +
                    std::to_string(least) + " are needed");
  for (std::size_t l = 0; l < r.loads_ && o.shape != LoadShape::linear; ++l) {
    std::vector<double> sorted;
    for (std::size_t i = 0; i < n; ++i) sorted.push_back(loads[i * r.loads_ + l]);
    std::sort(sorted.begin(), sorted.end());
    // A saturating response ends at the highest load seen; a piecewise one goes on.
    const std::size_t parts = o.shape == LoadShape::saturating ? o.knots : o.knots + 1;
    for (std::size_t k = 1; k <= o.knots; ++k) r.knots_.push_back(sorted[(n - 1) * k / parts]);
  }
  const auto rows = static_cast<Index>(n), columns = static_cast<Index>(r.weights_.size());
  Matrix z(rows, columns);
  for (std::size_t i = 0; i < n; ++i)
    r.features(loads.subspan(i * r.loads_, r.loads_), z.data() + i * r.weights_.size());
  const Eigen::RowVectorXd offset = z.colwise().mean();
  z.rowwise() -= offset;
  Eigen::RowVectorXd scale = (z.colwise().squaredNorm() / static_cast<double>(n)).cwiseSqrt();
  for (Index c = 0; c < columns; ++c) {
    if (!(scale[c] > 1e-12 * (1 + std::abs(offset[c])))) scale[c] = 1;
  }
  z.array().rowwise() /= scale.array();
  const Eigen::Map<const VectorXd> y(targets.data(), rows);
  VectorXd w = VectorXd::Ones(rows), b = VectorXd::Zero(columns);
  for (int round = 0; round < 50; ++round) {
    const double total = w.sum(), y_mean = w.dot(y) / total;
    const VectorXd mean = z.transpose() * w / total;
    const Matrix centred = z.rowwise() - mean.transpose();
    Matrix gram = centred.transpose() * w.asDiagonal() * centred;
    gram.diagonal().array() += 1e-9 * static_cast<double>(n);  // loads that always go together
    const VectorXd right = centred.transpose() * (w.array() * (y.array() - y_mean)).matrix();
    const VectorXd before = b;
    b = o.non_negative ? non_negative(gram, right) : VectorXd(gram.ldlt().solve(right));
    const double c = y_mean - mean.dot(b);
    r.intercept_ = c - (offset.array() / scale.array()).matrix().dot(b.transpose());
    for (Index j = 0; j < columns; ++j) r.weights_[static_cast<std::size_t>(j)] = b[j] / scale[j];
    if (!o.robust || (round > 0 && (b - before).norm() <= 1e-9 * (1e-300 + b.norm()))) break;
    const VectorXd residuals = (y - z * b).array() - c;
    const double limit = o.huber_delta * middle_size(residuals) / 0.6745;
    if (!(limit > 0)) break;  // more than half fits exactly
    w = residuals.unaryExpr([limit](double v) { return std::min(1.0, limit / std::abs(v)); });
  }
  if (!b.allFinite() || !std::isfinite(r.intercept_))
    return fail(Errc::not_enough_data, "the equations have no finite solution");
  return r;
}

Tensors LoadResponse::save() const {
  return {{"weights", {{loads_, pieces()}, weights_}},
          {"knots", {{loads_, knots_.size() / loads_}, knots_}},
          {"intercept", {{1}, {intercept_}}}};
}

LoadResponse LoadResponse::from(const Tensors& tensors, const LoadRegressionOptions& o) {
  want(tensors, "weights", o.loads.size() * pieces_of(o));
  want(tensors, "knots", o.shape == LoadShape::linear ? 0 : o.loads.size() * o.knots);
  want(tensors, "intercept", 1);
  LoadResponse r;
  r.loads_ = o.loads.size();
  r.shape_ = o.shape;
  r.non_negative_ = o.non_negative;
  r.knots_ = tensors.at("knots").values;
  r.weights_ = tensors.at("weights").values;
  r.intercept_ = tensors.at("intercept").values[0];
  return r;
}

}  // namespace learningplane::model::detail
