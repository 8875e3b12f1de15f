#include "profiling/lloyd.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "profiling/kernels/dispatch.hpp"

namespace learningplane::profiling::detail {

namespace {

double squared_distance(const double* a, const double* b, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/// The first row at which the running sum of `weights` passes `target`.
std::size_t drawn(const std::vector<double>& weights, std::size_t rows, double target) {
  double sum = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    sum += weights[i];
    if (sum > target) return i;
  }
  // Rounding may leave the target just above the sum: the last row that can be drawn at all.
  for (std::size_t i = rows; i-- > 0;) {
    if (weights[i] > 0) return i;
  }
  return rows - 1;
}

}  // namespace

std::vector<double> plus_plus(const Blocks& points, std::size_t k, Random& random) {
  const std::size_t columns = points.columns(), rows = points.rows();
  const auto& kernel = kernels::kmeans(model::cpu_tier());
  const std::size_t trials = 2 + static_cast<std::size_t>(std::log(static_cast<double>(k)));
  std::vector<double> chosen, centre(columns);
  const auto take = [&](std::size_t row) {
    for (std::size_t j = 0; j < columns; ++j) centre[j] = points.at(row, j);
  };
  std::vector<double> known(points.padded_rows(), std::numeric_limits<double>::max());
  std::vector<double> tried(known.size()), best(known.size());
  const auto look = [&](std::vector<double>& out) {
    double sum = 0;
    kernel.towards(
        {points.count(), columns, points.data(), centre.data(), known.data(), out.data(), &sum});
    // The rows that fill the last block up do not count.
    for (std::size_t i = (points.count() - 1) * kernels::block_rows; i < rows; ++i) sum += out[i];
    return sum;
  };
  take(random.below(rows));
  double sum = look(best);
  known.swap(best);
  chosen.insert(chosen.end(), centre.begin(), centre.end());
  while (chosen.size() < k * columns) {
    double least = std::numeric_limits<double>::infinity();
    std::size_t winner = 0;
    for (std::size_t t = 0; t < trials; ++t) {
      const std::size_t row = drawn(known, rows, random.uniform() * sum);
      take(row);
      const double after = look(tried);
      if (after >= least) continue;
      least = after;
      winner = row;
      best.swap(tried);
    }
    take(winner);
    chosen.insert(chosen.end(), centre.begin(), centre.end());
    known.swap(best);
    sum = least;
  }
  return chosen;
}

void nearest(const Blocks& points, std::span<const double> centroids,
             std::vector<std::int32_t>& labels, std::vector<double>& distances) {
  labels.resize(points.padded_rows());
  distances.resize(points.padded_rows());
  kernels::kmeans(model::cpu_tier())
      .nearest({points.count(), points.columns(), centroids.size() / points.columns(),
                points.data(), centroids.data(), labels.data(), distances.data()});
}

Lloyd::Lloyd(const Blocks& points, std::size_t k, std::size_t iterations, double tolerance)
    : points_(points),
      k_(k),
      iterations_(iterations),
      tolerance_(tolerance),
      sums_(k * points.columns()),
      counts_(k),
      upper_(points.padded_rows()),
      lower_(points.padded_rows()),
      half_gap_(k),
      half_norms_(k),
      moved_(k),
      others_(k),
      labels_(points.padded_rows()),
      before_(points.padded_rows()),
      touched_(points.count()) {}

/// Half the distance of each centroid to the nearest other: nothing nearer than that can belong
/// elsewhere.
void Lloyd::gaps() {
  std::fill(half_gap_.begin(), half_gap_.end(), std::numeric_limits<double>::max());
  for (std::size_t i = 0; i < k_; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double half =
          0.5 * std::sqrt(squared_distance(&centroids_[i * points_.columns()],
                                           &centroids_[j * points_.columns()], points_.columns()));
      half_gap_[i] = std::min(half_gap_[i], half);
      half_gap_[j] = std::min(half_gap_[j], half);
    }
  }
}

/// While many rows move, looking at all of them is cheaper than keeping bounds; later most blocks
/// of rows can be passed over.
void Lloyd::assign(bool first) {
  before_ = labels_;
  const bool settling = !first && changed_ * 50 < points_.rows();
  if (settling && !bounds_are_dear_) {
    bounded();
  } else {
    bounds_known_ = false;
    plain();
  }
  account(first);
}

void Lloyd::plain() {
  const std::size_t columns = points_.columns();
  for (std::size_t c = 0; c < k_; ++c) {
    half_norms_[c] = 0;
    for (std::size_t j = 0; j < columns; ++j)
      half_norms_[c] += 0.5 * centroids_[c * columns + j] * centroids_[c * columns + j];
  }
  kernels::kmeans(model::cpu_tier())
      .plain({{points_.count(), columns, k_, points_.data(), centroids_.data(), labels_.data(),
               nullptr},
              half_norms_.data(),
              touched_.data()});
}

void Lloyd::bounded() {
  if (!bounds_known_) {
    // Bounds that hold nothing: every row is looked at.
    std::fill(upper_.begin(), upper_.end(), std::numeric_limits<double>::max());
    std::fill(lower_.begin(), lower_.end(), 0.0);
    std::fill(moved_.begin(), moved_.end(), 0.0);
    std::fill(others_.begin(), others_.end(), 0.0);
    std::fill(half_gap_.begin(), half_gap_.end(), 0.0);
  } else {
    gaps();
  }
  kernels::kmeans(model::cpu_tier())
      .bounded({{points_.count(), points_.columns(), k_, points_.data(), centroids_.data(),
                 labels_.data(), nullptr},
                upper_.data(),
                lower_.data(),
                half_gap_.data(),
                moved_.data(),
                others_.data(),
                touched_.data()});
  const auto looked_at = static_cast<std::size_t>(std::count(touched_.begin(), touched_.end(), 1));
  bounds_are_dear_ = bounds_known_ && 5 * looked_at > points_.count();
  bounds_known_ = true;
}

/// Sums and counts follow the rows that changed their centroid.
void Lloyd::account(bool first) {
  changed_ = first ? points_.rows() : 0;
  if (first) return recount();
  for (std::size_t block = 0; block < points_.count(); ++block) {
    if (touched_[block] == 0) continue;
    const std::size_t begin = block * kernels::block_rows;
    const std::size_t end = std::min(begin + kernels::block_rows, points_.rows());
    for (std::size_t row = begin; row < end; ++row) {
      if (labels_[row] == before_[row]) continue;
      const auto to = static_cast<std::size_t>(labels_[row]);
      const auto from = static_cast<std::size_t>(before_[row]);
      points_.add(row, 1.0, &sums_[to * points_.columns()]);
      points_.add(row, -1.0, &sums_[from * points_.columns()]);
      counts_[to] += 1;
      counts_[from] -= 1;
      ++changed_;
    }
  }
}

void Lloyd::recount() {
  std::fill(sums_.begin(), sums_.end(), 0.0);
  std::fill(counts_.begin(), counts_.end(), 0.0);
  for (std::size_t row = 0; row < points_.rows(); ++row) {
    const auto to = static_cast<std::size_t>(labels_[row]);
    points_.add(row, 1.0, &sums_[to * points_.columns()]);
    counts_[to] += 1;
  }
}

/// A centroid without a row takes the row that lies farthest from its own centroid.
void Lloyd::rescue_empty(std::vector<double>& sums, std::vector<double>& counts) {
  std::vector<std::size_t> empty;
  for (std::size_t c = 0; c < k_; ++c) {
    if (counts[c] == 0) empty.push_back(c);
  }
  if (empty.empty()) return;
  std::vector<std::int32_t> ignored;
  nearest(points_, centroids_, ignored, distances_);
  std::vector<std::size_t> order(points_.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto count = static_cast<std::ptrdiff_t>(std::min(empty.size(), order.size()));
  std::partial_sort(order.begin(), order.begin() + count, order.end(),
                    [this](std::size_t a, std::size_t b) {
                      return distances_[a] != distances_[b] ? distances_[a] > distances_[b] : a < b;
                    });
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const auto from = static_cast<std::size_t>(labels_[order[i]]);
    points_.add(order[i], -1.0, &sums[from * points_.columns()]);
    counts[from] -= 1;
    std::fill_n(&sums[empty[i] * points_.columns()], points_.columns(), 0.0);
    points_.add(order[i], 1.0, &sums[empty[i] * points_.columns()]);
    counts[empty[i]] = 1;
  }
}

/// New centroids. @return the sum of their squared moves
double Lloyd::move() {
  std::vector<double> sums = sums_, counts = counts_;
  rescue_empty(sums, counts);
  double total = 0;
  for (std::size_t c = 0; c < k_; ++c) {
    double* centre = &centroids_[c * points_.columns()];
    double squared = 0;
    for (std::size_t j = 0; j < points_.columns(); ++j) {
      // A centroid may lose its only row to an empty one; it then stays where it is.
      const double to = counts[c] > 0 ? sums[c * points_.columns() + j] / counts[c] : centre[j];
      squared += (to - centre[j]) * (to - centre[j]);
      centre[j] = to;
    }
    moved_[c] = std::sqrt(squared);
    total += squared;
  }
  for (std::size_t c = 0; c < k_; ++c) {
    others_[c] = 0;
    for (std::size_t o = 0; o < k_; ++o) {
      if (o != c) others_[c] = std::max(others_[c], moved_[o]);
    }
  }
  return total;
}

KmeansResult Lloyd::run(std::vector<double> start) {
  centroids_ = std::move(start);
  bounds_known_ = bounds_are_dear_ = false;
  KmeansResult out{.k = k_, .columns = points_.columns(), .rows = points_.rows()};
  for (std::size_t i = 0; i < iterations_; ++i) {
    assign(i == 0);
    ++out.iterations;
    const bool same = changed_ == 0 && std::count(counts_.begin(), counts_.end(), 0.0) == 0;
    // Taking rows in and out of sums leaves rounding behind: the last centroids are summed anew.
    if (same || i % 32 == 31) recount();
    const double total = move();
    out.converged = same || total <= tolerance_;
    if (out.converged) break;
  }
  nearest(points_, centroids_, labels_, distances_);
  out.labels.assign(labels_.begin(), labels_.begin() + static_cast<std::ptrdiff_t>(points_.rows()));
  out.sizes.assign(k_, 0);
  for (std::size_t row = 0; row < points_.rows(); ++row) {
    ++out.sizes[static_cast<std::size_t>(labels_[row])];
    out.inertia += distances_[row];
  }
  out.centroids = centroids_;
  return out;
}

}  // namespace learningplane::profiling::detail
