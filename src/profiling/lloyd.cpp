#include "profiling/lloyd.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "profiling/kernels/dispatch.hpp"

namespace learningplane::profiling::detail {

namespace {

/// Blocks that are screened before the sums follow: what changed is still near then.
constexpr std::size_t part = 256;
/// Changes after which a row is asked for from memory.
constexpr std::size_t ahead = 8;
/// Passes over all rows in which few labels change, before it is tried to pass rows over: many runs
/// are at their end by then.
constexpr std::size_t patience = 2;

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

void Lloyd::assign(Pass pass) {
  screened_.exact = centroids_;
  points_.prepare(screened_);
  settling_ = changed_ * 200 < rows_.rows();
  changed_ = 0;
  if (pass != Pass::first && since_ < budget_)
    look_at_open();
  else
    look_at_all(pass);
}

void Lloyd::look_at_all(Pass pass) {
  budget_ = 0;
  const bool try_some = pass == Pass::middle && settling_ && waits_ == 0;
  if (try_some && margins_.data() == nullptr) margins_ = LargeBuffer<float>(points_.padded_rows());
  for (std::size_t block = 0; block < points_.blocks(); block += part) {
    points_.screen(block, std::min(part, points_.blocks() - block), screened_, labels_, changes_,
                   try_some ? margins_.data() : nullptr);
    if (pass == Pass::first) continue;
    const std::size_t first = block * kernels::block_rows;
    for (std::size_t i = 0; i < changes_.count; ++i) {
      if (i + ahead < changes_.count) rows_.prefetch(first + changes_.rows[i + ahead]);
      follow(first + changes_.rows[i], changes_.before[i]);
    }
  }
  waits_ -= settling_ && waits_ > 0 ? 1 : 0;
  if (try_some) open_some();
  if (pass != Pass::first) return;
  changed_ = rows_.rows();
  recount();
}

void Lloyd::look_at_open() {
  if (open_.ids.empty()) return;
  points_.screen(open_, screened_, changes_);
  for (std::size_t i = 0; i < changes_.count; ++i) {
    if (i + ahead < changes_.count) rows_.prefetch(open_.ids[changes_.rows[i + ahead]]);
    const std::size_t row = open_.ids[changes_.rows[i]];
    labels_[row] = open_.labels[changes_.rows[i]];
    follow(row, changes_.before[i]);
  }
}

/// Chooses how far centroids may move before all rows are looked at again, as if they went on as in
/// the last move: the farther, the more rows have to be kept open.
void Lloyd::open_some() {
  constexpr std::size_t doublings = 14, every = 16;
  // What a pass with margins and the copies cost, and a row that is kept open, in passes over all.
  constexpr double anew = 2.5, kept = 1.2, worth = 0.8;
  since_ = 0;
  waits_ = patience;
  if (!(step_ > 0) || rows_.rows() > std::numeric_limits<std::uint32_t>::max()) return;
  const auto limit = [&](std::size_t i) {
    return static_cast<float>(std::pow(step_ * std::ldexp(1.0, static_cast<int>(i)), 2));
  };
  const float* margins = margins_.data();
  std::vector<double> open(doublings);
  double seen = 0;
  for (std::size_t row = 0; row < rows_.rows(); row += every, ++seen)
    for (std::size_t i = doublings; i-- > 0 && !(margins[row] >= limit(i));) open[i] += 1;
  double least = worth;
  for (std::size_t i = 0; i < doublings; ++i) {
    const double cost = std::ldexp(anew, -static_cast<int>(i)) + kept * open[i] / seen;
    if (cost >= least) continue;
    least = cost;
    budget_ = step_ * std::ldexp(1.0, static_cast<int>(i));
  }
  if (budget_ == 0) return;
  waits_ = 0;
  const auto bound = static_cast<float>(budget_ * budget_ * (1 + 1e-6));
  open_.ids.resize(rows_.rows());
  std::size_t count = 0;
  for (std::size_t row = 0; row < rows_.rows(); ++row) {
    open_.ids[count] = static_cast<std::uint32_t>(row);
    count += margins[row] >= bound ? 0 : 1;
  }
  open_.ids.resize(count);
  if (!open_.ids.empty()) points_.gather(labels_, open_);
}

/// Sums and counts follow a row that has changed its centroid.
void Lloyd::follow(std::size_t row, std::int32_t before) {
  const std::size_t columns = rows_.columns();
  const auto to = static_cast<std::size_t>(labels_[row]), from = static_cast<std::size_t>(before);
  rows_.move(row, &sums_[from * columns], &sums_[to * columns]);
  counts_[to] += 1;
  counts_[from] -= 1;
  ++changed_;
  ++moved_;
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
  double total = 0, farthest = 0, second = 0;
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
    second = std::max(second, std::min(farthest, squared));
    farthest = std::max(farthest, squared);
  }
  // A distance changes by no more than its centroid went; rounding included.
  step_ = (std::sqrt(farthest) + std::sqrt(second)) * points_.scale() * (1 + 1e-6);
  since_ += step_;
  return total;
}

KmeansResult Lloyd::run(std::vector<double> start) {
  centroids_ = std::move(start);
  budget_ = 0;
  waits_ = patience;
  KmeansResult out{.k = k_, .columns = rows_.columns(), .rows = rows_.rows()};
  for (std::size_t i = 0; i < iterations_; ++i) {
    assign(i == 0 ? Pass::first : Pass::middle);
    ++out.iterations;
    const bool same = changed_ == 0 && std::count(counts_.begin(), counts_.end(), 0.0) == 0;
    // Taking rows in and out of sums leaves rounding behind, as much as summing as many rows does.
    if (moved_ > rows_.rows()) recount();
    const double total = move();
    out.converged = same || total <= tolerance_;
    if (out.converged) break;
  }
  assign(Pass::last);
  measure();
  out.labels.assign(labels_.begin(), labels_.begin() + static_cast<std::ptrdiff_t>(rows_.rows()));
  for (const double count : counts_) out.sizes.push_back(static_cast<std::size_t>(count));
  for (const double d : distances_) out.inertia += d;
  out.centroids = centroids_;
  return out;
}

}  // namespace learningplane::profiling::detail
