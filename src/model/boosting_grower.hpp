#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "learningplane/model/boosted_trees.hpp"
#include "model/boosting_bins.hpp"
#include "model/boosting_tree.hpp"

namespace learningplane::model::detail {

/// Grows one tree after the other on the same bins; memory is taken once, at construction.
///
/// A histogram cell is one 64-bit integer: the count of rows in its low bits, the sum of gradients
/// (fixed point) in the high ones. One addition fills both, sums are exact, and a sibling is parent
/// minus child without any error. Every loss here has a second derivative of one, so that the count
/// is also the sum of second derivatives.
class BoostingGrower {
 public:
  BoostingGrower(const BoostingBins& bins, const BoostedTreesOptions& options);

  struct Leaf {
    std::uint32_t node;        ///< of the forest
    std::size_t begin, count;  ///< its rows in rows()
  };
  /// Appends a tree that fits minus `gradients` of the chosen rows (increasing); leaf values are
  /// shrunk by the learning rate.
  /// @param features which may be used, one flag each
  void grow(std::span<const double> gradients, std::span<const std::uint32_t> chosen,
            std::span<const std::uint8_t> features, BoostingForest& forest);
  std::span<const Leaf> leaves() const { return leaves_; }
  std::span<const std::uint32_t> rows() const { return {rows_.data(), count_}; }
  /// The leaf of a row by its bins, from the root of the tree grown last.
  std::uint32_t leaf_of(std::size_t row, const BoostingForest& forest) const;

 private:
  struct Split {
    double gain = 0;
    std::uint32_t feature = 0, bin = 0;
    bool unknown_left = false;
    std::int64_t left = 0;  // cell of the left side
  };
  struct Node {
    Leaf leaf{};
    std::int64_t cell = 0;
    std::size_t slot = 0;
    std::uint32_t depth = 0;
    Split best{};
  };
  struct BinSplit {
    std::uint32_t feature = 0, bin = 0;
  };

  void pack(std::span<const double> gradients, std::span<const std::uint32_t> chosen);
  void build(const Leaf& leaf, std::span<const std::uint8_t> features, std::size_t slot);
  void find(Node& node, std::span<const std::uint8_t> features) const;
  void scan(std::size_t feature, const Node& node, Split& best) const;
  std::size_t divide(const Node& node);
  void finish(const Node& node, BoostingForest& forest);
  void split(std::size_t which, std::span<const std::uint8_t> features, BoostingForest& forest);
  double inverse(std::int64_t n) const;
  double score(std::int64_t gradient, std::int64_t n) const;
  std::int64_t count_of(std::int64_t cell) const { return cell & mask_; }
  std::int64_t gradient_of(std::int64_t cell) const { return cell >> bits_; }

  const BoostingBins& bins_;
  const BoostedTreesOptions& options_;
  int bits_ = 1;
  std::int64_t mask_ = 1;
  double scale_ = 1;
  std::size_t size_ = 0;  // cells of a histogram of all features
  std::vector<std::int64_t> histograms_{};
  std::vector<double> inverse_{};
  std::vector<std::uint32_t> rows_{}, spare_rows_{};
  std::vector<std::int64_t> cells_{}, spare_cells_{};  // packed gradients in the order of rows_
  std::size_t count_ = 0;
  std::uint32_t root_ = 0;
  std::vector<Node> open_{};
  std::vector<Leaf> leaves_{};
  std::vector<BinSplit> splits_{};  // of the nodes of the tree grown last
};

}  // namespace learningplane::model::detail
