#include "profiling/lloyd.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "profiling/kernels/dispatch.hpp"

namespace learningplane::profiling::detail {

namespace {

/// Blocks that are screened before the sums follow: what changed is still near then.
constexpr std::size_t part = 256;
/// Changes after which a row is asked for from memory.
constexpr std::size_t ahead = 8;

}  // namespace

Lloyd::Lloyd(const PackedRows& points, std::size_t k, std::size_t iterations, double tolerance)
    : points_(points),
      rows_(points.rows()),
      k_(k),
      iterations_(iterations),
      tolerance_(tolerance),
      sums_(k * rows_.columns()),
      counts_(k),
      labels_(points.padded_rows()) {}

void Lloyd::assign(bool first) {
  screened_.exact = centroids_;
  points_.prepare(screened_);
  changed_ = 0;
  for (std::size_t block = 0; block < points_.blocks(); block += part) {
    points_.screen(block, std::min(part, points_.blocks() - block), screened_, labels_, changes_);
    if (!first) follow(block * kernels::block_rows);
  }
  if (!first) return;
  changed_ = rows_.rows();
  recount();
}

/// Sums and counts follow the rows that changed their centroid.
void Lloyd::follow(std::size_t first) {
  const std::size_t columns = rows_.columns();
  changed_ += changes_.count;
  moved_ += changes_.count;
  for (std::size_t i = 0; i < changes_.count; ++i) {
    if (i + ahead < changes_.count) rows_.prefetch(first + changes_.rows[i + ahead]);
    const std::size_t row = first + changes_.rows[i];
    const auto to = static_cast<std::size_t>(labels_[row]);
    const auto from = static_cast<std::size_t>(changes_.before[i]);
    rows_.move(row, &sums_[from * columns], &sums_[to * columns]);
    counts_[to] += 1;
    counts_[from] -= 1;
  }
}

void Lloyd::recount() {
  moved_ = 0;
  std::fill(sums_.begin(), sums_.end(), 0.0);
  std::fill(counts_.begin(), counts_.end(), 0.0);
  for (std::size_t row = 0; row < rows_.rows(); ++row) {
    const auto to = static_cast<std::size_t>(labels_[row]);
    rows_.add(row, 1.0, &sums_[to * rows_.columns()]);
    counts_[to] += 1;
  }
}

/// Squared distances of the rows to the centroids of their labels.
void Lloyd::measure() {
  distances_.resize(rows_.rows());
  std::vector<double> scratch(kernels::scratch_of(rows_.columns()));
  kernels::kmeans(model::cpu_tier())
      .own({rows_.all(), k_, centroids_.data(), labels_.data(), distances_.data(), scratch.data()});
}

/// A centroid without a row takes the row that lies farthest from its own centroid.
void Lloyd::rescue_empty(std::vector<double>& sums, std::vector<double>& counts) {
  std::vector<std::size_t> empty;
  for (std::size_t c = 0; c < k_; ++c) {
    if (counts[c] == 0) empty.push_back(c);
  }
  if (empty.empty()) return;
  measure();
  std::vector<std::size_t> order(rows_.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto count = static_cast<std::ptrdiff_t>(std::min(empty.size(), order.size()));
  std::partial_sort(order.begin(), order.begin() + count, order.end(),
                    [this](std::size_t a, std::size_t b) {
                      return distances_[a] != distances_[b] ? distances_[a] > distances_[b] : a < b;
                    });
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const auto from = static_cast<std::size_t>(labels_[order[i]]);
    rows_.add(order[i], -1.0, &sums[from * rows_.columns()]);
    counts[from] -= 1;
    std::fill_n(&sums[empty[i] * rows_.columns()], rows_.columns(), 0.0);
    rows_.add(order[i], 1.0, &sums[empty[i] * rows_.columns()]);
    counts[empty[i]] = 1;
  }
}

/// New centroids. @return the sum of their squared moves
double Lloyd::move() {
  std::vector<double> sums = sums_, counts = counts_;
  rescue_empty(sums, counts);
  double total = 0;
  for (std::size_t c = 0; c < k_; ++c) {
    double* centre = &centroids_[c * rows_.columns()];
    double squared = 0;
    for (std::size_t j = 0; j < rows_.columns(); ++j) {
      // A centroid may lose its only row to an empty one; it then stays where it is.
      const double to = counts[c] > 0 ? sums[c * rows_.columns() + j] / counts[c] : centre[j];
      squared += (to - centre[j]) * (to - centre[j]);
      centre[j] = to;
    }
    total += squared;
  }
  return total;
}

KmeansResult Lloyd::run(std::vector<double> start) {
  centroids_ = std::move(start);
  KmeansResult out{.k = k_, .columns = rows_.columns(), .rows = rows_.rows()};
  for (std::size_t i = 0; i < iterations_; ++i) {
    assign(i == 0);
    ++out.iterations;
    const bool same = changed_ == 0 && std::count(counts_.begin(), counts_.end(), 0.0) == 0;
    // Taking rows in and out of sums leaves rounding behind, as much as summing as many rows does.
    if (moved_ > rows_.rows()) recount();
    const double total = move();
    out.converged = same || total <= tolerance_;
    if (out.converged) break;
  }
  assign(false);
  measure();
  out.labels.assign(labels_.begin(), labels_.begin() + static_cast<std::ptrdiff_t>(rows_.rows()));
  for (const double count : counts_) out.sizes.push_back(static_cast<std::size_t>(count));
  for (const double d : distances_) out.inertia += d;
  out.centroids = centroids_;
  return out;
}

}  // namespace learningplane::profiling::detail
