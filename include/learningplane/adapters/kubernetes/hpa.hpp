#pragma once
#include <cstdint>
#include <string>

#include "learningplane/value.hpp"

namespace learningplane::adapters::kubernetes {

/// What to do where another HPA than ours targets the workload.
enum class ForeignHpa {
  refuse,  ///< two would fight: the outcome is `refused` and names it
  adopt    ///< set its minReplicas and maxReplicas; where others own these fields: `conflict`
};

/// How a HorizontalPodAutoscaler (autoscaling/v2) follows a Scale: minReplicas is the number that
/// was decided, so that the forecast is a floor and the autoscaler still reacts above it.
struct HpaOptions {
  std::string name{};              ///< empty: WORKLOAD-hpa
  std::int64_t headroom = 3;       ///< maxReplicas above minReplicas; 0 pins the number
  std::int64_t max_replicas = 0;   ///< never above it; 0: no bound
  int cpu_target = 75;             ///< average utilisation in % of the request; 0: not a metric
  int memory_target = 0;           ///< the same
  Value metrics = Value::array();  ///< further MetricSpecs, as autoscaling/v2 writes them
  ForeignHpa foreign = ForeignHpa::refuse;
};

}  // namespace learningplane::adapters::kubernetes
