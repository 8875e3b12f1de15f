#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "learningplane/evaluation/provisioning.hpp"
#include "learningplane/evaluation/walk_forward.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::evaluation {

/// When a backtest learns anew; in between the model is updated with what came since.
enum class Refit {
  never,          ///< once, before the first origin
  every_origin,   ///< at each, on all the past
  every_duration  ///< at the first origin and where `refit_every` has passed since the last time
};

/// What would have been allotted, and so is scored as provisioning.
enum class Plan {
  highest,  ///< the highest quantile asked for, the mean where none was
  mean      ///< the mean, as raised by whatever made it
};

/// Rolling origins: from each the model forecasts `horizon` steps, having seen nothing later.
struct BacktestOptions {
  std::string target{};
  std::size_t horizon = 36;  ///< steps ahead, 1 or more
  std::size_t origins = 24;  ///< how many, spread evenly over the last `share` of the rows
  double share = 0.3;        ///< of the rows, in (0, 1)
  std::size_t every = 0;     ///< an origin every so many rows of the share instead; 0: by count
  std::vector<double> levels{0.05, 0.95};  ///< quantile levels in (0, 1), increasing; may be empty
  std::vector<std::size_t> horizons{};     ///< scored: steps 1 to each; empty: 1, 12, 36 where they
                                           ///< fit and `horizon`
  Refit refit = Refit::every_origin;
  Duration refit_every = std::chrono::hours(24);  ///< above zero
  std::size_t season = 0;  ///< rows of a season for MASE; 0: a day where that fits, else 1
  Plan plan = Plan::highest;
  ProvisionCosts costs{};
  SpikeOptions spikes{};
  std::size_t threads = 1;  ///< 0: as many as the machine has; results are the same for any number
};

/// One forecast step a row, in order of origin and step.
struct BacktestForecasts {
  std::vector<std::size_t> origin{};      ///< number of known rows
  std::vector<std::int64_t> origin_ns{};  ///< time of the last known row
  std::vector<std::size_t> step{};        ///< from 1 on
  std::vector<std::int64_t> times_ns{};
  std::vector<double> mean{};
  std::vector<double> truth{};      ///< NaN where no row stands within half a step or it is unknown
  std::vector<double> quantiles{};  ///< rows x levels

  std::size_t rows() const { return mean.size(); }
};

/// Scores of the steps 1 to `horizon` of all origins together.
struct HorizonScore {
  std::size_t horizon = 0;
  std::size_t n = 0;            ///< steps whose truth is known
  std::size_t passed_over = 0;  ///< the others
  double mae = 0;
  double mse = 0;
  double rmse = 0;
  double bias = 0;
  double mape = 0;   ///< without the steps whose truth is zero
  double smape = 0;  ///< 0 to 2
  double mase = 0;   ///< by the seasonal naive error before the first origin
  double r2 = 0;
  std::vector<double> pinball{};   ///< of each level
  std::vector<double> coverage{};  ///< of each level: share of truths at or below it
  double interval_coverage = 0;    ///< of the outermost levels; NaN with fewer than two
  double interval_width = 0;
  Provision plan{};
  WindowCapacity capacity{};  ///< the plan's largest value for the whole window
  /// Shares and spikes of the plan. With an origin at every row: of the series of forecasts made
  /// `horizon` steps before. Else: of each path of steps 1 to `horizon`, added up, where `over` and
  /// `under` are shares of the scored steps.
  ProvisioningScore provisioning{};
};

struct Backtest {
  std::string name{};   ///< of the model
  std::string group{};  ///< "all" where nothing is grouped
  std::vector<double> levels{};
  std::vector<std::size_t> origins{};  ///< numbers of known rows
  std::size_t failed = 0;              ///< origins whose latest observations were not known
  std::size_t fits = 0;
  double scale = 0;         ///< what MASE divides by
  double step_seconds = 0;  ///< time in violation: violation share x n x this
  BacktestForecasts forecasts{};
  std::vector<HorizonScore> horizons{};
  std::vector<double> mae_by_step{};  ///< of each step by itself
};

/// Numbers of known rows at the origins. @return invalid_argument, not_enough_data
Result<std::vector<std::size_t>> origins(std::size_t rows, const BacktestOptions& options);

/// A model on a series.
struct BacktestJob {
  std::string name{};
  std::string group = "all";
  telemetry::Frame frame{};
  ModelMaker make{};  ///< called from several threads at once where `threads` is not 1
};

/// Called after each stretch of origins that share a fit; one call at a time.
using BacktestProgress = std::function<void(std::size_t done, std::size_t all)>;

/// One result for each job, in order. An origin whose latest observations are unknown is passed
/// over and counted. @return invalid_argument (options), not_found (target), not_enough_data, and
/// whatever else fit() or forecast() failed with, naming job and origin
Result<std::vector<Backtest>> backtest(const std::vector<BacktestJob>& jobs,
                                       const BacktestOptions& options,
                                       const BacktestProgress& progress = {});

/// Scores and, where wanted, forecasts, as JSON. Unknown is null.
enum class BacktestParts { scores, all };
Value to_value(const Backtest& result, BacktestParts parts = BacktestParts::scores);

}  // namespace learningplane::evaluation
