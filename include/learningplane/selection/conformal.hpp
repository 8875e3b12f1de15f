#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/model/model.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::selection {

/// Where the width of the intervals comes from.
enum class ConformalMethod {
  split,    ///< from fit() alone
  adaptive  ///< update() widens and narrows them so that coverage holds when the errors change
};
std::string_view to_string(ConformalMethod method);

struct ConformalOptions {
  std::string target{};
  Value model = "ridge";     ///< the inner model: its name, or {kind: NAME, option: value, …}
  std::size_t horizon = 36;  ///< steps whose errors are measured, 1 to 10000
  ConformalMethod method = ConformalMethod::adaptive;
  double validation_share = 0.2;  ///< last rows in which the errors are measured, (0, 0.5]
  std::size_t origins = 48;       ///< forecasts made there at most, 2 to 10000
  double pace = 0.03;  ///< adaptive: how far a miss moves the edge, in half widths of 90 %, (0, 1]
};

/// What the registry lists under "conformal".
Manifest conformal_manifest();
/// Options from a checked tree. @throws ConfigError
ConformalOptions conformal_options(const Value& checked);

/// Any forecaster with intervals of its own errors. fit() lets the inner model learn on all but the
/// last part, takes its errors from origins spread over that part, and then learns on everything;
/// quantiles of the errors, scaled by the step's usual error and by how lively the series is at
/// that time of day, corrected for their number, are the intervals. The mean is the inner model's.
/// A row that is unknown is no error. The guarantee is that of split conformal prediction: coverage
/// at least as asked where errors are exchangeable; with `adaptive` the long-run share of misses
/// above the upper 95 % and below the lower 5 % tends to 5 % each whatever happens.
class Conformal final : public model::Forecaster {
 public:
  /// @param all where the inner model is found. @throws ConfigError naming the option
  Conformal(ConformalOptions options, const Registry<model::Forecaster>& all);
  ~Conformal() override;

  std::string_view kind() const override { return "conformal"; }
  /// Besides the inner model's failures: not_enough_data where no error could be measured.
  Result<model::FitReport> fit(const telemetry::Frame& data) override;
  Result<void> update(const telemetry::Frame& data) override;
  bool fitted() const override;
  /// The forecast whose truth is still to come is not kept: adaptation goes on with the next one.
  model::ModelState save() const override;
  Result<void> load(const model::ModelState& state) override;
  Result<model::Forecast> forecast(std::size_t horizon,
                                   std::span<const double> levels = {}) override;

  const model::Forecaster& inner() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace learningplane::selection
