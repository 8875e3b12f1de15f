#include "model/boosting_tree.hpp"

#include <algorithm>

namespace learningplane::model::detail {

std::uint32_t BoostingForest::add_leaf(double value) {
  const auto self = static_cast<std::uint32_t>(nodes.size());
  nodes.push_back({.child = self});
  values.push_back(value);
  return self;
}

double BoostingForest::predict_tree(std::size_t tree, const double* row) const {
  std::uint32_t at = roots[tree];
  while (!nodes[at].leaf(at)) at = nodes[at].next(row[nodes[at].feature]);
  return values[at];
}

double BoostingForest::predict(const double* row) const {
  // Eight trees are walked in step: each waits for its own memory, none for another's.
  constexpr std::size_t together = 8;
  const BoostingNode* const all = nodes.data();
  double sum = base;
  std::size_t t = 0;
  for (; t + together <= roots.size(); t += together) {
    std::uint32_t at[together];
    std::uint32_t deepest = 0;
    for (std::size_t k = 0; k < together; ++k) {
      at[k] = roots[t + k];
      deepest = std::max(deepest, depths[t + k]);
    }
    for (std::uint32_t d = 0; d < deepest; ++d) {
      for (std::uint32_t& a : at) a = all[a].next(row[all[a].feature]);
    }
    for (const std::uint32_t a : at) sum += values[a];
  }
  for (; t < roots.size(); ++t) sum += predict_tree(t, row);
  return sum;
}

void BoostingForest::keep_first(std::size_t trees) {
  if (trees >= roots.size()) return;
  nodes.resize(roots[trees]);
  values.resize(roots[trees]);
  roots.resize(trees);
  depths.resize(trees);
}

}  // namespace learningplane::model::detail
