#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "learningplane/model/boosted_trees.hpp"
#include "model/boosting_features.hpp"

namespace learningplane::model::detail {

/// Trees that forecast up to `horizon` steps from an origin.
class BoostingLearner {
 public:
  enum class Strategy {
    joint,  ///< one booster for all steps, the step is a feature; a few steps of each origin
    direct  ///< a booster for each step
  };
  struct Options {
    Strategy strategy = Strategy::joint;
    BoostingFeatures::Shape shape{};
    std::size_t horizon = 1;
    std::size_t most_rows = 4000;  ///< a booster learns from
    BoostedTreesOptions trees{};
  };
  /// Training origins: what is known at number i, and the targets that follow (as many as known).
  struct Origins {
    std::size_t count = 0;
    std::function<BoostingOrigin(std::size_t)> origin{};
    std::function<std::span<const double>(std::size_t)> targets{};
  };

  explicit BoostingLearner(Options options);
  const Options& options() const { return options_; }
  const BoostingFeatures& features() const { return features_; }
  /// @return not_enough_data; trees of all steps and their mean training loss
  Result<BoostingReport> fit(const Origins& origins);
  /// Up to `horizon` steps.
  void predict(const BoostingOrigin& origin, std::span<double> out) const;
  Tensors save() const;
  void load(const Tensors& tensors);

 private:
  Result<BoostingReport> fit_step(const Origins& origins, std::size_t step, BoostedTrees& trees);

  Options options_;
  BoostingFeatures features_;
  std::vector<BoostedTrees> boosters_{};
  double low_ = 0, high_ = 0;  // targets seen, which forecasts are limited to
  mutable std::vector<double> row_{};
};

}  // namespace learningplane::model::detail
