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

struct LstmOptions {
  std::string target{};
  std::vector<std::string> inputs{};  ///< other columns; the target is added last where absent
  std::size_t lags = 10;              ///< steps of the window, 1 or more
  std::vector<std::size_t> layers{32};
  std::vector<std::size_t> dense{};
  HeadActivation head = HeadActivation::none;
  LstmScaler scaler = LstmScaler::standard;  ///< fitted on the training part only
  InputRange input_range = InputRange::clipped;
  LstmMode mode = LstmMode::closed_loop;
  LstmOutput output = LstmOutput::residual;
  std::size_t horizon = 20;  ///< steps whose errors are measured; outputs of mode direct
  std::size_t members = 1;   ///< networks of neighbouring seeds whose mean is the forecast
  int adapt_epochs = 0;      ///< epochs that update() trains on what is new; 0: none
  Dtype dtype = Dtype::f32;
  std::uint64_t seed = 0;
  LstmTraining training{};  ///< its seed is not used: `seed` above rules
};

/// What the registry lists under "lstm".
Manifest lstm_manifest();
/// Options from a checked tree, and back. @throws ConfigError
LstmOptions lstm_options(const Value& value);
Value to_value(const LstmOptions& options);

/// LSTM forecaster: windows of the last `lags` rows of all columns to the coming target. Quantiles
/// are those of its errors on the validation tail (of the training part where there is none), for
/// each step by itself. Rows that are unknown or follow a gap take part in no window.
class Lstm final : public Forecaster {
 public:
  /// @throws ConfigError naming the option
  explicit Lstm(LstmOptions options);
  ~Lstm() override;

  std::string_view kind() const override { return "lstm"; }
  const LstmOptions& options() const;
  /// Columns of a window, in order.
  const std::vector<std::string>& columns() const;
  Result<FitReport> fit(const telemetry::Frame& data) override;
  Result<void> update(const telemetry::Frame& data) override;
  bool fitted() const override;
  ModelState save() const override;
  Result<void> load(const ModelState& state) override;
  Result<Forecast> forecast(std::size_t horizon, std::span<const double> levels = {}) override;

  /// Learns from ready windows in original units: count x lags x columns(), oldest row first, and
  /// their targets (count, or count x horizon in mode direct), in order of time. No context for
  /// forecast() remains. @return not_enough_data, unknown_data (not finite)
  Result<FitReport> fit_windows(const WindowView& windows, std::span<const double> targets);
  /// The targets of ready windows, in original units. @throws LogicError unfitted or sizes
  void predict_windows(const WindowView& windows, std::span<double> out) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace learningplane::model
