#pragma once
#include <vector>

#include "learningplane/model/series_method.hpp"

namespace learningplane::model {

struct SeasonalRidgeOptions {
  std::size_t horizon = 36;  ///< steps that have weights of their own; further ones take the last's
  std::vector<std::size_t> seasons{};  ///< lengths in steps, above 1; those too long are left out
  std::size_t lags = 72;               ///< how far back the recent past is looked at, in steps
  double penalty = 0.05;     ///< on the squared weights of standardised inputs, per training row
  double huber_delta = 0.5;  ///< robust deviations beyond which a residual counts linearly, above 0
  int rounds = 4;            ///< of reweighting; 0: squared loss
  std::size_t most_rows = 1200;  ///< training rows; more are thinned evenly
};

/// Robust linear regression, direct for each step, of the change from the last value: on the recent
/// past (single lags, then means of ever longer blocks) and on what the same change was one and two
/// seasons before. All relative to the last value, so that a shift of the level does no harm.
class SeasonalRidge final : public SeriesMethod {
 public:
  explicit SeasonalRidge(SeasonalRidgeOptions options);
  std::string_view name() const override { return "seasonal_ridge"; }
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override;
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  Tensors save() const override;
  void load(const Tensors& tensors) override;
  std::string describe() const override;

 private:
  struct Block {
    std::size_t first, count;  // lags first … first + count - 1
  };
  /// Values and the sums of all before each, so that a mean costs two look-ups.
  struct Sums {
    std::span<const double> y;
    std::vector<double> before;
    explicit Sums(std::span<const double> values);
    /// Of the `count` values that end `back` before row t.
    double mean(std::size_t t, std::size_t back, std::size_t count) const {
      return (before[t + 1 - back] - before[t + 1 - back - count]) / static_cast<double>(count);
    }
  };
  void shape(std::size_t lags, std::vector<std::size_t> seasons);
  std::size_t reach() const;
  std::size_t width() const;
  void inputs(const Sums& y, std::size_t t, std::size_t h, double* out) const;
  void learn(const Sums& y, std::size_t h, struct SeasonalRidgeFit& fit);

  SeasonalRidgeOptions options_;
  std::vector<std::size_t> seasons_{};  // used
  std::size_t lags_ = 0;                // used
  std::vector<Block> blocks_{};
  std::vector<double> past_{};        // the last values that the inputs reach
  std::vector<double> weights_{};     // horizon x inputs, on the raw inputs
  std::vector<double> intercepts_{};  // horizon
  double low_ = 0, high_ = 0;         // what forecasts are limited to
};

}  // namespace learningplane::model
