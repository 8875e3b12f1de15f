#pragma once
#include <memory>
#include <string>

#include "learningplane/adapters/kubernetes/actuator.hpp"

namespace learningplane::adapters::kubernetes {

enum class ResizeMethod {
  automatic,   ///< in place where the API server offers it, else by the template
  in_place,    ///< the `resize` subresource of each pod; refused where it is not offered
  by_template  ///< the workload's pod template: pods are replaced
};
enum class ExistingAutoscaler {
  refuse,  ///< the outcome is `refused` and names it
  ignore   ///< resize all the same
};

struct ResizeOptions {
  KubernetesOptions cluster{};  ///< connection, namespace, kind, name, field manager
  std::string container{};      ///< empty: the only one of the pod
  ResizeMethod method = ResizeMethod::automatic;
  /// A VerticalPodAutoscaler that applies its recommendations to the workload would undo the
  /// change; one in recommendation mode (Off) is only read.
  ExistingAutoscaler vpa = ExistingAutoscaler::refuse;
};

/// Carries out Resize. A resource that is 0 there stays as it is. Requests keep their proportion to
/// limits; where the container has only one of both, that one is set: so a pod keeps its class of
/// service. In place the pods keep running and new pods have the template's size; by the template
/// they are replaced: the outcome's detail says so (`disruption`), and what the VPA recommends.
///
/// Every write has the resourceVersion that was read as precondition. Where a pod changed since, it
/// is read again: the patch is repeated where its resources are as the decision saw them, else the
/// outcome is `conflict`. Delivery is at least once: sizes are absolute.
///
/// current_size() asks the API server for the container's size in the pods that run and in the
/// workload's pod template (`requested`), for kills, and for what a VPA recommends.
/// @throws ConfigError (options, kubeconfig)
std::unique_ptr<actuator::Actuator> make_resize_actuator(const ResizeOptions& options);

/// "kubernetes_resize" and its options once checked.
Manifest resize_manifest();
ResizeOptions resize_options(const Value& checked, const std::string& base_dir);

}  // namespace learningplane::adapters::kubernetes
