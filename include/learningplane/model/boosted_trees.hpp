#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "learningplane/model/state.hpp"
#include "learningplane/result.hpp"

namespace learningplane::model {

/// What a fit makes small.
enum class BoostingLoss {
  squared,   ///< (y - f)^2: means
  absolute,  ///< |y - f|: medians, outliers count no more than others
  huber,     ///< squared for small residuals, absolute beyond the `huber_share` quantile of them
  pinball    ///< the quantile `level`
};
std::string_view to_string(BoostingLoss loss);
/// @throws ConfigError naming `loss`
BoostingLoss boosting_loss(std::string_view name);

struct BoostedTreesOptions {
  BoostingLoss loss = BoostingLoss::squared;
  double level = 0.5;            ///< of pinball, in (0, 1)
  double huber_share = 0.9;      ///< of the residuals that count as small, in (0, 1)
  std::size_t trees = 100;       ///< at most, 1 to 100,000
  double learning_rate = 0.1;    ///< each tree counts this much, in (0, 1]
  std::size_t leaves = 31;       ///< of a tree at most, 2 to 4096
  std::size_t min_samples = 20;  ///< rows in a leaf at least, 1 or more
  double l2 = 0;              ///< added to the rows of a leaf where its value is found, 0 or more
  std::size_t bins = 255;     ///< of a feature, 2 to 255; unknown has one of its own besides
  double row_share = 1;       ///< of the rows, drawn anew for each tree, in (0, 1]
  double feature_share = 1;   ///< of the features, drawn anew for each tree, in (0, 1]
  std::uint64_t seed = 0;     ///< of those draws
  double stop_share = 0;      ///< last rows kept to see when to stop, [0, 0.9]; 0: never stops
  std::size_t patience = 10;  ///< trees without a smaller loss there, then it stops
};

/// What a fit did.
struct BoostingReport {
  std::size_t trees = 0;       ///< that were kept
  double train_loss = 0;       ///< of the rows learned from
  double validation_loss = 0;  ///< of the rows held out at the best tree; NaN without any
};

/// Gradient-boosted regression trees on histograms: matrix in, numbers out. Values are cut into
/// bins at quantiles; trees grow leaf by leaf, best gain first; NaN goes to the side that gains
/// more. Gradients are summed as integers, so that a fit does not depend on the order of anything:
/// same rows, options and seed, same trees. Thread safe where const.
class BoostedTrees {
 public:
  /// @throws ConfigError naming the option
  explicit BoostedTrees(BoostedTreesOptions options = {});
  BoostedTrees(const BoostedTrees& other);
  BoostedTrees(BoostedTrees&& other) noexcept;
  BoostedTrees& operator=(BoostedTrees other) noexcept;
  ~BoostedTrees();

  const BoostedTreesOptions& options() const;
  /// Learns anew. @param rows targets.size() x columns, row-major, NaN where unknown
  /// @return not_enough_data (no row, no column), unknown_data (an infinite value, a target that is
  /// not known); what was learned before then stays. @throws LogicError where sizes do not fit
  Result<BoostingReport> fit(std::span<const double> rows, std::size_t columns,
                             std::span<const double> targets);
  bool fitted() const { return columns() > 0; }
  std::size_t columns() const;
  std::size_t trees() const;
  /// One number for each row. @throws LogicError unfitted or sizes
  void predict(std::span<const double> rows, std::span<double> out) const;
  double predict(std::span<const double> row) const;

  /// Every node as numbers: "tree_nodes", "feature" (-1: a leaf), "threshold", "child", "unknown"
  /// (1: left), "value", "base".
  Tensors save() const;
  /// Becomes what save() gave, for rows of that many columns.
  /// @throws FormatError, with the object unchanged
  void load(const Tensors& saved, std::size_t columns);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace learningplane::model
