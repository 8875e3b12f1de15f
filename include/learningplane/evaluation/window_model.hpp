#pragma once
#include <memory>
#include <string>
#include <vector>

#include "learningplane/evaluation/window_block.hpp"
#include "learningplane/features/window.hpp"
#include "learningplane/model/model.hpp"
#include "learningplane/result.hpp"

namespace learningplane::evaluation {

/// A fitted model seen as a function of its window.
struct WindowModel {
  std::shared_ptr<const model::Forecaster> model{};
  std::string target{};
  std::vector<std::string> columns{};  ///< of a window, in order
  std::size_t lags = 0;
  std::size_t step = 1;  ///< whose forecast `predict` gives; 1 is the next one
  Predictor predict{};   ///< keeps the model alive
  Gradient gradient{};   ///< empty where the model offers none

  WindowShape shape() const { return {lags, columns.size()}; }
};

/// Takes models on windows (Windowed, Lstm) as they are. Any other is asked through update() and
/// forecast(), one window after another, on made-up times that follow the last it saw: its context
/// is then overwritten, and what it costs is `lags` rows of update() a window. Such a model must
/// save its "target", "lags" and "inputs" under "options".
/// @param step steps ahead, 1 or more
/// @param row_step distance of the rows, for such other models
/// @return unsupported (a model whose forecast rests on more than its last rows; step beyond what
/// it gives at once). @throws LogicError unfitted
Result<WindowModel> window_model(std::shared_ptr<model::Forecaster> model, std::size_t step = 1,
                                 Duration row_step = std::chrono::minutes(1));

/// The model's windows in a frame, with the `step` values of the target after each.
/// @return as features::make_windows; not_enough_data where there is none
Result<features::Windows> windows_of(const WindowModel& model, const telemetry::Frame& frame);
/// What came true of what the model forecasts: the last of each window's y.
std::vector<double> truth_of(const features::Windows& windows);
model::WindowView view_of(const features::Windows& windows);

}  // namespace learningplane::evaluation
