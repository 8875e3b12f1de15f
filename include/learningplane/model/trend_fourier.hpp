#pragma once
#include <string>
#include <vector>

#include "learningplane/model/season.hpp"
#include "learningplane/model/series_method.hpp"
#include "learningplane/model/series_model.hpp"

namespace learningplane::model {

/// A season as sines and cosines.
struct FourierSeason {
  Season season{};
  std::size_t order = 6;  ///< harmonics, 1 or more; those too fast for the step are left out
  std::string name{};     ///< "1d", as it stands in components()
};

struct TrendFourierOptions {
  SeriesOptions series{};
  /// Each is used where the history holds two of it.
  std::vector<FourierSeason> seasons{{{.length = std::chrono::hours(24)}, 6, "1d"},
                                     {{.length = std::chrono::hours(168)}, 3, "7d"}};
  std::size_t changepoints = 10;   ///< where the trend may bend, evenly over ...
  double changepoint_range = 0.8;  ///< ... this first share of the history, (0, 1]
  std::size_t lags = 0;            ///< last values as further columns; then each step has weights
  double penalty = 1e-3;           ///< on squared weights but the line's, times the rows
  double huber_delta = 1.345;      ///< robust deviations beyond which a residual counts linearly
  double newest_weight = 2;        ///< of the newest row, the oldest being 1; half a cosine between
  bool as_published = false;       ///< as aerOS: negative forecasts are 0, the others truncated
};

/// One named part of a forecast.
struct Component {
  std::string name{};            ///< "trend", the season's name, or "lags"
  std::vector<double> values{};  ///< one a step, in the target's unit
};

/// Trend that bends at given points, seasons as Fourier series, optional lags: robust regression
/// with Huber's loss. What aerOS asks of NeuralProphet, as one set of linear equations.
class TrendFourierMethod final : public SeriesMethod {
 public:
  struct Wave {
    double period;  ///< steps
    std::size_t order;
    std::string name;
  };
  /// @param waves the seasons of `options`, in steps
  TrendFourierMethod(TrendFourierOptions options, std::vector<Wave> waves);
  std::string_view name() const override { return "trend_fourier"; }
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override;
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  Tensors save() const override;
  void load(const Tensors& tensors) override;
  std::string describe() const override;
  /// Parts that add up to the forecast (before `as_published` changes it).
  std::vector<Component> components(std::size_t horizon) const;

 private:
  std::size_t width() const;
  void basis(std::size_t first, std::size_t count, double* out) const;
  TrendFourierOptions options_;
  std::vector<Wave> waves_;
  std::vector<Wave> used_{};       // with orders as they fit the step
  std::vector<double> knots_{};    // in steps
  double length_ = 1;              // of the fitted history: time 1 of the trend
  double centre_ = 0, scale_ = 1;  // of the values
  std::size_t now_ = 0;            // index of the next value
  std::vector<double> past_{};     // the last `lags`, scaled, oldest first
  std::vector<double> weights_{};  // sets x (width + lags + intercept)
};

/// What the registry lists under "trend_fourier".
Manifest trend_fourier_manifest();
/// Options from a checked tree. @throws ConfigError
TrendFourierOptions trend_fourier_options(const Value& checked);

class TrendFourier final : public SeriesModel {
 public:
  /// @throws ConfigError naming the option
  explicit TrendFourier(TrendFourierOptions options);
  std::string_view kind() const override { return "trend_fourier"; }
  /// The coming steps in parts: the explanation of the forecast. @throws LogicError unfitted
  std::vector<Component> components(std::size_t horizon) const;

 protected:
  Result<std::unique_ptr<SeriesMethod>> make(std::int64_t step_ns) const override;
  Value options_value() const override;

 private:
  TrendFourierOptions options_;
};

}  // namespace learningplane::model
