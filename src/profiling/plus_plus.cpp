#include "profiling/plus_plus.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace learningplane::profiling::detail {

namespace {

/// Squared distances of the rows to the nearest that is chosen, and their sums part by part: a row
/// is drawn without going through all. They are computed in f32 as long as that tells rows apart.
class Distances {
 public:
  explicit Distances(const PackedRows& points)
      : points_(points),
        rows_(points.rows()),
        known_(points.padded_rows()),
        sums_((points.blocks() + part - 1) / part) {
    std::fill_n(known_.begin(), rows_.rows(), std::numeric_limits<float>::max());
    // A distance is off by some 2^-22 times the length of the row.
    resolved_ = 0x1p-40 * points.longest() * points.longest() * static_cast<double>(rows_.rows());
  }

  /// What the sum would be with each of the candidates.
  std::vector<double> with(const std::vector<double>& candidates) {
    const std::size_t n = candidates.size() / rows_.columns();
    std::vector<double> out(n), sums(n);
    scaled_.resize(candidates.size());
    points_.scaled(candidates, scaled_.data());
    for (std::size_t p = 0; p < sums_.size(); ++p) {
      if (exact_)
        exactly(p, candidates, nullptr, sums.data());
      else
        points_.towards(p * part, blocks_of(p), scaled_, known_.data(), nullptr, sums.data());
      for (std::size_t i = 0; i < n; ++i) out[i] += sums[i];
    }
    return out;
  }
  void choose(const std::vector<double>& chosen, const std::vector<double>& row) {
    scaled_.resize(row.size());
    points_.scaled(row, scaled_.data());
    for (std::size_t p = 0; p < sums_.size(); ++p) {
      if (exact_)
        exactly(p, row, known_.data(), &sums_[p]);
      else
        points_.towards(p * part, blocks_of(p), scaled_, known_.data(), known_.data(), &sums_[p]);
    }
    if (exact_ || std::accumulate(sums_.begin(), sums_.end(), 0.0) > resolved_) return;
    exact_ = true;
    std::fill_n(known_.begin(), rows_.rows(), std::numeric_limits<float>::max());
    for (std::size_t p = 0; p < sums_.size(); ++p) exactly(p, chosen, known_.data(), &sums_[p]);
  }
  /// The first row at which the running sum passes a share of the whole.
  std::size_t drawn(double share) const {
    double whole = 0;
    for (const double s : sums_) whole += s;
    double left = share * whole;
    std::size_t p = 0;
    while (p + 1 < sums_.size() && left >= sums_[p]) left -= sums_[p++];
    const std::size_t end = std::min((p + 1) * part * kernels::block_rows, rows_.rows());
    for (std::size_t row = p * part * kernels::block_rows; row < end; ++row) {
      const auto d = static_cast<double>(known_[row]);
      if (left < d) return row;
      left -= d;
    }
    // Rounding may leave the target just above the sum: the last row that can be drawn at all.
    for (std::size_t row = end; row-- > 0;) {
      if (known_[row] > 0) return row;
    }
    return rows_.rows() - 1;
  }

 private:
  static constexpr std::size_t part = 64;  ///< blocks; what is known of them stays near
  std::size_t blocks_of(std::size_t p) const { return std::min(part, points_.blocks() - p * part); }

  /// As the kernel does it, in f64. @param out null, or the smaller of all candidates is put in it
  void exactly(std::size_t p, const std::vector<double>& candidates, float* out, double* sums) {
    const std::size_t columns = rows_.columns(), n = candidates.size() / columns;
    const std::size_t first = p * part * kernels::block_rows;
    const std::size_t end = std::min(first + part * kernels::block_rows, rows_.rows());
    std::fill_n(sums, out == nullptr ? n : 1, 0.0);
    for (std::size_t row = first; row < end; ++row) {
      double least = static_cast<double>(known_[row]);
      for (std::size_t c = 0; c < n; ++c) {
        double d = 0;
        for (std::size_t j = 0; j < columns; ++j) {
          const double off = (rows_.at(row, j) - candidates[c * columns + j]) * points_.scale();
          d += off * off;
        }
        if (out == nullptr) sums[c] += std::min(d, least);
        if (out != nullptr) least = std::min(least, d);
      }
      if (out == nullptr) continue;
      out[row] = static_cast<float>(least);
      sums[0] += least;
    }
  }

  const PackedRows& points_;
  const CentredRows& rows_;
  std::vector<float> known_, scaled_;
  std::vector<double> sums_;
  double resolved_ = 0;
  bool exact_ = false;
};

}  // namespace

std::vector<double> plus_plus(const PackedRows& points, std::size_t k, Random& random) {
  const CentredRows& rows = points.rows();
  const std::size_t columns = rows.columns();
  const std::size_t trials = 2 + static_cast<std::size_t>(std::log(static_cast<double>(k)));
  std::vector<double> chosen, candidates, winner;
  const auto take = [&](std::size_t row, std::vector<double>& into) {
    for (std::size_t j = 0; j < columns; ++j) into.push_back(rows.at(row, j));
  };
  Distances distances(points);
  take(random.below(rows.rows()), chosen);
  distances.choose(chosen, chosen);
  while (chosen.size() < k * columns) {
    candidates.clear();
    for (std::size_t t = 0; t < trials; ++t) take(distances.drawn(random.uniform()), candidates);
    const auto sums = distances.with(candidates);
    const auto best = std::min_element(sums.begin(), sums.end()) - sums.begin();
    const auto from = candidates.begin() + best * static_cast<std::ptrdiff_t>(columns);
    winner.assign(from, from + static_cast<std::ptrdiff_t>(columns));
    chosen.insert(chosen.end(), winner.begin(), winner.end());
    distances.choose(chosen, winner);
  }
  return chosen;
}

}  // namespace learningplane::profiling::detail
