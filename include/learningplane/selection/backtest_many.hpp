#pragma once
#include <string>

#include "learningplane/evaluation/backtest.hpp"
#include "learningplane/selection/many_series.hpp"

namespace learningplane::selection {

/// The scores of one series: a row of a table.
struct ManyScore {
  std::size_t index = 0;
  std::string id{};
  Result<evaluation::HorizonScore> score{};  ///< of all steps of the horizon, or why there is none
  std::size_t origins = 0;
  std::size_t fits = 0;
  std::size_t failed_origins = 0;  ///< whose latest observations were not known
  std::string note{};
};
using ManyScoreSink = std::function<void(ManyScore&&)>;

/// Rolling origins over each series. Of `settings` target, threads, horizon, levels and horizons
/// are not used: those of `options` count. A series on which a fit fails at any origin fails whole.
/// A seasonal scale of zero leaves MASE unknown (NaN).
/// @return invalid_argument. @throws ConfigError (kind, options)
Result<ManySummary> backtest_many(const ManySource& source, const ManyOptions& options,
                                  const evaluation::BacktestOptions& settings,
                                  const Registry<model::Forecaster>& all, const ManyScoreSink& sink,
                                  const ManyProgress& progress = {});

}  // namespace learningplane::selection
