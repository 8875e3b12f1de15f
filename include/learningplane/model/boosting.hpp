#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "learningplane/model/boosted_trees.hpp"
#include "learningplane/model/windowed.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

/// How several steps are forecast.
enum class BoostingStrategy {
  joint,     ///< one booster, the step ahead is a feature
  direct,    ///< a booster for each step
  recursive  ///< a booster for each column forecasts the next row, which then counts as seen
};
/// What the trees learn.
enum class BoostingOutput {
  residual,  ///< the change from the last value; inputs are taken relative to it too
  level      ///< the value itself
};

struct BoostingOptions {
  WindowedOptions window{.lags = 10};
  std::vector<std::size_t>
      seasons{};  ///< lengths in steps, increasing; windows reach that far back
  BoostingStrategy strategy = BoostingStrategy::joint;
  BoostingOutput output = BoostingOutput::residual;
  std::vector<double> levels{};    ///< quantiles that have trees of their own (pinball), increasing
  std::size_t most_rows = 20'000;  ///< that a booster learns from; more windows are thinned evenly,
                                   ///< of fewer `joint` learns several steps each
  BoostedTreesOptions trees{
      .loss = BoostingLoss::absolute, .trees = 100, .learning_rate = 0.1, .leaves = 15, .bins = 64};
};

/// What the registry lists under "boosting".
Manifest boosting_manifest();
/// Options from a checked tree. @throws ConfigError
BoostingOptions boosting_options(const Value& checked);

/// Gradient-boosted trees on lags of all columns, on means and deviations of the target's recent
/// past and on the same time in its past seasons. Where `levels` are asked for that have trees of
/// their own, the quantiles come from these, else from the errors on the held-out windows. With
/// `stop_share` the number of trees is found on the training windows, then kept for the last fit.
class Boosting final : public Windowed {
 public:
  /// @throws ConfigError naming the option
  explicit Boosting(BoostingOptions options);
  ~Boosting() override;
  std::string_view kind() const override { return "boosting"; }

 protected:
  Result<std::size_t> lags(std::int64_t step_ns) const override;
  Value options_value() const override;
  Result<Tensors> learn(const Examples& train, const Examples& validation,
                        FitReport& report) const override;
  Result<Tensors> learn_all(const Examples& all, const Tensors& first,
                            FitReport& report) const override;
  void predict(const Tensors& learned, std::span<const double> window,
               std::span<double> out) const override;
  bool quantiles(const Tensors& learned, std::span<const double> window,
                 std::span<const double> levels, std::span<double> out) const override;
  std::size_t longest() const override;
  void check(const Tensors& learned, std::size_t width) const override;

 private:
  struct Ensemble;
  Result<Tensors> grow(const Examples& train, const BoostedTreesOptions& trees,
                       FitReport& report) const;
  const Ensemble& ensemble(const Tensors& learned) const;

  BoostingOptions options_;
  mutable std::unique_ptr<Ensemble> ensemble_;  // of the tensors used last
};

}  // namespace learningplane::model
