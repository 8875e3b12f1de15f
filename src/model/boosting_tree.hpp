#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace learningplane::model::detail {

/// One node; the two children of a node lie side by side. A leaf is its own left child and sends
/// everything there, so that trees of different depth can be walked in step.
struct BoostingNode {
  double threshold = std::numeric_limits<double>::infinity();
  std::uint32_t child = 0;
  std::uint16_t feature = 0;
  std::uint16_t unknown_left = 1;

  bool leaf(std::uint32_t self) const { return child == self; }
  std::uint32_t next(double x) const {
    // No branch: which way a value goes is what a processor cannot guess.
    const auto left = static_cast<std::uint32_t>(x <= threshold) |
                      (static_cast<std::uint32_t>(x != x) & unknown_left);
    return child + (left ^ 1U);
  }
};

/// Trees one after the other in flat arrays.
struct BoostingForest {
  double base = 0;
  std::vector<BoostingNode> nodes{};
  std::vector<double> values{};        ///< of each node; those of leaves count
  std::vector<std::uint32_t> roots{};  ///< first node of each tree
  std::vector<std::uint32_t> depths{};

  /// Adds a leaf. @return its number
  std::uint32_t add_leaf(double value);
  double predict(const double* row) const;
  double predict_tree(std::size_t tree, const double* row) const;
  void keep_first(std::size_t trees);
};

}  // namespace learningplane::model::detail
