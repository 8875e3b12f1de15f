#pragma once
#include "learningplane/features/scaler.hpp"
#include "learningplane/model/windowed.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

/// Whose residuals count how much.
enum class RidgeLoss {
  squared,
  huber,    ///< beyond huber_delta robust standard deviations a residual counts linearly
  absolute  ///< linearly throughout: the forecast is a median
};

/// What the equations explain.
enum class RidgeOutput {
  level,    ///< the target
  residual  ///< its difference to the last known target, which is put back
};

struct RidgeOptions {
  WindowedOptions window{.lags = 10};
  /// Penalties on the squared weights (of standardised lags); of several the one with the smallest
  /// error on the validation tail is taken.
  std::vector<double> penalties{1, 10, 100, 1000};
  features::OutOfRange input_range = features::OutOfRange::clip;
  RidgeLoss loss = RidgeLoss::squared;
  double huber_delta = 1.345;
  RidgeOutput output = RidgeOutput::level;
  /// Quantile levels in (0, 1), increasing, each with weights of its own (pinball loss); empty: the
  /// quantiles of the errors on the validation tail are added to the forecast.
  std::vector<double> levels{};
};

/// What the registry lists under "ridge".
Manifest ridge_manifest();
/// Options from a checked tree. @throws ConfigError
RidgeOptions ridge_options(const Value& checked);

/// Linear regression on all columns' lags, one set of weights for each step ahead (direct), in
/// closed form: every lag is standardised on the training windows, W = (Z'Z + penalty I)^-1 Z'(y -
/// mean y).
class Ridge final : public Windowed {
 public:
  /// @throws ConfigError naming the option
  explicit Ridge(RidgeOptions options);
  std::string_view kind() const override { return "ridge"; }

 protected:
  Value options_value() const override;
  Result<Tensors> learn(const Examples& train, const Examples& validation,
                        FitReport& report) const override;
  Result<Tensors> learn_all(const Examples& all, const Tensors& first,
                            FitReport& report) const override;
  void predict(const Tensors& learned, std::span<const double> window,
               std::span<double> out) const override;
  std::vector<double> heads() const override { return options_.levels; }
  void predict_heads(const Tensors& learned, std::span<const double> window,
                     std::span<double> out) const override;
  void check(const Tensors& learned, std::size_t width) const override;

 private:
  double error(const Tensors& learned, const Examples& examples) const;
  std::vector<double> newest(const Examples& examples) const;
  void apply(const Tensors& learned, std::span<const double> window,
             std::span<const double> weights, std::span<const double> intercept,
             std::span<double> out) const;
  RidgeOptions options_;
};

}  // namespace learningplane::model
