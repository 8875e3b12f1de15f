#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "learningplane/model/lstm_network.hpp"
#include "learningplane/model/model.hpp"

namespace learningplane::model {

/// How more than one step ahead is reached.
enum class Strategy {
  direct,    ///< each step is learned by itself
  recursive  ///< one step is learned and fed back; other inputs stay at their last value
};

/// What every model on windows of the last rows shares.
struct WindowedOptions {
  std::string target{};
  std::vector<std::string> inputs{};  ///< other columns; the target is added last where absent
  std::size_t lags = 1;               ///< rows of a window, 1 or more
  std::size_t horizon = 20;           ///< steps that are learned and whose errors are measured
  double validation_share = 0.2;      ///< last windows held out for choices and quantiles, (0, 0.9]
  Strategy strategy = Strategy::direct;  ///< recursive: any number of steps can be forecast
  /// features::Calendar of the first step ahead, added to each window: "day:3", "week", "weekend".
  std::vector<std::string> calendar{};
  std::string zone = "UTC";  ///< whose wall clock `calendar` means
};

/// Windows (lags x columns numbers, oldest row first, then the calendar's) and the `horizon`
/// targets after each.
struct Examples {
  std::span<const double> values{};
  std::vector<std::size_t> starts{};  ///< where each window begins in `values`
  std::span<const double> targets{};  ///< count x horizon
  std::size_t width = 0;              ///< lags x columns + calendar
  std::size_t horizon = 1;
  std::vector<std::int64_t> times_ns{};  ///< of the first targets; empty where not known
  bool rows_follow = false;  ///< the rows of the targets stand in `values` after each window

  std::size_t count() const { return starts.size(); }
  std::span<const double> window(std::size_t i) const { return values.subspan(starts[i], width); }
  std::span<const double> target(std::size_t i) const {
    return targets.subspan(i * horizon, horizon);
  }
  /// Examples [first, first + count).
  Examples part(std::size_t first, std::size_t count) const;
};

/// Base of forecasters that look at the last `lags` rows. Keeps the context, cuts windows, measures
/// quantiles and saves, so that a model only says how it learns and predicts. fit() learns on all
/// but the last `validation_share` of the windows, measures the quantiles of its errors there (for
/// each step by itself; a step beyond `horizon` takes those of the last), then learns on all.
/// Rows that are unknown or follow a gap take part in no window.
class Windowed : public Forecaster {
 public:
  ~Windowed() override;
  Result<FitReport> fit(const telemetry::Frame& data) final;
  Result<void> update(const telemetry::Frame& data) final;
  bool fitted() const final;
  ModelState save() const final;
  Result<void> load(const ModelState& state) final;
  Result<Forecast> forecast(std::size_t horizon, std::span<const double> levels = {}) final;

  /// Learns from ready windows in original units: count x lags x columns(), and their targets,
  /// count x horizon. No context for forecast() remains. @return not_enough_data, unknown_data
  Result<FitReport> fit_windows(const WindowView& windows, std::span<const double> targets);
  /// count x horizon targets of ready windows. @throws LogicError unfitted or sizes
  void predict_windows(const WindowView& windows, std::span<double> out) const;
  /// Columns of a window, in order.
  const std::vector<std::string>& columns() const;
  /// The numbers that the fit found. @throws LogicError unfitted
  const Tensors& learned() const;

 protected:
  /// What the measurement of errors rests on.
  enum class Errors { held_out, all_windows };
  /// @throws ConfigError naming the option
  explicit Windowed(WindowedOptions options, Errors errors = Errors::held_out);
  const WindowedOptions& base() const;
  std::size_t target_column() const;
  /// Steps that learn() sees and predict() gives: the horizon, or 1 where recursive.
  std::size_t outputs() const;
  /// The newest target of a window.
  double last_target(std::span<const double> window) const;

  /// Rows of a window, once the step is known.
  virtual Result<std::size_t> lags(std::int64_t step_ns) const;
  /// The options as the registry takes them.
  virtual Value options_value() const = 0;
  /// Learns from `train`; `validation` is for choices. Sets losses and note.
  virtual Result<Tensors> learn(const Examples& train, const Examples& validation,
                                FitReport& report) const = 0;
  /// Learns from everything, with the choices that `first` was made with.
  virtual Result<Tensors> learn_all(const Examples& all, const Tensors& first,
                                    FitReport& report) const;
  /// As many steps as `out` holds, never more than `longest()`.
  virtual void predict(const Tensors& learned, std::span<const double> window,
                       std::span<double> out) const = 0;
  /// Quantiles that the model learned itself (steps x levels, never decreasing along a row); false:
  /// take those of the measured errors.
  virtual bool quantiles(const Tensors&, std::span<const double>, std::span<const double>,
                         std::span<double>) const {
    return false;
  }
  virtual std::size_t longest() const { return base().horizon; }
  /// Quantile levels that the model predicts by itself, increasing; none: the quantiles of its
  /// errors are added to its mean. Between them lines; beyond them the errors' quantiles go on.
  virtual std::vector<double> heads() const { return {}; }
  /// Steps x heads() quantiles, as many steps as `out` holds.
  virtual void predict_heads(const Tensors& learned, std::span<const double> window,
                             std::span<double> out) const;
  /// @throws FormatError where tensors from outside cannot be used for windows of that width
  virtual void check(const Tensors& learned, std::size_t width) const = 0;

 private:
  struct Impl;
  Result<FitReport> fit_examples(const Examples& examples, Impl& fresh) const;
  void steps_ahead(const Impl& state, const Tensors& learned, std::span<const double> window,
                   std::int64_t first_ns, std::span<double> out) const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace learningplane::model
