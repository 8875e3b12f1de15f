#include "adapters/kubernetes/scale_object.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/kubernetes/workload.hpp"
#include "learningplane/json.hpp"

namespace learningplane::adapters::kubernetes {

namespace {

const Value* at(const Value* v, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) v = v == nullptr ? nullptr : v->find(key);
  return v;
}

std::string text_at(const Value& v, std::initializer_list<std::string_view> keys) {
  const Value* found = at(&v, keys);
  return found != nullptr && found->is_string() ? found->as_string() : std::string();
}

ApiResource by_kind(const std::string& kind, Flavour flavour) {
  if (kind == "Deployment") return {"apps/v1", "deployments", kind};
  if (kind == "StatefulSet") return {"apps/v1", "statefulsets", kind};
  if (kind == "ReplicaSet") return {"apps/v1", "replicasets", kind};
  if (kind == "ReplicationController") return {"v1", "replicationcontrollers", kind};
  if (kind == "DeploymentConfig" && flavour == Flavour::openshift)
    return {"apps.openshift.io/v1", "deploymentconfigs", kind};
  throw ConfigError("", "workload_kind", kind,
                    "Deployment, StatefulSet, ReplicaSet, ReplicationController, on openshift "
                    "DeploymentConfig; any other with group, version and resource");
}

}  // namespace

ApiResource resource_of(const ScaleOptions& o) {
  if (o.resource.resource.empty()) {
    if (!o.resource.group.empty())
      throw ConfigError("", "resource", "",
                        "the plural name that belongs to group " + o.resource.group);
    return by_kind(o.cluster.kind, o.cluster.flavour);
  }
  for (const auto& [key, value] : {std::pair{"group", o.resource.group},
                                   {"version", o.resource.version},
                                   {"resource", o.resource.resource}}) {
    if (!(value.empty() && std::string_view(key) == "group") && !valid_name(value))
      throw ConfigError("", key, value, "letters, digits, '-' and '.' make a name");
  }
  return {
      o.resource.group.empty() ? o.resource.version : o.resource.group + "/" + o.resource.version,
      o.resource.resource,
      {}};
}

std::string group_path(const ApiResource& r) {
  return (r.api_version.find('/') == std::string::npos ? "/api/" : "/apis/") + r.api_version;
}

std::string object_path(const ApiResource& r, const std::string& ns, const std::string& name) {
  return fmt::format("{}/namespaces/{}/{}/{}", group_path(r), ns, r.plural, name);
}

Result<Served> served_from_discovery(const std::string& json, const ApiResource& resource) {
  const auto list = parse_json(json);
  if (!list) return tl::unexpected(list.error());
  const Value* resources = list->find("resources");
  if (resources == nullptr || !resources->is_array())
    return fail(Errc::malformed, "the API server's discovery has no resources");
  Served out;
  for (const Value& r : resources->as_array()) {
    const std::string name = text_at(r, {"name"});
    if (name == resource.plural) out.kind = text_at(r, {"kind"});
    if (name == resource.plural + "/scale") out.scales = true;
  }
  if (out.kind.empty())
    return fail(Errc::not_found,
                fmt::format("{} serves no '{}'", resource.api_version, resource.plural));
  return out;
}

Result<ScaledObject> read_object(const std::string& json) {
  auto object = parse_json(json);
  if (!object) return tl::unexpected(object.error());
  ScaledObject out;
  out.uid = text_at(*object, {"metadata", "uid"});
  out.resource_version = text_at(*object, {"metadata", "resourceVersion"});
  out.decision = text_at(*object, {"metadata", "annotations", decision_annotation});
  if (out.resource_version.empty())
    return fail(Errc::malformed, "the API server's answer has no metadata.resourceVersion");
  out.value = std::move(*object);
  // A Scale leaves out a number of 0; nothing of it may be absent otherwise.
  if (text_at(out.value, {"kind"}) == "Scale") {
    const Value* given = out.value.find("spec");
    Value spec = given != nullptr && given->is_object() ? *given : Value::object();
    if (spec.find("replicas") == nullptr)
      out.value.set("spec", std::move(spec.set("replicas", std::int64_t{0})));
  }
  return out;
}

bool includes(const Value& object, const Value& wanted) {
  if (wanted.is_object()) {
    return object.is_object() &&
           std::all_of(wanted.as_object().begin(), wanted.as_object().end(), [&](const auto& m) {
             const Value* own = object.find(m.first);
             return own != nullptr && includes(*own, m.second);
           });
  }
  if (wanted.is_array()) {
    if (!object.is_array() || object.size() != wanted.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!includes(object.as_array()[i], wanted.as_array()[i])) return false;
    }
    return true;
  }
  return object == wanted;
}

Value restricted_to(const Value& object, const Value& shape) {
  if (!shape.is_object() || !object.is_object()) return object;
  Value out = Value::object();
  for (const auto& [key, inner] : shape.as_object()) {
    if (const Value* own = object.find(key)) out.set(key, restricted_to(*own, inner));
  }
  return out;
}

std::vector<ReplicaWriter> writers_of_replicas(const Value& object) {
  const Value* managed = at(&object, {"metadata", "managedFields"});
  std::vector<ReplicaWriter> out;
  if (managed == nullptr || !managed->is_array()) return out;
  for (const Value& entry : managed->as_array()) {
    if (at(&entry, {"fieldsV1", "f:spec", "f:replicas"}) == nullptr) continue;
    ReplicaWriter writer{text_at(entry, {"manager"}), std::nullopt};
    if (const auto time = parse_iso8601(text_at(entry, {"time"}))) writer.at = *time;
    out.push_back(std::move(writer));
  }
  return out;
}

}  // namespace learningplane::adapters::kubernetes
