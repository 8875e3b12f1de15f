#pragma once
#include <map>
#include <string>
#include <vector>

#include "learningplane/evaluation/backtest.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::report {

/// What the page of an evaluation shows.
struct EvaluationReport {
  std::string target{};
  std::string source{};                             ///< where the telemetry came from
  std::vector<evaluation::Backtest> results{};      ///< models of the same group have equal origins
  std::map<std::string, telemetry::Frame> truth{};  ///< of each group
  std::size_t paths = 60;  ///< most origins drawn, evenly chosen; all are scored
};

/// As JSON, NaN as null.
Value to_value(const EvaluationReport& report);
/// One HTML page that needs nothing else: forecasts over the truth, error by step, coverage, and
/// the table of scores.
std::string to_html(const EvaluationReport& report);

}  // namespace learningplane::report
