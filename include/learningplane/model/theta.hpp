#pragma once
#include "learningplane/features/seasonality.hpp"
#include "learningplane/model/season.hpp"
#include "learningplane/model/series_model.hpp"

namespace learningplane::model {

/// Theta models in the form of Fiorucci et al. 2016: a straight line and a smoothed level, mixed.
enum class ThetaVariant {
  automatic,  ///< "auto": the smallest error within the series
  stm,        ///< standard: theta 2, the line of the whole series
  otm,        ///< optimised: theta is found too
  dstm,       ///< dynamic standard: the line moves with every value
  dotm        ///< dynamic optimised
};
std::string_view to_string(ThetaVariant variant);
/// @throws ConfigError naming what is allowed
ThetaVariant theta_variant(std::string_view name);

struct ThetaSettings {
  std::size_t season = 1;  ///< steps; 1: none. Taken out only where it stands out (is_seasonal)
  ThetaVariant variant = ThetaVariant::automatic;
};

/// Season: classical decomposition, multiplicative, but additive where a value is not above zero or
/// a factor is below 0.01. Parameters: smoothing in [0.1, 0.99], theta in [1, 1e10] and the first
/// level, by least squares of the errors from the fourth value on.
class ThetaMethod final : public SeriesMethod {
 public:
  explicit ThetaMethod(ThetaSettings settings = {}) : settings_(settings) {}
  std::string_view name() const override { return "theta"; }
  /// Needs 4 values.
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override;
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  Tensors save() const override;
  void load(const Tensors& tensors) override;
  std::string describe() const override;

  /// What stands for the series between two values.
  struct State {
    double level = 0;
    double mean = 0;       ///< of all values so far
    double intercept = 0;  ///< of the line through all values, at time 0; the first is
                           ///< at time 1
    double slope = 0;
    double decay = 1;  ///< (1 - alpha) to the power of `count`
    std::size_t count = 0;
  };
  struct Fit {
    ThetaVariant variant = ThetaVariant::stm;
    double alpha = 0.5, theta = 2;
    double loss = 0;  ///< sum of squared errors from the fourth value on, over the mean |value|,
                      ///< both without season
    State state{};
  };
  const Fit& learned() const { return fit_; }
  /// One value a phase, phase 0 that of the first value; empty where none was taken out.
  std::span<const double> season() const { return figure_; }
  features::SeasonKind season_kind() const { return kind_; }

 private:
  ThetaSettings settings_;
  Fit fit_{};
  std::vector<double> figure_{};
  features::SeasonKind kind_ = features::SeasonKind::additive;
};

struct ThetaOptions {
  SeriesOptions series{};
  Season season{};
  ThetaVariant variant = ThetaVariant::automatic;
};

/// What the registry lists under "theta".
Manifest theta_manifest();
/// Options from a checked tree. @throws ConfigError
ThetaOptions theta_options(const Value& checked);

/// The Theta method.
class Theta final : public SeriesModel {
 public:
  /// @throws ConfigError naming the option
  explicit Theta(ThetaOptions options);
  std::string_view kind() const override { return "theta"; }

 protected:
  Result<std::unique_ptr<SeriesMethod>> make(std::int64_t step_ns) const override;
  Value options_value() const override;

 private:
  Season season_;
  ThetaVariant variant_;
};

}  // namespace learningplane::model
