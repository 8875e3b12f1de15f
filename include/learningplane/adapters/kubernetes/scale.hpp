#pragma once
#include <memory>
#include <string>

#include "learningplane/adapters/kubernetes/actuator.hpp"
#include "learningplane/adapters/kubernetes/custom_field.hpp"
#include "learningplane/adapters/kubernetes/hpa.hpp"

namespace learningplane::adapters::kubernetes {

/// What to do where a HorizontalPodAutoscaler targets the workload that is to be scaled directly.
enum class ExistingHpa {
  refuse,  ///< the outcome is `refused` and names it: it would undo the change within seconds
  ignore   ///< scale all the same
};

/// Which API resource holds the workload. An empty resource means the one of the kind: Deployment,
/// StatefulSet, ReplicaSet, ReplicationController; openshift: DeploymentConfig too.
struct ResourceId {
  std::string group{};  ///< "" is the core group
  std::string version = "v1";
  std::string resource{};  ///< plural, lower case: "pravegaclusters"
};

struct ScaleOptions {
  KubernetesOptions cluster{};  ///< connection, namespace, kind, name, field manager, method
  ResourceId resource{};
  ExistingHpa hpa = ExistingHpa::refuse;
  FieldPath field{};        ///< given: this field of the object itself is set, not its /scale
  bool drive_hpa = false;   ///< set minReplicas and maxReplicas of an HPA instead
  HpaOptions autoscaler{};  ///< where drive_hpa
};

/// Carries out Scale through the `/scale` subresource, through a field of the object, or through an
/// HPA that it creates and owns by server-side apply. Every write has the resourceVersion that was
/// read as precondition and is checked by the server for unknown fields.
///
/// Delivery is at least once: a number of replicas is an absolute value, so that a repetition finds
/// it in place. Fields of objects and HPAs carry the command's id as annotation; `/scale` cannot
/// carry one: there the probe looks who wrote the number last, and says `unknown` where somebody
/// else has since the command.
/// @throws ConfigError (options, kubeconfig)
std::unique_ptr<actuator::Actuator> make_scale_actuator(const ScaleOptions& options);

/// "kubernetes_scale", "kubernetes_field" and "kubernetes_hpa", and their options once checked.
Manifest scale_manifest();
Manifest field_manifest();
Manifest hpa_manifest();
ScaleOptions scale_options(const Value& checked, const std::string& base_dir);
ScaleOptions field_options(const Value& checked, const std::string& base_dir);
ScaleOptions hpa_options(const Value& checked, const std::string& base_dir);

}  // namespace learningplane::adapters::kubernetes
