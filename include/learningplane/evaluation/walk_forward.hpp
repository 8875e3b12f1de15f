#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "learningplane/evaluation/score.hpp"
#include "learningplane/model/model.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::evaluation {

/// Makes a fresh, unfitted model; called for every refit.
using ModelMaker = std::function<std::unique_ptr<model::Forecaster>()>;

struct WalkForwardOptions {
  std::string target{};
  std::vector<std::string> inputs{};  ///< columns that must be known too where a row is scored
  std::size_t lags = 10;              ///< rows before a scored one that must be known without a gap
  Duration first = std::chrono::hours(8);        ///< after the first row that could be scored
  Duration last = std::chrono::hours(24);        ///< end of scoring, counted in the same way
  Duration refit_every = std::chrono::hours(1);  ///< on all the past
};

/// One-step forecasts in order of time, each by a model that saw nothing later.
struct WalkForward {
  std::vector<std::int64_t> times_ns{};
  std::vector<double> forecast{};
  std::vector<double> truth{};
  std::size_t refits = 0;
  Score score{};
};

/// Forecasts every row of [first, last) from the rows before it. Rows whose `lags` predecessors are
/// not all known or span a gap are left out, for every model alike.
/// @return what fit() or forecast() failed with; not_enough_data where nothing can be scored.
Result<WalkForward> walk_forward(const telemetry::Frame& frame, const ModelMaker& make,
                                 const WalkForwardOptions& options);

}  // namespace learningplane::evaluation
