#pragma once
#include <memory>
#include <string>
#include <vector>

#include "learningplane/model/model.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

/// How a resource answers to a load.
enum class LoadShape {
  linear,
  piecewise,  ///< a line that may bend at the knots
  saturating  ///< a line that may only flatten at the knots, and is flat beyond the highest load
              ///< seen
};

struct LoadRegressionOptions {
  std::string target{};              ///< resource: CPU, memory
  std::vector<std::string> loads{};  ///< columns that explain it at the same time: requests, users
  Value load_model = "ridge";        ///< forecaster of each load: a name or {kind: NAME, ...}
  std::size_t horizon = 20;          ///< steps whose errors are measured
  double validation_share = 0.2;     ///< last rows on which the errors are measured, (0, 0.9]
  LoadShape shape = LoadShape::linear;
  std::size_t knots = 3;       ///< for each load, at quantiles of what was seen; 1 or more
  bool non_negative = true;    ///< more load never needs less, and nothing forecast is below zero
  bool robust = true;          ///< Huber's loss, else squares
  double huber_delta = 1.345;  ///< robust deviations beyond which a residual counts linearly
};

/// What the registry lists under "load_regression".
Manifest load_regression_manifest();
/// Options from a checked tree. @throws ConfigError
LoadRegressionOptions load_regression_options(const Value& checked);

/// Regression of a resource on loads at the same time; what the loads will be says a forecaster of
/// each, or the data: rows after the last known target whose loads are known are taken as given.
/// Quantiles are those of the errors on the last rows, with loads forecast or given.
class LoadRegression final : public Forecaster {
 public:
  /// @param all where `load_model` is built from; used here only
  /// @throws ConfigError naming the option
  LoadRegression(LoadRegressionOptions options, const Registry<Forecaster>& all);
  ~LoadRegression() override;
  std::string_view kind() const override { return "load_regression"; }
  Result<FitReport> fit(const telemetry::Frame& data) override;
  Result<void> update(const telemetry::Frame& data) override;
  bool fitted() const override;
  ModelState save() const override;
  Result<void> load(const ModelState& state) override;
  Result<Forecast> forecast(std::size_t horizon, std::span<const double> levels = {}) override;

  /// The resource at these loads, in the order of the options. @throws LogicError unfitted, size
  double response(std::span<const double> loads) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace learningplane::model
