#include "learningplane/adapters/kubernetes/hpa.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/kubernetes/hpa_objects.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace learningplane::adapters::kubernetes {

namespace {

std::string group_of(const std::string& api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string::npos ? std::string() : api_version.substr(0, slash);
}

Value utilisation(const char* resource, int percent) {
  Value target =
      Value::object().set("type", "Utilization").set("averageUtilization", std::int64_t{percent});
  Value inner = Value::object().set("name", resource).set("target", std::move(target));
  return Value::object().set("type", "Resource").set("resource", std::move(inner));
}

}  // namespace

bool HpaSummary::targets(const ApiResource& resource, const std::string& workload) const {
  return target_kind == resource.kind && target_name == workload &&
         group_of(target_api_version) == group_of(resource.api_version);
}

Result<std::vector<HpaSummary>> read_hpas(const std::string& json) {
  const auto list = parse_json(json);
  if (!list) return tl::unexpected(list.error());
  const Value* items = list->find("items");
  if (items == nullptr || !items->is_array())
    return fail(Errc::malformed, "the API server's list of HPAs has no items");
  std::vector<HpaSummary> out;
  try {
    for (const Value& item : items->as_array()) {
      const Value* spec = item.find("spec");
      const Value* metadata = item.find("metadata");
      const Value* target = spec == nullptr ? nullptr : spec->find("scaleTargetRef");
      if (metadata == nullptr || target == nullptr)
        return fail(Errc::malformed, "an HPA of the list has no metadata or scaleTargetRef");
      out.push_back({metadata->get("name", ""), spec->get("minReplicas", std::int64_t{1}),
                     spec->get("maxReplicas", std::int64_t{1}), target->get("apiVersion", ""),
                     target->get("kind", ""), target->get("name", "")});
    }
  } catch (const Error& e) {
    return fail(Errc::malformed, std::string("HPA: ") + e.what());
  }
  return out;
}

std::string hpas_path(const std::string& ns) {
  return fmt::format("/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers", ns);
}

Result<Value> hpa_bounds(const HpaOptions& o, std::int64_t replicas) {
  if (replicas < 1)
    return fail(Errc::invalid_argument,
                fmt::format("minReplicas {}: an HPA needs 1 or more", replicas));
  if (o.max_replicas > 0 && replicas > o.max_replicas)
    return fail(Errc::invalid_argument,
                fmt::format("{} replicas pass max_replicas {}", replicas, o.max_replicas));
  std::int64_t ceiling = replicas + o.headroom;
  if (o.max_replicas > 0) ceiling = std::min(ceiling, o.max_replicas);
  return Value::object().set(
      "spec", Value::object().set("minReplicas", replicas).set("maxReplicas", ceiling));
}

Result<Value> hpa_spec(const HpaOptions& o, const ApiResource& resource,
                       const std::string& workload, std::int64_t replicas) {
  auto bounds = hpa_bounds(o, replicas);
  if (!bounds) return bounds;
  Value metrics = Value::array();
  if (o.cpu_target > 0) metrics.push(utilisation("cpu", o.cpu_target));
  if (o.memory_target > 0) metrics.push(utilisation("memory", o.memory_target));
  for (const Value& m : o.metrics.as_array()) metrics.push(m);
  Value spec = *bounds->find("spec");
  spec.set("scaleTargetRef", Value::object()
                                 .set("apiVersion", resource.api_version)
                                 .set("kind", resource.kind)
                                 .set("name", workload));
  if (metrics.size() > 0) spec.set("metrics", std::move(metrics));
  return Value::object().set("spec", std::move(spec));
}

}  // namespace learningplane::adapters::kubernetes
