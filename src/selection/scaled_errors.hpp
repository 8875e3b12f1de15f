#pragma once
#include <span>
#include <vector>

#include "learningplane/model/forecast.hpp"
#include "learningplane/model/state.hpp"
#include "learningplane/selection/auto_series.hpp"

namespace learningplane::selection::detail {

/// Split-conformal intervals from few validation origins: residuals are divided by how much their
/// step usually misses and by how restless the series was at their origin, so that those of all
/// steps and origins can be pooled; a forecast multiplies back. adapt() keeps the coverage under
/// drift (adaptive conformal inference, Gibbs and Candès 2021) by moving the level asked for.
class ScaledErrors {
 public:
  ScaledErrors() = default;
  /// @param window values over which restlessness is measured
  ScaledErrors(const ValidationResiduals& residuals, std::span<const double> y, std::size_t window);
  /// How far quantile `level` stands above the mean, at a step from 0.
  double quantile(std::size_t step, double level, double restlessness) const;
  /// Of the last values, compared with what it was at the origins: 1 is as usual.
  double restlessness(std::span<const double> y) const;
  /// Fills levels and quantiles of a forecast whose mean stands.
  void widen(model::Forecast& forecast, std::span<const double> levels,
             std::span<const double> y) const;
  /// The next value and the step it was forecast at: covered means at or below the upper 95 %
  /// (lower 5 %) that was said. Shifts the levels so that the promise holds in the long run.
  void adapt(double truth, double mean, std::size_t step, double restlessness);
  std::size_t origins() const { return origins_; }

  model::Tensors save() const;
  /// @throws FormatError
  static ScaledErrors from(const model::Tensors& tensors);

 private:
  double level_asked(double level) const;
  std::vector<double> pooled_{};  // sorted, scaled
  std::vector<double> growth_{};  // one a step
  double base_ = 0;               // usual mean change from value to value
  std::size_t window_ = 1, origins_ = 1;
  double upper_ = 0, lower_ = 0;  // shift of the levels above and below the middle
};

}  // namespace learningplane::selection::detail
