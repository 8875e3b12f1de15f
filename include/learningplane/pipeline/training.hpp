#pragma once
#include <functional>
#include <memory>
#include <string>

#include "learningplane/model/model.hpp"
#include "learningplane/model/model_file.hpp"
#include "learningplane/pipeline/graph.hpp"

namespace learningplane::pipeline {

/// Mean squared errors of two models over the same forecasts of a held-out tail.
struct Comparison {
  double model = 0;
  double baseline = 0;
  std::size_t forecasts = 0;  ///< origins at which both could forecast
  std::size_t values = 0;     ///< known values compared
};

/// Lets both fitted models walk over data's rows from `first` on, forecasting `horizon` steps at
/// every horizon-th row. Both take in the tail. @return not_enough_data where nothing compares
Result<Comparison> compare_on_tail(model::Forecaster& model, model::Forecaster& baseline,
                                   const telemetry::Frame& data, std::size_t first,
                                   std::size_t horizon, const std::string& target);

struct TrainingOptions {
  std::string name = "training";
  std::function<Result<telemetry::Frame>()> collect{};
  std::function<Result<telemetry::Frame>(const telemetry::Frame&)> preprocess{};  ///< optional
  std::function<std::unique_ptr<model::Forecaster>()> make_model{};
  std::function<std::unique_ptr<model::Forecaster>()> make_baseline{};  ///< empty: not validated
  /// Keeps the model for others; returns its version. Optional.
  std::function<Result<std::string>(const model::Forecaster&, const model::ModelCard&)> publish{};
  std::string target{};
  std::size_t horizon = 20;  ///< steps that validation looks ahead
  double holdout = 0.2;      ///< share of the rows at the end that validation is done on
  TimePoint now{};           ///< goes into the card
  std::string trained_on{};  ///< in words, goes into the card
};

/// collect -> preprocess -> train -> validate -> publish. `preprocess` checks the structure (the
/// target is there, times have a step) and keeps it in the card. `validate` compares a model fitted
/// without the tail with the baseline: where it is worse the stage fails with `refused`, nothing is
/// published. Training and validating run beside each other. Results in the context:
/// "model" (std::shared_ptr<model::Forecaster>, fitted on everything), "report"
/// (model::FitReport), "card" (model::ModelCard), "version" (std::string).
/// @throws ConfigError where collect, make_model or target are missing
Graph training_pipeline(TrainingOptions options);

}  // namespace learningplane::pipeline
