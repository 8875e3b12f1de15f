#pragma once
#include <array>
#include <string>
#include <vector>

#include "learningplane/decision/capacity.hpp"
#include "learningplane/decision/scaling.hpp"
#include "learningplane/simulation/forecast_source.hpp"
#include "learningplane/simulation/workload_trace.hpp"

namespace learningplane::simulation {

/// By which rules a result came about. Results of different protocols are never compared.
enum class Protocol {
  /// As the public simulator: its forecast alignment, and each instance that serves any stream
  /// gives
  /// as many latencies as all streams have frames, so that a slot counts the more, the more serve.
  published,
  /// Forecasts from the past only, and each frame counts once.
  honest
};
std::string_view to_string(Protocol protocol);
/// @throws ConfigError
Protocol protocol_from(std::string_view name);

/// How latencies come about.
enum class Latencies {
  sampled,  ///< frame by frame, drawn with replacement from the measured distributions
  exact     ///< the distributions themselves: no chance
};

struct SimulationOptions {
  Protocol protocol = Protocol::honest;
  std::uint64_t seed = 0;
  std::size_t start_slot = 10'080;
  std::size_t slots = 10'081;     ///< cut to what the trace has
  double streams = 1;             ///< of each unit of the trace (cameras of a surgery)
  double frames_per_second = 30;  ///< of each stream
  Latencies latencies = Latencies::sampled;
  double sample_share = 1;  ///< of the frames that are drawn, in (0, 1]
  double objective_quantile = 0.95;
  std::array<double, 3> bounds{18, 20, 22};           ///< violations are counted above these
  double penalty_mean = 100, penalty_deviation = 10;  ///< latency of a moved stream's frame
  std::int64_t first_instances = 1;
  std::size_t startup_slots = 0;   ///< a new instance serves so many slots later than the next
  double failure_probability = 0;  ///< of an instance in a slot; it then starts anew
  bool arrivals = false;           ///< the trace is a mean: loads are drawn (Poisson)
  double price = 0;                ///< of an instance hour
  double watts = 0;                ///< of an instance, whatever it does
  double watts_per_stream = 0;     ///< more for each stream that is served
  std::size_t keep_decisions = 100'000;  ///< most decisions kept; only those that act are
};
/// @throws ConfigError naming the option
void check(const SimulationOptions& options);

/// A decision that changed something, and when.
struct SimulatedDecision {
  std::size_t slot;
  decision::ScalingDecision decision;
};

/// What following a policy would have meant. Columns have one value a slot.
struct SimulationResult {
  std::string name{};
  Protocol protocol = Protocol::honest;
  std::uint64_t seed = 0;
  Duration window{0};  ///< of the policy
  std::size_t start_slot = 0, slots = 0;
  std::size_t unknown_slots = 0;                 ///< whose load is not known
  std::size_t events = 0;                        ///< decisions that changed the number asked for
  std::array<double, 3> bounds{}, violations{};  ///< % of slots above each bound
  double instance_minutes = 0;                   ///< asked for, starting ones included
  double penalty_percentile = 0;  ///< 100 (1 - slots whose highest latency is a penalty)
  std::int64_t max_instances = 0;
  std::size_t failures = 0;
  std::size_t waiting_slots = 0;  ///< in which an instance asked for found no room
  double cost = 0, kilowatt_hours = 0;
  std::uint64_t samples = 0;  ///< latencies drawn

  static constexpr std::array<double, 6> quantiles{0.25, 0.5, 0.75, 0.9, 0.95, 0.99};
  std::vector<double> load{}, latency{}, highest{}, forecast{};  ///< latency at the objective's
  std::vector<std::int32_t> replicas{}, ready{};
  std::array<std::vector<float>, 6> percentiles{};
  std::vector<SimulatedDecision> decisions{};

  /// The columns as a frame for reports: load, latency, highest, forecast, replicas, ready, p25 ….
  telemetry::Frame frame(const WorkloadTrace& trace) const;
};

/// Replays the trace through the policy, slot by slot: latencies of the slot, what the policy sees
/// at its end, the change in effect from the next slot on. Deterministic. `source` may be null
/// where the policy wants no forecast. @throws ConfigError, LogicError (a forecast wanted, none
/// given)
SimulationResult simulate(const WorkloadTrace& trace, const decision::Capacity& capacity,
                          decision::ScalingPolicy& policy, const ForecastSource* source,
                          const SimulationOptions& options);

/// {"name","window","events","violations":{"18",…},"instance_minutes","penalty_percentile",
/// "max_instances",…}
Value to_value(const SimulationResult& result);
/// {"protocol","seed","policies":[…]}. @throws LogicError where protocols differ
Value to_value(const std::vector<SimulationResult>& results);

}  // namespace learningplane::simulation
