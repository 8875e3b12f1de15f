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

void PackedRows::screen(std::size_t first_block, std::size_t blocks, const Centroids& centroids,
                        std::vector<std::int32_t>& labels, Changes& changes) const {
  const std::size_t columns = rows_.columns(), first = first_block * block_rows;
  const std::size_t count = std::min(blocks * block_rows, rows_.rows() - first);
  changes.rows.resize(blocks * block_rows);
  changes.before.resize(blocks * block_rows);
  kernels::Screen work{.blocks = blocks,
                       .points = blocks_.data() + first * columns,
                       .lengths = lengths_.data() + first_block,
                       .centroids = centroids.scaled.data(),
                       .half_lengths = centroids.half_lengths.data(),
                       .doubt = centroids.doubt,
                       .doubt_per_length = centroids.doubt_per_length,
                       .exact = {rows_.part(first, count), centroids.half_lengths.size(),
                                 centroids.exact.data(), labels.data() + first, nullptr, nullptr},
                       .changed = changes.rows.data(),
                       .before = changes.before.data(),
                       .changes = 0};
  kernels::kmeans(model::cpu_tier()).screen(work);
  changes.count = work.changes;
}

}  // namespace learningplane::profiling::detail
