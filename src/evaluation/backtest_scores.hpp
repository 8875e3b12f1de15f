#pragma once
#include "evaluation/pairs.hpp"
#include "learningplane/evaluation/backtest.hpp"

namespace learningplane::evaluation::detail {

/// Fills scores into a result whose forecasts are there.
/// @return unknown_data where no origin could be forecast
Result<void> score_backtest(const telemetry::Column& column, const telemetry::Frame& frame,
                            const BacktestOptions& options, Backtest& out);

}  // namespace learningplane::evaluation::detail
