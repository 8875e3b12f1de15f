#pragma once
#include <memory>

#include "learningplane/simulation/simulator.hpp"

namespace learningplane::simulation {

/// Room for instances that several services share.
struct Room {
  std::int64_t free = 0;
};

/// One service while it is simulated: its slot begins, its policy decides at the end.
class ServiceRun {
 public:
  /// @param room null: any number of instances fits. @throws ConfigError, LogicError
  ServiceRun(const WorkloadTrace& trace, const decision::Capacity& capacity,
             decision::ScalingPolicy& policy, const ForecastSource* source,
             const SimulationOptions& options, Room* room);
  ServiceRun(const ServiceRun&) = delete;
  ServiceRun& operator=(const ServiceRun&) = delete;
  ~ServiceRun();
  std::size_t slots() const { return result_.slots; }
  void begin(std::size_t slot);
  void end(std::size_t slot);
  SimulationResult finish();

 private:
  struct Parts;
  const WorkloadTrace& trace_;
  decision::ScalingPolicy& policy_;
  const ForecastSource* source_;
  const SimulationOptions options_;
  std::size_t horizon_ = 0;
  SimulationResult result_{};
  std::unique_ptr<Parts> parts_{};
};

}  // namespace learningplane::simulation
