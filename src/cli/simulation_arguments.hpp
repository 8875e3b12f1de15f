#pragma once
#include <string>
#include <vector>

#include "learningplane/simulation/lineup.hpp"

namespace CLI {
class App;
}

namespace learningplane::cli {

/// What `simulate` and `tune` are told alike: the workload, what an instance carries, and the rules
/// of the simulation.
struct SimulationArguments {
  std::string trace{}, column{}, combine = "even", slot = "1m";
  std::string latency{}, protocol = "honest", forecaster = "day_profile";
  std::vector<std::string> options{};
  double throughput = 0, window = 60, reactive_window = 5;
  std::vector<double> bounds{18, 20, 22};
  bool sampled = false, exact = false;
  simulation::LineupOptions lineup{};
};

/// Adds the arguments to a subcommand.
void add_simulation_arguments(CLI::App& app, SimulationArguments& arguments);

/// @throws ConfigError, Error
simulation::WorkloadTrace trace_of(const SimulationArguments& arguments);
decision::Capacity capacity_of(const SimulationArguments& arguments);
/// Ready to use. @param exact whether latencies are exact where nothing is said
simulation::LineupOptions lineup_options(const SimulationArguments& arguments, bool exact);

/// A policy of a file or made of a name, with the throughput where it needs one and names none.
Value completed(Value policy, const SimulationArguments& arguments, const Registries& registries);
/// The policies of a YAML file: one, or a list. Their tables' paths start from the file's folder.
std::vector<Value> read_policies(const std::string& path);

}  // namespace learningplane::cli
