#include "model/boosting_grower.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace learningplane::model::detail {

namespace {

/// Reciprocals kept ready; beyond them a division costs less than a miss of the cache.
constexpr std::size_t ready = 4096;

/// Adds the rows to the histograms of the first `Lanes` features of a group.
template <std::size_t Lanes>
void accumulate(const std::uint8_t* block, std::span<const std::uint32_t> rows,
                const std::int64_t* cells, std::int64_t* out, std::size_t stride) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::uint64_t eight;
    std::memcpy(&eight, block + std::size_t{rows[i]} * BoostingBins::lanes, sizeof eight);
    if constexpr (std::endian::native == std::endian::big) eight = __builtin_bswap64(eight);
    const std::int64_t cell = cells[i];
    for (std::size_t lane = 0; lane < Lanes; ++lane)
      out[lane * stride + ((eight >> (8 * lane)) & 0xFFU)] += cell;
  }
}

using Accumulate = void (*)(const std::uint8_t*, std::span<const std::uint32_t>,
                            const std::int64_t*, std::int64_t*, std::size_t);
constexpr Accumulate accumulators[] = {accumulate<1>, accumulate<2>, accumulate<3>, accumulate<4>,
                                       accumulate<5>, accumulate<6>, accumulate<7>, accumulate<8>};

}  // namespace

BoostingGrower::BoostingGrower(const BoostingBins& bins, const BoostedTreesOptions& options)
    : bins_(bins), options_(options) {
  bits_ = static_cast<int>(std::bit_width(bins.rows));
  mask_ = (std::int64_t{1} << bits_) - 1;
  size_ = bins.features() * bins.stride;
  // A tree of `leaves` needs no more rows than that many times min_samples.
  const std::size_t most =
      std::min(options.leaves, std::max<std::size_t>(bins.rows / options.min_samples, 1));
  histograms_.resize(size_ * most);
  for (std::size_t n = 0; n < std::min(ready, bins.rows + 1); ++n)
    inverse_.push_back(1 / (static_cast<double>(n) + options.l2 + 1e-15));
  rows_.resize(bins.rows);
  spare_rows_.resize(bins.rows);
  cells_.resize(bins.rows);
  spare_cells_.resize(bins.rows);
  open_.reserve(most);
  leaves_.reserve(most);
  splits_.reserve(2 * most);
}

double BoostingGrower::inverse(std::int64_t n) const {
  const auto at = static_cast<std::size_t>(n);
  return at < inverse_.size() ? inverse_[at] : 1 / (static_cast<double>(n) + options_.l2);
}

double BoostingGrower::score(std::int64_t gradient, std::int64_t n) const {
  const auto g = static_cast<double>(gradient);
  return g * g * inverse(n);
}

void BoostingGrower::pack(std::span<const double> gradients,
                          std::span<const std::uint32_t> chosen) {
  double sum = 0;
  for (const std::uint32_t r : chosen) sum += std::abs(gradients[r]);
  // The largest power of two that keeps every sum within the bits above the count (one bit for the
  // sign, one for rounding); a power of two rounds nothing by itself.
  int exponent = 0;
  std::frexp(sum, &exponent);
  scale_ = sum > 1e-250 ? std::ldexp(1.0, 61 - bits_ - exponent) : 1;
  count_ = chosen.size();
  for (std::size_t i = 0; i < count_; ++i) {
    rows_[i] = chosen[i];
    const auto fixed = static_cast<std::int64_t>(std::nearbyint(gradients[chosen[i]] * scale_));
    cells_[i] = fixed * (mask_ + 1) + 1;
  }
}

void BoostingGrower::build(const Leaf& leaf, std::span<const std::uint8_t> features,
                           std::size_t slot) {
  std::int64_t* const histogram = histograms_.data() + slot * size_;
  std::fill_n(histogram, size_, 0);
  const std::span<const std::uint32_t> rows(rows_.data() + leaf.begin, leaf.count);
  for (std::size_t g = 0; g < bins_.groups(); ++g) {
    const std::size_t first = g * BoostingBins::lanes;
    const std::size_t lanes = std::min(BoostingBins::lanes, bins_.features() - first);
    const auto flags = features.subspan(first, lanes);
    if (std::none_of(flags.begin(), flags.end(), [](std::uint8_t f) { return f != 0; })) continue;
    accumulators[lanes - 1](bins_.block(g), rows, cells_.data() + leaf.begin,
                            histogram + first * bins_.stride, bins_.stride);
  }
}

void BoostingGrower::scan(std::size_t feature, const Node& node, Split& best) const {
  const std::int64_t* const histogram =
      histograms_.data() + node.slot * size_ + feature * bins_.stride;
  const auto least = static_cast<std::int64_t>(options_.min_samples);
  const std::int64_t n = count_of(node.cell), total = gradient_of(node.cell);
  const std::size_t values = bins_.value_bins(feature);
  const std::int64_t unknown = histogram[bins_.unknown_bin(feature)];
  // First the splits that leave enough rows on both sides, without a branch on whether a bin is
  // empty: in a small node most are, and which ones no processor can guess. Then their gains.
  std::int64_t sums[256];
  std::uint8_t at[256];
  const auto consider = [&](std::size_t splits, bool unknown_left) {
    for (std::size_t i = 0; i < splits; ++i) {
      const std::int64_t count = count_of(sums[i]), gradient = gradient_of(sums[i]);
      const double gain = score(gradient, count) + score(total - gradient, n - count);
      if (gain > best.gain)
        best = {gain, static_cast<std::uint32_t>(feature), at[i], unknown_left, sums[i]};
    }
  };
  // Unknown rows right. The last value bin goes left only where they are then left on the right.
  const std::size_t end = unknown != 0 ? values : values - 1;
  std::size_t splits = 0, b = 0;
  std::int64_t left = 0;
  while (b < end && count_of(left + histogram[b]) < least) left += histogram[b++];
  for (; b < end && n - count_of(left + histogram[b]) >= least; ++b) {
    left += histogram[b];
    sums[splits] = left;
    at[splits] = static_cast<std::uint8_t>(b);
    splits += histogram[b] != 0 ? 1 : 0;
  }
  consider(splits, false);
  if (unknown == 0) return;
  splits = 0;
  b = values - 1;
  std::int64_t right = 0;
  while (b > 0 && count_of(right + histogram[b]) < least) right += histogram[b--];
  for (; b > 0 && n - count_of(right + histogram[b]) >= least; --b) {
    right += histogram[b];
    sums[splits] = node.cell - right;
    at[splits] = static_cast<std::uint8_t>(b - 1);
    splits += histogram[b] != 0 ? 1 : 0;
  }
  consider(splits, true);
}

void BoostingGrower::find(Node& node, std::span<const std::uint8_t> features) const {
  const double own = score(gradient_of(node.cell), count_of(node.cell));
  Split best;
  best.gain = own * (1 + 1e-12);  // rounding alone is no gain
  for (std::size_t f = 0; f < bins_.features(); ++f) {
    if (features[f] != 0) scan(f, node, best);
  }
  if (best.left != 0 && !bins_.has_unknown[best.feature]) {
    // None was seen: what comes unknown goes with the larger side.
    best.unknown_left = 2 * count_of(best.left) > count_of(node.cell);
  }
  best.gain = best.left != 0 ? best.gain - own : 0;
  node.best = best;
}

std::size_t BoostingGrower::divide(const Node& node) {
  const std::size_t f = node.best.feature;
  const std::uint8_t* const block = bins_.block(f / BoostingBins::lanes) + f % BoostingBins::lanes;
  const auto last = static_cast<std::uint8_t>(node.best.bin);
  const auto unknown = static_cast<std::uint8_t>(bins_.unknown_bin(f));
  const bool unknown_left = node.best.unknown_left && bins_.has_unknown[f] != 0;
  std::size_t left = node.leaf.begin, right = 0;
  for (std::size_t i = node.leaf.begin; i < node.leaf.begin + node.leaf.count; ++i) {
    const std::uint32_t row = rows_[i];
    const std::int64_t cell = cells_[i];
    const std::uint8_t bin = block[std::size_t{row} * BoostingBins::lanes];
    const bool goes_left = (bin <= last) | (unknown_left & (bin == unknown));
    // Written to both sides, one of which moves on: no branch.
    rows_[left] = row;
    cells_[left] = cell;
    spare_rows_[right] = row;
    spare_cells_[right] = cell;
    left += goes_left ? 1 : 0;
    right += goes_left ? 0 : 1;
  }
  std::copy_n(spare_rows_.begin(), right, rows_.begin() + static_cast<std::ptrdiff_t>(left));
  std::copy_n(spare_cells_.begin(), right, cells_.begin() + static_cast<std::ptrdiff_t>(left));
  return left - node.leaf.begin;
}

void BoostingGrower::finish(const Node& node, BoostingForest& forest) {
  leaves_.push_back(node.leaf);
  const double gradient = static_cast<double>(gradient_of(node.cell)) / scale_;
  forest.values[node.leaf.node] = -options_.learning_rate * gradient * inverse(count_of(node.cell));
}

void BoostingGrower::split(std::size_t which, std::span<const std::uint8_t> features,
                           BoostingForest& forest) {
  Node parent = open_[which];
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
  const Split& best = parent.best;
  const std::size_t left_count = divide(parent);
  Node left, right;
  left.depth = right.depth = parent.depth + 1;
  left.cell = best.left;
  right.cell = parent.cell - best.left;
  left.leaf = {forest.add_leaf(0), parent.leaf.begin, left_count};
  right.leaf = {forest.add_leaf(0), parent.leaf.begin + left_count, parent.leaf.count - left_count};
  splits_.resize(splits_.size() + 2);

  BoostingNode& node = forest.nodes[parent.leaf.node];
  const std::vector<double>& cuts = bins_.thresholds[best.feature];
  // "Known or not" is the split after the last value.
  node.threshold = best.bin < cuts.size() ? cuts[best.bin] : std::numeric_limits<double>::max();
  node.child = left.leaf.node;
  node.feature = static_cast<std::uint16_t>(bins_.columns[best.feature]);
  node.unknown_left = best.unknown_left ? 1 : 0;
  splits_[parent.leaf.node - root_] = {best.feature, best.bin};
  forest.depths.back() = std::max(forest.depths.back(), left.depth);

  const std::size_t waiting = open_.size() + leaves_.size();
  const bool full = waiting + 2 >= options_.leaves;
  const std::size_t least = 2 * options_.min_samples;
  const bool left_ends = full || left.leaf.count < least;
  const bool right_ends = full || right.leaf.count < least;
  if (!left_ends || !right_ends) {
    // The smaller side is counted, the larger is the rest of the parent's.
    Node& small = left.leaf.count < right.leaf.count ? left : right;
    Node& large = &small == &left ? right : left;
    large.slot = parent.slot;
    small.slot = waiting + 1;
    build(small.leaf, features, small.slot);
    std::int64_t* const rest = histograms_.data() + large.slot * size_;
    const std::int64_t* const part = histograms_.data() + small.slot * size_;
    for (std::size_t i = 0; i < size_; ++i) rest[i] -= part[i];
  }
  for (Node* child : {&left, &right}) {
    if (!(child == &left ? left_ends : right_ends)) find(*child, features);
    if (child->best.gain > 0) {
      open_.push_back(*child);
    } else {
      finish(*child, forest);
    }
  }
}

void BoostingGrower::grow(std::span<const double> gradients, std::span<const std::uint32_t> chosen,
                          std::span<const std::uint8_t> features, BoostingForest& forest) {
  pack(gradients, chosen);
  open_.clear();
  leaves_.clear();
  splits_.assign(1, {});
  Node root;
  for (std::size_t i = 0; i < count_; ++i) root.cell += cells_[i];
  root_ = forest.add_leaf(0);
  forest.roots.push_back(root_);
  forest.depths.push_back(0);
  root.leaf = {root_, 0, count_};
  if (count_ >= 2 * options_.min_samples && bins_.features() > 0) {
    build(root.leaf, features, 0);
    find(root, features);
  }
  if (root.best.gain > 0) {
    open_.push_back(root);
  } else {
    finish(root, forest);
  }
  while (!open_.empty()) {
    if (open_.size() + leaves_.size() >= options_.leaves) {
      for (const Node& node : open_) finish(node, forest);
      open_.clear();
      break;
    }
    std::size_t best = 0;
    for (std::size_t i = 1; i < open_.size(); ++i) {
      if (open_[i].best.gain > open_[best].best.gain) best = i;
    }
    split(best, features, forest);
  }
}

std::uint32_t BoostingGrower::leaf_of(std::size_t row, const BoostingForest& forest) const {
  std::uint32_t at = root_;
  while (!forest.nodes[at].leaf(at)) {
    const BinSplit& s = splits_[at - root_];
    const std::uint8_t bin = bins_.bin(row, s.feature);
    const bool left =
        bin == bins_.unknown_bin(s.feature) ? forest.nodes[at].unknown_left != 0 : bin <= s.bin;
    at = forest.nodes[at].child + (left ? 0 : 1);
  }
  return at;
}

}  // namespace learningplane::model::detail
