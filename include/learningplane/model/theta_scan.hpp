#pragma once
#include "learningplane/features/seasonality.hpp"
#include "learningplane/model/series_model.hpp"

namespace learningplane::model {

enum class ThetaScanMode {
  mended,    ///< values of zero and below are handled, the smallest period that serves is taken
  published  ///< the rules of the published code; where they divide by zero there is no answer
};
std::string_view to_string(ThetaScanMode mode);
/// @throws ConfigError naming what is allowed
ThetaScanMode theta_scan_mode(std::string_view name);

/// What a series does, after its unit root test and how much its error depends on the period.
enum class Behaviour {
  stationary,
  probably_constant,  ///< the period does not matter, but the level may move
  probably_periodic,  ///< the period matters, the level stays
  periodic
};
std::string_view to_string(Behaviour behaviour);

struct ThetaScanSettings {
  ThetaScanMode mode = ThetaScanMode::mended;
  std::size_t window = 480;  ///< the last values that are looked at, 8 or more
  /// Mended: the smallest period is taken whose error is within this share of the smallest one, or
  /// of what the error without a season is above it; in [0, 1].
  double tolerance = 0.1;
};

struct ScanResult {
  std::size_t period = 1;  ///< steps
  Behaviour behaviour = Behaviour::stationary;
  std::vector<double> errors{};  ///< of the last eighth for the periods 1, 2, …: sMAPE, in [0, 2];
                                 ///< mended: with sums above and below
  double unit_root = 0;          ///< p value of the Dickey-Fuller test; 0 for a constant series
  double error_variance = 0;     ///< of `errors`

  /// The period where it matters, `otherwise` where it does not.
  std::size_t history(std::size_t otherwise = 20) const;
};

/// Tries the periods 1 … n/3 - 1 on the last n/8 values. O(n²).
/// @return not_enough_data (8 values are needed), unknown_data
Result<ScanResult> scan(std::span<const double> y, const ThetaScanSettings& settings = {});

/// ThetaScan (CLOUD 2021): a line times a season, whose period is found by trying all.
class ThetaScanMethod final : public SeriesMethod {
 public:
  explicit ThetaScanMethod(ThetaScanSettings settings = {}) : settings_(settings) {}
  std::string_view name() const override { return "theta_scan"; }
  /// Needs 8 values.
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override;
  /// Published: scaled so that the mean of exactly these values is that of the line.
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  Tensors save() const override;
  void load(const Tensors& tensors) override;
  std::string describe() const override;

  /// A line through the values without season, and the season. One value a phase.
  struct Line {
    double slope = 0, intercept = 0;  ///< at step 0, the first value
    double level = 0;                 ///< smoothed; cancels in the published forecast
    std::vector<double> figure{1.0};
    features::SeasonKind kind = features::SeasonKind::multiplicative;
  };
  const ScanResult& found() const { return found_; }
  const Line& line() const { return line_; }

 private:
  ThetaScanSettings settings_;
  ScanResult found_{};
  Line line_{};
  std::size_t count_ = 0;  // the step of the next value
};

struct ThetaScanOptions {
  SeriesOptions series{};
  ThetaScanSettings scan{};
};

/// What the registry lists under "theta_scan".
Manifest theta_scan_manifest();
/// Options from a checked tree. @throws ConfigError
ThetaScanOptions theta_scan_options(const Value& checked);

/// ThetaScan as a model.
class ThetaScan final : public SeriesModel {
 public:
  /// @throws ConfigError naming the option
  explicit ThetaScan(ThetaScanOptions options);
  std::string_view kind() const override { return "theta_scan"; }

 protected:
  Result<std::unique_ptr<SeriesMethod>> make(std::int64_t step_ns) const override;
  Value options_value() const override;

 private:
  ThetaScanSettings settings_;
};

}  // namespace learningplane::model
