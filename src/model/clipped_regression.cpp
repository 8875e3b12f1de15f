#include "model/clipped_regression.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/model/cpu.hpp"

namespace learningplane::model::detail {

using Eigen::Index;

namespace {

std::size_t padded(std::size_t n, std::size_t width) { return (n + width - 1) / width * width; }

}  // namespace

ClippedRegression::ClippedRegression(const Matrix& z, Eigen::VectorXd penalties,
                                     const Eigen::VectorXd& sample_weights)
    : table_(kernels::table<double>(cpu_tier())),
      n_(static_cast<std::size_t>(z.rows())),
      p_(static_cast<std::size_t>(z.cols()) + 1),
      rows_(padded(n_, table_.width)),
      width_(padded(p_, table_.width)),
      z_(rows_ * width_),
      zt_(p_ * rows_),
      sample_(rows_),
      penalties_(std::move(penalties)),
      gram_(width_ * width_),
      within_(n_),
      b_(width_),
      delta_(width_),
      r_(rows_),
      d_(rows_),
      pull_(rows_),
      gradient_(width_) {
  penalties_.conservativeResize(static_cast<Index>(p_));
  penalties_[static_cast<Index>(p_) - 1] = 0;
  for (std::size_t i = 0; i < n_; ++i) {
    const double* row = z.data() + i * (p_ - 1);
    std::copy_n(row, p_ - 1, z_.data() + i * width_);
    z_[i * width_ + p_ - 1] = 1;
    // Stretches of four vectors of rows, each by itself: read one after another, not rows apart.
    const std::size_t chunk = 4 * table_.width, at = i / chunk * chunk;
    const std::size_t stretch = std::min(chunk, rows_ - at);
    for (std::size_t j = 0; j < p_; ++j) zt_[at * p_ + j * stretch + i - at] = z_[i * width_ + j];
    sample_[i] = sample_weights.size() == 0 ? 1 : sample_weights[static_cast<Index>(i)];
  }
}

void ClippedRegression::times(const double* weights, double* out) const {
  const std::size_t chunk = 4 * table_.width;
  for (std::size_t at = 0; at < rows_; at += chunk) {
    const std::size_t vectors = std::min(chunk, rows_ - at) / table_.width;
    table_.panel({1, p_, vectors, weights, 0, 1, zt_.data() + at * p_, vectors * table_.width,
                  out + at, rows_, nullptr, 0});
  }
}

void ClippedRegression::transposed_times(const double* rows, double* out) const {
  const std::size_t chunk = 4 * table_.width;
  for (std::size_t at = 0; at < width_; at += chunk) {
    const std::size_t vectors = std::min(chunk, width_ - at) / table_.width;
    table_.panel(
        {1, n_, vectors, rows, 0, 1, z_.data() + at, width_, out + at, width_, nullptr, 0});
  }
}

void ClippedRegression::add_rows(const std::vector<std::size_t>& rows, double sign) {
  constexpr std::size_t block = 128;
  std::vector<double> a(std::min(block, rows.size()) * width_), b(a.size());
  for (std::size_t first = 0; first < rows.size(); first += block) {
    const std::size_t k = std::min(block, rows.size() - first);
    for (std::size_t i = 0; i < k; ++i) {
      const std::size_t row = rows[first + i];
      const double* from = z_.data() + row * width_;
      const double factor = sign * sample_[row];
      std::copy_n(from, width_, b.data() + i * width_);
      for (std::size_t j = 0; j < width_; ++j) a[i * width_ + j] = factor * from[j];
    }
    const std::size_t chunk = 4 * table_.width;
    for (std::size_t at = 0; at < width_; at += chunk) {
      double* c = gram_.data() + at * width_ + at;  // the lower triangle is enough
      table_.panel({width_ - at, k, std::min(chunk, width_ - at) / table_.width, a.data() + at, 1,
                    width_, b.data() + at, width_, c, width_, c, width_});
    }
  }
}

void ClippedRegression::take(Limits limits) {
  std::vector<std::size_t> in, out, all;
  for (std::size_t i = 0; i < n_; ++i) {
    const bool within = r_[i] >= limits.low && r_[i] <= limits.high;
    if (within) all.push_back(i);
    if (within != (within_[i] != 0)) (within ? in : out).push_back(i);
    within_[i] = within ? 1 : 0;
  }
  if (count_within_ == 0 || in.size() + out.size() > all.size()) {
    std::fill(gram_.begin(), gram_.end(), 0.0);
    add_rows(all, 1);
  } else {
    add_rows(in, 1);
    add_rows(out, -1);
  }
  count_within_ = all.size();
}

double ClippedRegression::robust_scale() {
  sizes_.resize(n_);
  for (std::size_t i = 0; i < n_; ++i) sizes_[i] = std::abs(r_[i]);
  const auto middle = sizes_.begin() + static_cast<std::ptrdiff_t>(n_ / 2);
  std::nth_element(sizes_.begin(), middle, sizes_.end());
  return *middle / 0.6745;  // the median of |N(0, 1)|
}

double ClippedRegression::slope(Limits limits, double penalty_factor, double at) const {
  double out = 0;
  for (std::size_t i = 0; i < n_; ++i)
    out -= sample_[i] * std::clamp(r_[i] - at * d_[i], limits.low, limits.high) * d_[i];
  for (std::size_t j = 0; j < p_; ++j)
    out +=
        penalty_factor * penalties_[static_cast<Index>(j)] * (b_[j] + at * delta_[j]) * delta_[j];
  return out;
}

// How far to go: where the loss along the direction stops falling, roughly.
double ClippedRegression::length(Limits limits, double penalty_factor) const {
  const double start = slope(limits, penalty_factor, 0);
  if (!(start < 0)) return 0;
  double low = 0, high = 1;
  for (int i = 0; i < 6; ++i) {
    const double s = slope(limits, penalty_factor, high);
    if (std::abs(s) <= 0.2 * -start) return high;
    if (s > 0) break;
    low = high;
    high *= 2;
  }
  for (int i = 0; i < 20; ++i) {
    const double middle = 0.5 * (low + high), s = slope(limits, penalty_factor, middle);
    if (std::abs(s) <= 0.2 * -start) return middle;
    (s > 0 ? high : low) = middle;
  }
  return low;
}

ClippedRegression::Step ClippedRegression::step(Limits limits, double penalty_factor,
                                                double ridge) {
  take(limits);
  for (std::size_t i = 0; i < n_; ++i)
    pull_[i] = sample_[i] * std::clamp(r_[i], limits.low, limits.high);
  transposed_times(pull_.data(), gradient_.data());
  const auto p = static_cast<Index>(p_);
  Eigen::Map<const Eigen::VectorXd> b(b_.data(), p);
  const Eigen::VectorXd penalty = penalty_factor * penalties_;
  const Eigen::VectorXd right =
      Eigen::Map<const Eigen::VectorXd>(gradient_.data(), p) - penalty.cwiseProduct(b);
  // Row-major and lower is column-major and upper.
  Eigen::MatrixXd left = Eigen::Map<const Eigen::MatrixXd, 0, Eigen::OuterStride<>>(
      gram_.data(), p, p, Eigen::OuterStride<>(static_cast<Index>(width_)));
  left.diagonal() += penalty;
  // Few rows within the limits leave directions open. This shortens the step, not the way.
  left.diagonal().array() += ridge * static_cast<double>(n_);
  const Eigen::LLT<Eigen::MatrixXd, Eigen::Upper> llt(left);
  if (llt.info() != Eigen::Success) return {0, false};
  const Eigen::VectorXd delta = llt.solve(right);
  if (!delta.allFinite()) return {0, false};
  std::copy_n(delta.data(), p_, delta_.begin());
  times(delta_.data(), d_.data());
  const double t = length(limits, penalty_factor);
  double largest = 0;
  for (std::size_t i = 0; i < n_; ++i) {
    r_[i] -= t * d_[i];
    largest = std::max(largest, std::abs(t * d_[i]));
  }
  for (std::size_t j = 0; j < p_; ++j) b_[j] += t * delta_[j];
  return {largest, true};
}

void ClippedRegression::begin(const Eigen::VectorXd& y, const Eigen::VectorXd& start) {
  std::copy_n(start.data(), p_, b_.begin());
  times(b_.data(), r_.data());
  for (std::size_t i = 0; i < n_; ++i) r_[i] = y[static_cast<Index>(i)] - r_[i];
}

Eigen::VectorXd ClippedRegression::end() const {
  return Eigen::Map<const Eigen::VectorXd>(b_.data(), static_cast<Index>(p_));
}

Eigen::VectorXd ClippedRegression::squared(const Eigen::VectorXd& y) {
  begin(y, Eigen::VectorXd::Zero(static_cast<Index>(p_)));
  constexpr double all = std::numeric_limits<double>::max();
  for (int round = 0; round < 2; ++round) step({-all, all}, 1, 1e-12);
  return end();
}

Eigen::VectorXd ClippedRegression::huber(const Eigen::VectorXd& y, double delta,
                                         Eigen::VectorXd start) {
  begin(y, start);
  for (int round = 0; round < 30; ++round) {
    const double scale = robust_scale();
    // More than half of the residuals are nothing: there is no scale, and nothing is clipped.
    if (!(scale > 0)) return start;
    const Step s = step({-delta * scale, delta * scale}, 1, 1e-12);
    if (!s.solved || s.largest <= 1e-6 * scale) break;
  }
  return end();
}

Eigen::VectorXd ClippedRegression::huber_at(const Eigen::VectorXd& y, double limit,
                                            Eigen::VectorXd start) {
  begin(y, start);
  for (int round = 0; round < 50; ++round) {
    const Step s = step({-limit, limit}, 1, 1e-12);
    if (!s.solved || s.largest <= 1e-9 * limit) break;
  }
  return end();
}

Eigen::VectorXd ClippedRegression::quantile(const Eigen::VectorXd& y, double level, double scale,
                                            Eigen::VectorXd start) {
  if (!(scale > 0)) return start;
  begin(y, start);
  // The kink is rounded on a stretch that shrinks to a thousandth of a usual residual.
  for (double stretch = scale; stretch > 5e-4 * scale; stretch *= 0.25) {
    const Limits limits{stretch * (level - 1), stretch * level};
    for (int round = 0; round < 40; ++round) {
      const Step s = step(limits, stretch / scale, 1e-5);
      if (!s.solved || s.largest <= 0.01 * stretch) break;
    }
  }
  return end();
}

}  // namespace learningplane::model::detail
