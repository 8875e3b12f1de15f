#pragma once
#include <string>
#include <vector>

#include "learningplane/simulation/lineup.hpp"

namespace learningplane::simulation {

/// A service of several that share a cluster.
struct ServiceEntry {
  std::string name{};
  WorkloadTrace trace{};
  decision::Capacity capacity;
  LineupEntry policy{};
  LineupOptions options{};  ///< its own price, start-up, failures, seed …
};

struct ServicesResult {
  std::vector<SimulationResult> services{};  ///< in the order given
  std::int64_t cluster = 0;                  ///< instances that fit; 0: any number
  std::int64_t most_together = 0;            ///< instances of all services at a time
  std::size_t events = 0, waiting_slots = 0;
  double instance_minutes = 0, cost = 0, kilowatt_hours = 0;
};

/// Simulates the services side by side. Where the cluster is full, instances asked for wait until
/// others are given up; earlier services come first. All have the same first slot, number of slots
/// and length of a slot, and the honest protocol. @throws ConfigError, Error
ServicesResult simulate_services(const std::vector<ServiceEntry>& services, std::int64_t cluster,
                                 const Registries& registries);

/// {"protocol","cluster","services":[…],"total":{…}}
Value to_value(const ServicesResult& result);

}  // namespace learningplane::simulation
