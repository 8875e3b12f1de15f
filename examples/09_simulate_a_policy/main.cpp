// From a recorded workload to a scaling policy: what each would have meant, and why this many.
#include <cstdio>
#include <iostream>

#include "learningplane/learningplane.hpp"

int main() {
  using namespace learningplane;
  Registries registries;
  register_core(registries);

  simulation::OperatingRoomsOptions rooms;
  rooms.weeks = 3;
  rooms.seed = 1;
  const simulation::WorkloadTrace trace = simulation::operating_rooms(rooms);
  const decision::Capacity capacity = value_or_throw(decision::Capacity::read("latency.csv"));

  simulation::LineupOptions options;
  options.capacity_file = "latency.csv";
  options.simulation.seed = 1;
  options.simulation.startup_slots = 5;
  std::vector<simulation::LineupEntry> lineup;
  for (const char* name : {"vanilla", "hpa", "hybrid", "oracle"})
    lineup.push_back(simulation::lineup_entry(name, options, capacity, registries));
  // As a policy file has it.
  lineup.push_back(simulation::lineup_entry(Value::object()
                                                .set("kind", "hybrid")
                                                .set("name", "ours")
                                                .set("startup", "5m")
                                                .set("calm", "30m")
                                                .set("maximum", 6),
                                            options, registries));

  for (const auto& r : simulation::compare(trace, capacity, lineup, options, registries)) {
    std::printf("%-8s %5zu events, %.3f %% of slots above 22 ms, %.0f instance-minutes\n",
                r.name.c_str(), r.events, r.violations[2], r.instance_minutes);
    if (r.name != "ours") continue;
    const simulation::SimulatedDecision& first = r.decisions.front();
    std::printf("slot %zu: from %lld to %lld by rule %s, planned on a load of %.0f\n", first.slot,
                static_cast<long long>(first.decision.current),
                static_cast<long long>(first.decision.replicas),
                std::string(first.decision.rule).c_str(), first.decision.planned);
  }
  return 0;
}
