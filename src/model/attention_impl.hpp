#pragma once
#include "learningplane/model/attention.hpp"
#include "model/attention_engine.hpp"
#include "model/attention_options.hpp"
#include "model/error_grid.hpp"
#include "model/lstm_windows.hpp"

namespace learningplane::model {

struct AttentionForecaster::Impl {
  detail::AttentionKind kind = detail::AttentionKind::informer;
  AttentionOptions options{};
  std::vector<std::string> columns{};
  std::size_t target_column = 0;

  std::unique_ptr<detail::AttentionEngine> engine{};  // none: not fitted
  std::vector<double> offset{}, scale{};              // one a column
  detail::ErrorGrid errors{};
  std::int64_t step_ns = 0;
  detail::LstmRows context{};  // the last rows seen

  Impl unfitted() const {
    Impl out;
    out.kind = kind;
    out.options = options;
    out.columns = columns;
    out.target_column = target_column;
    return out;
  }
  detail::AttentionTask task() const;
  Result<detail::LstmRows> rows(const telemetry::Frame& data) const;
  detail::SequenceRows scaled(const detail::LstmRows& rows) const;
  Result<FitReport> fit(detail::LstmRows rows, std::int64_t step);
  void measure(const detail::LstmRows& rows, const detail::SequenceRows& sequence,
               std::span<const std::size_t> held);
  /// What the network says of the coming steps: horizon x outputs, scaled.
  std::vector<double> ahead() const;
  double unscaled(double value) const {
    return value * scale[target_column] + offset[target_column];
  }
  /// Of the outputs of one step: the forecast, or the quantile of a level, scaled.
  double point(const double* heads) const;
  double learned_quantile(const double* heads, double level) const;
};

}  // namespace learningplane::model
