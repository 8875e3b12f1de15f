#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "learningplane/model/lstm_network.hpp"
#include "learningplane/model/model.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

enum class LstmScaler { standard, minmax };
/// closed_loop: one step ahead, further steps from its own output, other inputs held at their last
/// value. direct: one output for each of `horizon` steps.
enum class LstmMode { closed_loop, direct };
/// level: the network gives the target. residual: it gives the difference to the last known target.
enum class LstmOutput { level, residual };
/// Whether inputs are limited to the range that the training part showed.
enum class InputRange { free, clipped };
/// How a window shows the past of the target: its values, their differences to the last of them
/// (which a shift of the level leaves alone), or both beside one another.
enum class TargetForm { level, relative, both };
/// Which errors count for more in training. value: from 1 for the lowest target to 10 for the
/// highest. step: 1/sqrt(step), mode direct. Either has the mean 1.
enum class LossWeight { none, value, step };

/// What the LSTM and the GRU forecasters share.
struct RecurrentOptions {
  std::string target{};
  std::vector<std::string> inputs{};  ///< other columns; the target is added last where absent
  std::size_t lags = 10;              ///< steps of the window, 1 or more
  std::vector<std::size_t> layers{16};
  std::vector<std::size_t> dense{};
  HeadActivation head = HeadActivation::none;
  LstmScaler scaler = LstmScaler::standard;  ///< fitted on the training part only
  InputRange input_range = InputRange::clipped;
  TargetForm target_form = TargetForm::both;
  LstmMode mode = LstmMode::closed_loop;
  LstmOutput output = LstmOutput::residual;
  std::size_t horizon = 20;  ///< steps whose errors are measured; outputs of mode direct
  std::size_t members = 3;   ///< networks of neighbouring seeds whose mean is the forecast
  /// Whether, once a first network has been judged on the held-out tail, all members learn from
  /// everything, the tail included. No effect where nothing is held out.
  bool refit = true;
  LossWeight weight = LossWeight::none;
  int adapt_epochs = 0;  ///< epochs that update() trains on what is new; 0: none
  Dtype dtype = Dtype::f32;
  std::uint64_t seed = 0;
  /// Its seed and weights are not used: `seed` and `weight` above rule. With levels (mode direct)
  /// each step has quantile heads.
  LstmTraining training = defaults();

  static LstmTraining defaults();
};

/// The manifest of either kind. @throws LogicError for another name
Manifest recurrent_manifest(Cell cell);
/// Options from a checked tree, and back. @throws ConfigError
RecurrentOptions recurrent_options(const Value& value);
Value to_value(const RecurrentOptions& options);

/// Forecaster over a recurrent network: windows of the last `lags` rows of all columns to the
/// coming target. Quantiles come from the heads where `levels` were learned (sorted; between two
/// levels on the line between them); elsewhere they are those of its errors on the validation tail
/// (of the training part where there is none), for each step by itself. Rows that are unknown or
/// follow a gap take part in no window.
class Recurrent : public Forecaster {
 public:
  ~Recurrent() override;

  std::string_view kind() const final;
  const RecurrentOptions& options() const;
  /// Columns of a window, in order.
  const std::vector<std::string>& columns() const;
  Result<FitReport> fit(const telemetry::Frame& data) final;
  Result<void> update(const telemetry::Frame& data) final;
  bool fitted() const final;
  ModelState save() const final;
  Result<void> load(const ModelState& state) final;
  Result<Forecast> forecast(std::size_t horizon, std::span<const double> levels = {}) final;

  /// Learns from ready windows in original units: count x lags x columns(), oldest row first, and
  /// their targets (count, or count x horizon in mode direct), in order of time. No context for
  /// forecast() remains. @return not_enough_data, unknown_data (not finite)
  Result<FitReport> fit_windows(const WindowView& windows, std::span<const double> targets);
  /// The targets of ready windows, in original units. @throws LogicError unfitted or sizes
  void predict_windows(const WindowView& windows, std::span<double> out) const;
  /// The derivative of the forecast of step `output` (0: the next one) by every number of a window,
  /// lags x columns(), in original units; 0 where an input was clipped. In a closed loop it runs
  /// through the steps before. @throws LogicError unfitted or sizes
  std::vector<double> input_gradient(std::span<const double> window, std::size_t output) const;

 protected:
  /// @throws ConfigError naming the option
  Recurrent(RecurrentOptions options, Cell cell);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace learningplane::model
