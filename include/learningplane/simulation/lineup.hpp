#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "learningplane/registries.hpp"
#include "learningplane/simulation/what_if.hpp"

namespace learningplane::simulation {

/// Whom a policy gets its forecast from.
enum class Forecasts {
  none,
  trace,      ///< the future itself: the oracle
  published,  ///< the public simulator's file and its alignment
  model       ///< a model that sees the past only
};

/// One policy of a comparison.
struct LineupEntry {
  std::string name{};
  std::string kind{};               ///< as registered: "reactive", "hybrid" …
  Value options = Value::object();  ///< checked against its manifest
  Forecasts forecasts = Forecasts::none;
};

struct LineupOptions {
  SimulationOptions simulation{};
  std::string capacity_file{};                 ///< the latency table, for policies that plan on it
  Duration window = std::chrono::minutes(60);  ///< of the predictive policies
  Duration reactive_window = std::chrono::minutes(5);  ///< of the reactive ones
  std::string forecaster = "day_profile";              ///< of the honest protocol
  Value forecaster_options = Value::object();
  std::size_t train_slots = 10'080;  ///< before the start that the first fit sees
  std::size_t forecast_every = 5;    ///< slots from forecast to forecast
  std::size_t refit_every = 1'440;   ///< slots from fit to fit; 0: never again
  std::size_t threads = 0;
};

/// The entry of a well-known name: vanilla, memory, predictive, oracle, hybrid, hpa; or of any
/// registered scaling policy's. In the published protocol the predictive ones draw their samples
/// and plan on the published forecast. @throws ConfigError naming what exists
LineupEntry lineup_entry(const std::string& name, const LineupOptions& options,
                         const decision::Capacity& capacity, const Registries& registries);
/// The same from a policy file's mapping: {kind, …options, name, forecasts: none | trace | model}.
LineupEntry lineup_entry(const Value& policy, const LineupOptions& options,
                         const Registries& registries);

/// Runs lineups on one trace and keeps the forecasts that models made for them: many comparisons
/// with the same options cost one set of forecasts. What it is given outlives it.
class Comparison {
 public:
  /// @throws ConfigError
  Comparison(const WorkloadTrace& trace, const decision::Capacity& capacity, LineupOptions options,
             const Registries& registries);
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;
  ~Comparison();
  /// In the order given. @param keep_slots false: only the figures stay
  /// @throws ConfigError, Error (a forecaster that cannot be fitted)
  std::vector<SimulationResult> run(const std::vector<LineupEntry>& lineup, bool keep_slots = true);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Runs every policy on the trace, in the order given. @throws ConfigError, Error (a forecaster
/// that cannot be fitted)
std::vector<SimulationResult> compare(const WorkloadTrace& trace,
                                      const decision::Capacity& capacity,
                                      const std::vector<LineupEntry>& lineup,
                                      const LineupOptions& options, const Registries& registries);

}  // namespace learningplane::simulation
