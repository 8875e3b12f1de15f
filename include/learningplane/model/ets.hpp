#pragma once
#include "learningplane/model/season.hpp"
#include "learningplane/model/series_model.hpp"

namespace learningplane::model {

/// Exponential smoothing with additive errors: error, trend (N none, A additive, Ad damped), season
/// (N none, A additive), after Hyndman et al. 2008.
enum class EtsForm {
  automatic,  ///< "auto": the smallest AICc
  ann,
  aan,
  aadn,
  ana,
  aaa,
  aada
};
/// "auto", "ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA".
std::string_view to_string(EtsForm form);
/// @throws ConfigError naming what is allowed
EtsForm ets_form(std::string_view name);

struct EtsSettings {
  std::size_t season = 1;  ///< steps; 1: none
  EtsForm model = EtsForm::automatic;
};

/// Parameters by least squares (which is the likelihood's maximum for additive errors): alpha in
/// [0.0001, 0.9999], beta below alpha, gamma below 1 - alpha, phi in [0.8, 0.98]. First level and
/// trend are solved for exactly; the first season too where it is short, otherwise it is that of
/// the classical decomposition. "auto" leaves out the season of a series shorter than two of them.
class EtsMethod final : public SeriesMethod {
 public:
  explicit EtsMethod(EtsSettings settings = {}) : settings_(settings) {}
  std::string_view name() const override { return "ets"; }
  /// Needs 4 values, and 2 more than the parameters of the form.
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override;
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  Tensors save() const override;
  void load(const Tensors& tensors) override;
  std::string describe() const override;

  struct Fit {
    EtsForm form = EtsForm::ann;
    double alpha = 0, beta = 0,
           gamma = 0;  ///< beta and gamma in the form of the error: b += beta e
    double phi = 1;
    double squares = 0;            ///< sum of the squared errors of one step
    double aicc = 0;               ///< n log(squares) + 2 p + 2 p (p + 1) / (n - p - 1)
    double level = 0, trend = 0;   ///< after the last value
    std::vector<double> season{};  ///< one value a phase; empty: none
    std::size_t phase = 0;         ///< of the next value
  };
  const Fit& learned() const { return fit_; }

 private:
  EtsSettings settings_;
  Fit fit_{};
};

struct EtsOptions {
  SeriesOptions series{};
  Season season{};
  EtsForm model = EtsForm::automatic;
};

/// What the registry lists under "ets".
Manifest ets_manifest();
/// Options from a checked tree. @throws ConfigError
EtsOptions ets_options(const Value& checked);

/// Exponential smoothing.
class Ets final : public SeriesModel {
 public:
  /// @throws ConfigError naming the option
  explicit Ets(EtsOptions options);
  std::string_view kind() const override { return "ets"; }

 protected:
  Result<std::unique_ptr<SeriesMethod>> make(std::int64_t step_ns) const override;
  Value options_value() const override;

 private:
  Season season_;
  EtsForm model_;
};

}  // namespace learningplane::model
