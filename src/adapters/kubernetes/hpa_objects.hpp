#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "adapters/kubernetes/scale_object.hpp"
#include "learningplane/adapters/kubernetes/hpa.hpp"
#include "learningplane/result.hpp"

namespace learningplane::adapters::kubernetes {

/// An HPA as a list shows it, as far as it matters here.
struct HpaSummary {
  std::string name{};
  std::int64_t min_replicas = 1;
  std::int64_t max_replicas = 1;
  std::string target_api_version{};
  std::string target_kind{};
  std::string target_name{};

  /// Whether it scales this workload. The version of the API group may differ.
  bool targets(const ApiResource& resource, const std::string& name) const;
};

/// The items of a HorizontalPodAutoscalerList. @return malformed where it is none
Result<std::vector<HpaSummary>> read_hpas(const std::string& json);
/// "/apis/autoscaling/v2/namespaces/NS/horizontalpodautoscalers"
std::string hpas_path(const std::string& ns);

/// {"spec": …} for a decided number. @return invalid_argument where it passes the bounds
Result<Value> hpa_spec(const HpaOptions& options, const ApiResource& resource,
                       const std::string& workload, std::int64_t replicas);
/// The same for an HPA of somebody else: its bounds alone.
Result<Value> hpa_bounds(const HpaOptions& options, std::int64_t replicas);

}  // namespace learningplane::adapters::kubernetes
