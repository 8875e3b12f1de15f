#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "learningplane/model/model.hpp"
#include "learningplane/pipeline/graph.hpp"

namespace learningplane::pipeline {

/// What the last stage leaves: the best site as the reference pipeline publishes it.
struct Inference {
  std::vector<std::string> sites{};
  std::vector<double> qos{};       ///< mean over the horizon, one a site; NaN: not known
  std::vector<std::string> why{};  ///< for sites that are not known: the reason
  double max_qos = 0;              ///< NaN where no site is known
  int max_qos_index = -1;          ///< -1 where no site is known
};

struct InferenceOptions {
  std::string name = "batch-inference-graph";
  std::vector<std::string> sites{};
  /// The newest fitted model of a site, from wherever models are kept.
  std::function<Result<std::shared_ptr<model::Forecaster>>(const std::string& site)> download{};
  /// The site's telemetry, cleaned.
  std::function<Result<telemetry::Frame>(const std::string& site)> collect{};
  std::size_t horizon = 20;
  Duration timeout{0};  ///< of each stage, real time; zero: none
  int retries = 0;      ///< of download-model and preprocessing-batch
};

/// download-model -> preprocessing-batch -> predictor-batch -> postprocessing-batch, as the
/// reference names them. A site without model or telemetry becomes unknown, not zero; a stage fails
/// where no site is left. The context then holds "forecasts" (std::vector<model::Forecast>, empty
/// ones for unknown sites) and "inference" (Inference).
/// @throws ConfigError where download or collect or every site is missing
Graph inference_pipeline(InferenceOptions options);

}  // namespace learningplane::pipeline
