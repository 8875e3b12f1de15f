#pragma once
#include <memory>
#include <string>

#include "learningplane/selection/many_series.hpp"

namespace learningplane::selection {

/// What became of one series.
struct ManyForecast {
  std::size_t index = 0;  ///< in the source
  std::string id{};
  Result<model::Forecast> forecast{};  ///< or why there is none
  std::string note{};                  ///< what was done to the input, what the fit chose
};
using ManyForecastSink = std::function<void(ManyForecast&&)>;

/// Fits a model on each series and forecasts; a bad series never stops the others, and a forecast
/// that is not finite is a failure. @return invalid_argument (horizon, levels). @throws ConfigError
/// (kind, options), and whatever source, sink or progress throw
Result<ManySummary> forecast_many(const ManySource& source, const ManyOptions& options,
                                  const Registry<model::Forecaster>& all,
                                  const ManyForecastSink& sink, const ManyProgress& progress = {});

/// A fitted model of one series.
struct ManyFit {
  std::size_t index = 0;
  std::string id{};
  Result<std::unique_ptr<model::Forecaster>> model{};
  std::string note{};
};
using ManyFitSink = std::function<void(ManyFit&&)>;

/// The first half of forecast_many(): hands the models over. `levels` are not used.
Result<ManySummary> fit_many(const ManySource& source, const ManyOptions& options,
                             const Registry<model::Forecaster>& all, const ManyFitSink& sink,
                             const ManyProgress& progress = {});

/// The second half, of models that were fitted before. Each must be a different object.
/// @return invalid_argument (horizon, levels)
Result<ManySummary> predict_many(const std::vector<model::Forecaster*>& models, std::size_t horizon,
                                 const std::vector<double>& levels, std::size_t threads,
                                 const ManyForecastSink& sink, const ManyProgress& progress = {});

}  // namespace learningplane::selection
