#include <filesystem>

#include "learningplane/adapters/kubernetes/actuator.hpp"

namespace learningplane::adapters::kubernetes {

Manifest manifest() {
  const auto text = [](std::string name, std::string summary, Value fallback) {
    return Parameter{.name = std::move(name),
                     .type = ParameterType::string,
                     .summary = std::move(summary),
                     .fallback = std::move(fallback)};
  };
  Manifest m{
      "kubernetes", "Patches a workload's nodeSelector or replicas on a Kubernetes cluster", {}};
  m.parameters = {
      text("kubeconfig", "file; else $KUBECONFIG, ~/.kube/config, or the pod's account", ""),
      text("context", "context of the kubeconfig; else its current one", ""),
      text("namespace", "of the workload; else the context's, else default", ""),
      text("deployment", "name of the workload; else the application's", ""),
      text("workload_kind", "kind of the workload", "Deployment"),
      text("method", "how it is patched", "strategic_merge"),
      text("flavour", "which Kubernetes", "kubernetes"),
      text("node_label", "label of the nodeSelector", "kubernetes.io/hostname"),
      text("field_manager", "our name as a field manager", "learningplane"),
      text("timeout", "of one request", "10s"),
      Parameter{.name = "attempts",
                .type = ParameterType::integer,
                .summary = "tries of one request",
                .fallback = 4,
                .minimum = 1,
                .maximum = 20},
  };
  for (Parameter& p : m.parameters) {
    if (p.name == "workload_kind") p.allowed = {"Deployment", "StatefulSet", "DeploymentConfig"};
    if (p.name == "method") p.allowed = {"strategic_merge", "apply"};
    if (p.name == "flavour") p.allowed = {"kubernetes", "openshift", "microk8s"};
    if (p.name == "timeout") p.type = ParameterType::duration;
  }
  return m;
}

KubernetesOptions options_of(const Value& v, const std::string& base_dir) {
  KubernetesOptions o;
  o.kubeconfig = v.get("kubeconfig", "");
  if (!o.kubeconfig.empty() && !base_dir.empty()) {
    o.kubeconfig = (std::filesystem::path(base_dir) / o.kubeconfig).string();
  }
  o.context = v.get("context", "");
  o.namespace_ = v.get("namespace", "");
  o.name = v.get("deployment", "");
  o.kind = v.get("workload_kind", "Deployment");
  if (v.get("method", "") == std::string("apply")) o.method = PatchMethod::apply;
  const std::string flavour = v.get("flavour", "kubernetes");
  if (flavour == "openshift") o.flavour = Flavour::openshift;
  if (flavour == "microk8s") o.flavour = Flavour::microk8s;
  o.node_label = v.get("node_label", "kubernetes.io/hostname");
  o.field_manager = v.get("field_manager", "learningplane");
  o.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(
      value_or_throw(parse_duration(v.get("timeout", "10s"))));
  o.attempts = static_cast<int>(v.get("attempts", std::int64_t{4}));
  return o;
}

}  // namespace learningplane::adapters::kubernetes
