#pragma once
#include <functional>

#include "learningplane/model/recurrent.hpp"
#include "model/lstm_windows.hpp"
#include "model/recurrent_scaling.hpp"

namespace learningplane::model {

namespace detail {
/// One weight a target (windows x steps), of mean 1 over the first `training` of them; empty where
/// all count alike.
std::vector<double> loss_weights(LossWeight weight, std::span<const double> targets,
                                 std::size_t steps, std::size_t training);
}  // namespace detail

struct Recurrent::Impl {
  static constexpr std::size_t grid = 101;  ///< error quantiles kept for each step: 0, 1, … 100 %

  Cell cell = Cell::lstm;
  RecurrentOptions options{};
  std::vector<std::string> columns{};
  std::size_t target_column = 0;
  std::vector<LstmNetwork> members{};  ///< empty: not fitted
  detail::RecurrentScaling scaling{};
  std::vector<double> errors{};  ///< steps x grid: sorted quantiles of (truth - forecast)
  detail::LstmRows context{};    ///< the last rows seen
  std::int64_t step_ns = 0;      ///< 0: fitted on windows, no context

  std::string name() const { return cell == Cell::gru ? "gru" : "lstm"; }
  std::size_t targets() const { return options.mode == LstmMode::direct ? options.horizon : 1; }
  /// Outputs of one target: the point and the levels.
  std::size_t heads() const { return 1 + options.training.levels.size(); }
  std::size_t outputs() const { return targets() * heads(); }
  std::size_t held_out(std::size_t windows) const {
    return static_cast<std::size_t>(options.training.validation_share *
                                    static_cast<double>(windows));
  }
  LstmShape shape() const;
  LstmTraining training(std::size_t member) const;
  double last_target(const WindowView& windows, std::size_t window) const;
  /// All outputs, in original units.
  void predict_heads(const WindowView& windows, std::span<double> out) const;
  /// The points alone.
  void predict(const WindowView& windows, std::span<double> out) const;
  /// `horizon` steps of the target for each window; closed loop or direct.
  std::vector<double> roll(const WindowView& windows, std::size_t horizon) const;
  /// The derivative of one output by one window.
  std::vector<double> gradient(std::span<const double> window, std::size_t output);

  /// Called once the network that is to be measured stands.
  using Measure = std::function<void()>;
  Result<FitReport> fit(const WindowView& windows, std::span<const double> targets,
                        const Measure& measured);
  FitReport fit_checked(const WindowView& windows, std::span<const double> targets,
                        const Measure& measured);
  /// Trains every member anew, with the scaling of what `how` does not hold out.
  void learn(const WindowView& windows, std::span<const double> targets, const LstmTraining& how,
             FitReport& report);
  std::vector<double> scaled_targets(const WindowView& windows,
                                     std::span<const double> targets) const;
  void adapt(const WindowView& windows, std::span<const double> targets);
  void measure(const std::vector<double>& forecasts, std::span<const double> truths,
               std::size_t steps);
  double error_quantile(std::size_t step, double level) const;
  /// Quantiles of one step from its point and its sorted heads.
  double quantile(std::span<const double> heads, std::size_t step, double level) const;
};

}  // namespace learningplane::model
