#pragma once
#include <optional>
#include <string>
#include <vector>

#include "learningplane/adapters/kubernetes/scale.hpp"
#include "learningplane/result.hpp"
#include "learningplane/time.hpp"

namespace learningplane::adapters::kubernetes {

/// A resource of the API: how it is written in objects and in paths.
struct ApiResource {
  std::string api_version{};  ///< "apps/v1"; "v1" of the core group
  std::string plural{};       ///< "deployments"
  std::string kind{};         ///< "Deployment"; empty: to be asked for (discovery)
};

/// Of the options: by resource where given, else by kind. @throws ConfigError (names, kinds)
ApiResource resource_of(const ScaleOptions& options);
/// "/apis/apps/v1" or "/api/v1"
std::string group_path(const ApiResource& resource);
std::string object_path(const ApiResource& resource, const std::string& ns,
                        const std::string& name);
/// What discovery says of a resource.
struct Served {
  std::string kind{};
  bool scales = false;  ///< it has a scale subresource
};
/// @return not_found where the resource is not served
Result<Served> served_from_discovery(const std::string& json, const ApiResource& resource);

/// An object as the API server shows it.
struct ScaledObject {
  Value value{};  ///< null: it does not exist
  std::string uid{};
  std::string resource_version{};
  std::string decision{};  ///< the annotation; empty where absent
};
/// @return malformed where the answer is no object with a resourceVersion
Result<ScaledObject> read_object(const std::string& json);

/// Whether an object holds everything that `wanted` names, with the same values.
bool includes(const Value& object, const Value& wanted);
/// What the object holds in the places that `shape` names; lists are taken whole.
Value restricted_to(const Value& object, const Value& shape);

/// Somebody to whom the present spec.replicas belongs, as the server's field management tells: who
/// changes the number takes it from all others.
struct ReplicaWriter {
  std::string manager{};
  std::optional<TimePoint> at{};  ///< whole seconds; empty: written through /scale, where the
                                  ///< server keeps no time
};
std::vector<ReplicaWriter> writers_of_replicas(const Value& object);

}  // namespace learningplane::adapters::kubernetes
