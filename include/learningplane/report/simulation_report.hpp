#pragma once
#include <string>
#include <vector>

#include "learningplane/simulation/forecast_errors.hpp"
#include "learningplane/simulation/lineup.hpp"

namespace learningplane::report {

/// A policy with windows of several lengths.
struct WindowSweep {
  std::string name{};
  std::vector<simulation::SimulationResult> results{};  ///< one for each window, increasing
};

/// What the page of a simulation shows. All results are of one protocol.
struct SimulationReport {
  std::string source{};      ///< where the load came from
  std::string forecaster{};  ///< by whom it was forecast
  simulation::WorkloadTrace trace{};
  simulation::SimulationOptions options{};
  std::vector<simulation::LineupEntry> lineup{};
  std::vector<simulation::SimulationResult> results{};  ///< in the order of the lineup
  std::vector<decision::LatencyRow> latencies{};        ///< of one instance by its load
  simulation::ForecastLoops loops{};
  std::vector<WindowSweep> sweeps{};
};

/// As JSON; series are thinned to what a screen shows. @throws LogicError where protocols differ
Value to_value(const SimulationReport& report);
/// One HTML page that needs nothing else, with the protocol and each policy's settings named.
std::string to_html(const SimulationReport& report);

}  // namespace learningplane::report
