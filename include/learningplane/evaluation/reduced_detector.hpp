#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "learningplane/evaluation/explanation.hpp"
#include "learningplane/evaluation/provisioning.hpp"
#include "learningplane/features/target_filter.hpp"

namespace learningplane::evaluation {

/// Makes an unfitted model of the target on the last `lags` rows of these columns (the target is
/// one of them), which gives the step asked for at once.
using DetectorMaker = std::function<std::unique_ptr<model::Forecaster>(
    const std::vector<std::string>& inputs, std::size_t lags)>;

struct ReducedDetectorOptions {
  std::string target{};
  std::vector<std::string> inputs{};  ///< other columns; the target is added where absent
  std::size_t lags = 12;              ///< rows of the full model's window, 1 or more
  std::size_t step = 1;               ///< steps ahead, 1 or more
  std::size_t block_lags = 3;         ///< lags of a block, 1 or more
  std::size_t keep = 4;               ///< blocks that stay, 1 or more
  double train_share = 0.7;           ///< first rows, that both models learn from, in (0, 1)
  /// Added to forecasts: this quantile of the errors on the training rows, in [0, 1); 0: nothing.
  double margin = 0;
  /// What both models learn in place of the target; their windows hold it as it is. Other than
  /// none, it takes a model that fits windows (Windowed, Lstm).
  features::TargetFilter filter = features::TargetFilter::none;
  std::size_t filter_window = 5;  ///< steps, 1 or more
  Fill fill = Fill::window_mean;
};

/// A detector's reach and price on the rows it did not learn from.
struct DetectorScore {
  std::size_t cells = 0;  ///< numbers that it reads for a forecast
  double mae = 0;
  ProvisioningScore provision{};
};

struct ReducedDetector {
  std::vector<Effect> ranking{};  ///< occlusion before the training part's spikes, strongest first
  std::vector<std::string> kept{};  ///< cells that the reduced model reads: "load[2]"
  std::size_t spikes = 0;           ///< windows before spikes that the ranking rests on
  DetectorScore full{}, reduced{}, naive{};
};

/// Fits a model on all columns and lags, keeps the `keep` blocks that occlusion before spikes names
/// as the strongest (mean absolute effect), fits a second one on these cells alone (as columns of
/// their own, one row a window) and scores both, and the last value, on the same later rows. The
/// target's newest value is always kept: every model on windows has its target among its columns.
/// Cost: two fits, and (blocks + 1) predictions for each spike.
/// @return invalid_argument (options), unsupported (a model that the filter or window_model()
/// cannot take), not_enough_data (windows, spikes), what fit() fails with
Result<ReducedDetector> reduce_detector(const telemetry::Frame& frame, const DetectorMaker& make,
                                        const ReducedDetectorOptions& options);
/// {"ranking","kept","spikes","full","reduced","naive"}
Value to_value(const ReducedDetector& detector);

}  // namespace learningplane::evaluation
