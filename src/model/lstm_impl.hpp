#pragma once
#include "learningplane/model/lstm.hpp"
#include "model/lstm_scaling.hpp"
#include "model/lstm_windows.hpp"

namespace learningplane::model {

struct Lstm::Impl {
  static constexpr std::size_t grid = 101;  ///< error quantiles kept for each step: 0, 1, … 100 %

  LstmOptions options{};
  std::vector<std::string> columns{};
  std::size_t target_column = 0;
  std::vector<LstmNetwork> members{};  ///< empty: not fitted
  detail::LstmScaling scaling{};
  std::vector<double> errors{};  ///< steps x grid: sorted quantiles of (truth - forecast)
  detail::LstmRows context{};    ///< the last rows seen
  std::int64_t step_ns = 0;      ///< 0: fitted on windows, no context

  std::size_t outputs() const { return options.mode == LstmMode::direct ? options.horizon : 1; }
  LstmShape shape() const;
  LstmTraining training(std::size_t member) const;
  double last_target(const WindowView& windows, std::size_t window) const;
  void predict(const WindowView& windows, std::span<double> out) const;
  /// `horizon` steps of the target for each window; closed loop or direct.
  std::vector<double> roll(const WindowView& windows, std::size_t horizon) const;
  Result<FitReport> fit(const WindowView& windows, std::span<const double> targets);
  void measure(const std::vector<double>& forecasts, const std::vector<double>& truths,
               std::size_t steps);
  double error_quantile(std::size_t step, double level) const;
};

}  // namespace learningplane::model
