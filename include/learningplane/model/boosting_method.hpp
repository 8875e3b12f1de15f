#pragma once
#include <memory>
#include <vector>

#include "learningplane/model/boosted_trees.hpp"
#include "learningplane/model/series_method.hpp"

namespace learningplane::model {

struct BoostingMethodOptions {
  std::size_t horizon = 36;  ///< steps that are learned; further ones build on the forecast
  std::vector<std::size_t> seasons{};  ///< lengths in steps, shortest first; those of which the
                                       ///< series has no two are left out
  std::size_t lags = 37;               ///< rows of the recent past that are looked at, 1 or more
  std::size_t most_rows = 3000;        ///< training rows; see BoostingMethod
  BoostedTreesOptions trees{
      .loss = BoostingLoss::absolute, .trees = 80, .learning_rate = 0.1, .leaves = 12, .bins = 48};
};

/// Boosted trees on the recent past and the same time in past seasons, all relative to the last
/// value, for every step at once: the step ahead is a feature, and of each past value only a few
/// steps are learned from, so that a fit costs little. Forecasts stay within the range seen.
class BoostingMethod final : public SeriesMethod {
 public:
  /// @throws ConfigError naming the option
  explicit BoostingMethod(BoostingMethodOptions options);
  BoostingMethod(const BoostingMethod& other);
  ~BoostingMethod() override;
  std::string_view name() const override { return "boosting"; }
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override;
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  Tensors save() const override;
  void load(const Tensors& tensors) override;
  std::string describe() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace learningplane::model
