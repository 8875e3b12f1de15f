#pragma once
#include <memory>
#include <string>

#include "learningplane/model/model.hpp"
#include "learningplane/model/series_method.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

/// What every univariate model shares.
struct SeriesOptions {
  std::string target{};
  std::size_t horizon = 20;       ///< steps whose errors are measured; any horizon can be forecast
  double validation_share = 0.2;  ///< last values on which the errors are measured, (0, 0.9]
  std::size_t max_gap = 12;       ///< unknown steps in a row that are bridged by a straight line
};
/// The parameters that these options are in a manifest, with `more` after them; and back.
std::vector<Parameter> series_parameters(std::vector<Parameter> more = {});
SeriesOptions series_options(const Value& checked);
/// As options for a file, to be completed by the model.
Value to_value(const SeriesOptions& options);

/// Forecaster made of a SeriesMethod. fit() uses the rows after the last gap that is longer than
/// `max_gap`; shorter ones are bridged and count as imputed. It learns on all but the last
/// `validation_share`, rolls through that with append() to measure the errors of each step (their
/// quantiles are those of the forecast; a step beyond `horizon` takes those of the last), then
/// learns on all. Where the method needs all values itself, the errors are those of the last value
/// as forecast, which the note says.
/// After a long gap in update() forecast() answers unknown_data until the next fit().
class SeriesModel : public Forecaster {
 public:
  ~SeriesModel() override;
  Result<FitReport> fit(const telemetry::Frame& data) final;
  Result<void> update(const telemetry::Frame& data) final;
  bool fitted() const final;
  ModelState save() const final;
  Result<void> load(const ModelState& state) final;
  Result<Forecast> forecast(std::size_t horizon, std::span<const double> levels = {}) final;
  /// What was learned. @throws LogicError unfitted
  const SeriesMethod& method() const;

 protected:
  /// @throws ConfigError naming the option
  explicit SeriesModel(SeriesOptions options);
  const SeriesOptions& base() const;
  /// An unfitted method for series of this step. @return invalid_argument
  virtual Result<std::unique_ptr<SeriesMethod>> make(std::int64_t step_ns) const = 0;
  /// The options as the registry takes them.
  virtual Value options_value() const = 0;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace learningplane::model
