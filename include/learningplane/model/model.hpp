#pragma once
#include <span>
#include <string>
#include <string_view>

#include "learningplane/model/forecast.hpp"
#include "learningplane/model/state.hpp"
#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::model {

/// What a fit did, for the journal, the model card and a progress display.
struct FitReport {
  std::size_t rows = 0;  ///< observations used
  double train_loss =
      0;  ///< mean squared error on the training part, in scaled units where a scaler is used
  double validation_loss = 0;  ///< the same on the held-out tail; NaN where none was held out
  int epochs = 0;              ///< 0 for closed forms
  std::string note{};          ///< why it stopped, what was chosen
};

/// Something that learns from frames. Options come with construction and do not change.
/// Thread rule: one call at a time per object. fit() and update() leave the model as it was where
/// they fail.
class Model {
 public:
  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  virtual ~Model() = default;

  /// The name it is registered under: "lstm".
  virtual std::string_view kind() const = 0;
  /// Learns from the whole frame, forgetting what was learned before.
  /// @return not_enough_data, not_found (a column), unknown_data.
  virtual Result<FitReport> fit(const telemetry::Frame& data) = 0;
  /// Takes in newer observations: the next forecast starts after the last of them. Models that can
  /// also adapt. Rows that are not newer than what was seen are passed over.
  virtual Result<void> update(const telemetry::Frame& data) = 0;
  virtual bool fitted() const = 0;
  /// The fitted model as numbers. @throws LogicError where it is not fitted
  virtual ModelState save() const = 0;
  /// Becomes what save() gave. @return malformed, with the model unchanged
  virtual Result<void> load(const ModelState& state) = 0;
};

/// A model of a series' future.
class Forecaster : public Model {
 public:
  /// The coming `horizon` steps after the last observation seen by fit() or update().
  /// @param horizon how many steps
  /// @param levels quantile levels in (0, 1), increasing; may be empty.
  /// @return invalid_argument (horizon 0, levels), unknown_data (the latest observations are not
  /// known). @throws LogicError unfitted
  virtual Result<Forecast> forecast(std::size_t horizon, std::span<const double> levels = {}) = 0;
};

}  // namespace learningplane::model
