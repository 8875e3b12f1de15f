#pragma once
#include <string>

#include "cli/context.hpp"
#include "cli/simulation_arguments.hpp"

namespace learningplane::cli {

/// Simulates the services of a YAML file side by side:
/// {cluster: INSTANCES, services: [{name, trace, column, combine, slot, throughput | latency,
/// policy: {kind, …} | FILE, price, watts, watts_per_stream, startup_slots}]}. Paths start from the
/// file's folder; what a service does not say is as in the arguments.
int simulate_services(const std::string& path, const SimulationArguments& arguments, bool json,
                      Context& context);

}  // namespace learningplane::cli
