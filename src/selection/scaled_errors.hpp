#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "learningplane/model/forecast.hpp"
#include "learningplane/model/state.hpp"
#include "learningplane/selection/auto_series.hpp"

namespace learningplane::selection::detail {

/// Split-conformal intervals from few validation origins: residuals are divided by how much their
/// step usually misses and by how lively the series is at their time of day, so that those of all
/// steps and origins can be pooled; a forecast multiplies back. adapt() keeps the coverage under
/// drift: adaptive conformal inference (Gibbs and Candès 2021) in the form that moves the edge of
/// the interval instead of its level (quantile tracking, Angelopoulos, Candès and Tibshirani 2023),
/// so that it can leave the range of the residuals that validation saw.
/// Times are places: whole numbers of steps since any fixed moment.
class ScaledErrors {
 public:
  ScaledErrors() = default;
  /// @param residuals origins are indices into y; what is not finite there is passed over
  /// @param season steps of a day; below 2, or with less than two of them in y: all times are alike
  /// @param first place of y[0]
  ScaledErrors(const ValidationResiduals& residuals, std::span<const double> y, std::size_t season,
               std::int64_t first);
  /// How far quantile `level` stands above the mean, at a step from 0 of a forecast that starts at
  /// place `start`.
  double quantile(std::size_t step, double level, std::int64_t start) const;
  /// Fills levels and quantiles of a forecast whose mean stands.
  void widen(model::Forecast& forecast, std::span<const double> levels, std::int64_t start) const;
  /// The next value and the step it was forecast at: covered means at or below the upper 95 %
  /// (lower 5 %) that would be said now. Shifts the edges so that the promise holds in the long
  /// run.
  void adapt(double truth, double mean, std::size_t step, std::int64_t start);
  std::size_t origins() const { return origins_; }
  bool known() const { return !pooled_.empty(); }
  /// How far one miss moves an edge, in half widths of the interval of 90 %. Near the edge of a
  /// normal error 0.03 is what a step of 0.005 is to the level.
  void pace(double pace) { pace_ = pace; }

  model::Tensors save() const;
  /// @throws FormatError
  static ScaledErrors from(const model::Tensors& tensors);

 private:
  double level_asked(double level) const;
  double pooled_at(double level) const;
  double scale(std::size_t step, std::int64_t start) const;
  std::vector<double> pooled_{};    // sorted, scaled
  std::vector<double> growth_{};    // one a step
  std::vector<double> liveliness_;  // one a place of the day; one for all
  std::size_t origins_ = 1;
  double upper_ = 0, lower_ = 0;  // how far the edges were moved outwards, in half widths
  double reach_ = 0;              // half the width of the interval of 90 %, scaled
  double pace_ = 0.03;
};

}  // namespace learningplane::selection::detail
