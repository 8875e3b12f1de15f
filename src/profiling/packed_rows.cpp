#include "profiling/packed_rows.hpp"

#include <algorithm>
#include <cmath>

#include "profiling/kernels/dispatch.hpp"

namespace learningplane::profiling::detail {

using kernels::block_rows;

PackedRows::PackedRows(const CentredRows& rows, Variance variance) : rows_(rows) {
  const std::size_t n = rows.rows(), columns = rows.columns();
  // A power of two rounds nothing; with cells about 1 no product leaves the range of f32.
  if (rows.reach() > 0 && std::isfinite(rows.reach()))
    scale_ = std::ldexp(1.0, std::clamp(-std::ilogb(rows.reach()), -1000, 1000));
  lengths_.resize((n + block_rows - 1) / block_rows);
  blocks_ = LargeBuffer<float>(padded_rows() * columns);
  std::vector<double> scratch(3 * kernels::scratch_of(columns)), sums(columns), squares(columns);
  const bool wanted = variance == Variance::wanted;
  kernels::kmeans(model::cpu_tier())
      .pack({rows.all(), scale_, blocks_.data(), lengths_.data(), wanted ? sums.data() : nullptr,
             squares.data(), scratch.data()});
  plainly_finite_ =
      std::all_of(lengths_.begin(), lengths_.end(), [](float l) { return std::isfinite(l); });
  for (const float l : lengths_) longest_ = std::max(longest_, static_cast<double>(l));
  const auto count = static_cast<double>(n);
  for (std::size_t j = 0; j < columns && wanted; ++j)
    mean_variance_ += (squares[j] - sums[j] / count * sums[j]) / count;
  mean_variance_ = std::max(0.0, mean_variance_ / static_cast<double>(columns));
}

void PackedRows::scaled(std::span<const double> place, float* out) const {
  for (std::size_t i = 0; i < place.size(); ++i) out[i] = static_cast<float>(place[i] * scale_);
}

void PackedRows::towards(std::size_t first_block, std::size_t blocks,
                         std::span<const float> candidates, const float* known, float* out,
                         double* sums) const {
  const std::size_t columns = rows_.columns(), first = first_block * block_rows;
  const auto& kernel = kernels::kmeans(model::cpu_tier());
  const std::size_t n = candidates.size() / columns;
  for (std::size_t c = 0; c < n; c += kernels::most_candidates)
    kernel.towards({blocks, columns, blocks_.data() + first * columns,
                    std::min(kernels::most_candidates, n - c), &candidates[c * columns],
                    known + first, out == nullptr ? nullptr : out + first, sums + c});
}

void PackedRows::prepare(Centroids& c) const {
  const std::size_t columns = rows_.columns(), k = c.exact.size() / columns;
  c.scaled.resize(c.exact.size());
  c.half_lengths.resize(k);
  scaled(c.exact, c.scaled.data());
  double longest = 0;
  for (std::size_t i = 0; i < k; ++i) {
    double half = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      const double x = c.exact[i * columns + j] * scale_;
      half += 0.5 * x * x;
    }
    c.half_lengths[i] = static_cast<float>(half);
    longest = std::max(longest, half);
  }
  // A score h - x'c has an error of at most u h from h, 2 u |x||c| from x and c, and from columns
  // steps (two roundings each where they are not fused) (columns + 1) u (h + |x||c|), u = 2^-24;
  // the difference of two twice as much. What is rounded to nothing below the range is far below
  // 1e-30.
  const double each = 2.02 * 0x1p-24 * (static_cast<double>(columns) + 4) /
                      (1 - 0x1p-23 * static_cast<double>(columns + 4));
  c.doubt = static_cast<float>(each * longest + 1e-30);
  c.doubt_per_length = static_cast<float>(each * std::sqrt(2 * longest));
}

namespace {
/// What does not depend on which rows are screened.
kernels::Screen work_of(const PackedRows::Centroids& centroids, std::size_t blocks,
                        PackedRows::Changes& changes) {
  changes.rows.resize(blocks * block_rows);
  changes.before.resize(blocks * block_rows);
  kernels::Screen out{};
  out.blocks = blocks;
  out.centroids = centroids.scaled.data();
  out.half_lengths = centroids.half_lengths.data();
  out.doubt = centroids.doubt;
  out.doubt_per_length = centroids.doubt_per_length;
  out.exact.k = centroids.half_lengths.size();
  out.exact.centroids = centroids.exact.data();
  out.changed = changes.rows.data();
  out.before = changes.before.data();
  return out;
}
}  // namespace

void PackedRows::screen(std::size_t first_block, std::size_t blocks, const Centroids& centroids,
                        std::vector<std::int32_t>& labels, Changes& changes, float* margins) const {
  const std::size_t first = first_block * block_rows;
  kernels::Screen work = work_of(centroids, blocks, changes);
  work.count = std::min(blocks * block_rows, rows_.rows() - first);
  work.points = blocks_.data() + first * rows_.columns();
  work.lengths = lengths_.data() + first_block;
  work.exact.rows = rows_.part(first, work.count);
  work.exact.labels = labels.data() + first;
  work.margins = margins == nullptr ? nullptr : margins + first;
  kernels::kmeans(model::cpu_tier()).screen(work);
  changes.count = work.changes;
}

void PackedRows::gather(const std::vector<std::int32_t>& labels, Some& some) const {
  const std::size_t columns = rows_.columns();
  const std::size_t blocks = (some.ids.size() + block_rows - 1) / block_rows;
  some.labels.resize(blocks * block_rows);
  some.blocks.resize(blocks * block_rows * columns);
  some.lengths.assign(blocks, 0.0F);
  for (std::size_t i = 0; i < blocks * block_rows; ++i) {
    const std::size_t row = some.ids[std::min(i, some.ids.size() - 1)];
    const float* from = blocks_.data() + row / block_rows * columns * block_rows + row % block_rows;
    float* to = &some.blocks[i / block_rows * columns * block_rows + i % block_rows];
    for (std::size_t j = 0; j < columns; ++j) to[j * block_rows] = from[j * block_rows];
    some.labels[i] = labels[row];
    float& length = some.lengths[i / block_rows];
    // What is not finite stays so.
    if (!(lengths_[row / block_rows] <= length)) length = lengths_[row / block_rows];
  }
}

void PackedRows::screen(Some& some, const Centroids& centroids, Changes& changes) const {
  kernels::Screen work = work_of(centroids, some.lengths.size(), changes);
  work.count = some.ids.size();
  work.points = some.blocks.data();
  work.lengths = some.lengths.data();
  work.exact.rows = rows_.all();
  work.exact.labels = some.labels.data();
  work.ids = some.ids.data();
  kernels::kmeans(model::cpu_tier()).screen(work);
  changes.count = work.changes;
}

}  // namespace learningplane::profiling::detail
