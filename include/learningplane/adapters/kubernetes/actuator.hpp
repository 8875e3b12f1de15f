#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "learningplane/actuator/actuator.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::adapters::kubernetes {

enum class PatchMethod {
  strategic_merge,  ///< with the resourceVersion that was read as precondition
  apply             ///< server-side apply with our field manager, never by force
};
/// Small differences of one adapter: where the kubeconfig lies, and which kinds exist.
enum class Flavour { kubernetes, openshift, microk8s };

struct KubernetesOptions {
  std::string kubeconfig{};  ///< file; empty: $KUBECONFIG, ~/.kube/config (or the flavour's), pod
  std::string context{};     ///< empty: current-context
  std::string namespace_{};  ///< empty: the context's, else "default"
  std::string kind = "Deployment";  ///< Deployment, StatefulSet; openshift: DeploymentConfig too
  std::string name{};               ///< empty: the application's name
  PatchMethod method = PatchMethod::strategic_merge;
  Flavour flavour = Flavour::kubernetes;
  std::string node_label = "kubernetes.io/hostname";
  std::string field_manager = "learningplane";
  std::chrono::milliseconds timeout{10000};  ///< of one request
  int attempts = 4;                          ///< of one request, and of a patch whose object moved
};

/// Moves (Place: the nodeSelector) a workload by patching it, and scales it (Scale) as
/// make_scale_actuator() does. Each patch of a move carries the command's id as annotation
/// `learningplane.io/decision`, so that a repeated command is seen to be done already: delivery is
/// at least once. An Event on the object says why; where it cannot be written, the outcome's detail
/// says so.
///
/// Where the object changed between reading and patching, it is read again: the patch is repeated
/// where the field in question still holds what the decision saw, else the outcome is `conflict`.
/// @throws ConfigError (options, kubeconfig)
std::unique_ptr<actuator::Actuator> make_actuator(const KubernetesOptions& options);

/// What "kubernetes" takes, and the options that a checked mapping of them stands for.
Manifest manifest();
KubernetesOptions options_of(const Value& checked, const std::string& base_dir);

}  // namespace learningplane::adapters::kubernetes
