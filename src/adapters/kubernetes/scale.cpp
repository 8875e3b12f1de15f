#include "learningplane/adapters/kubernetes/scale.hpp"

#include "adapters/kubernetes/cluster.hpp"
#include "adapters/kubernetes/scale_actuator.hpp"
#include "adapters/kubernetes/scale_object.hpp"
#include "http/retry.hpp"

namespace learningplane::adapters::kubernetes {

namespace {

Parameter text(std::string name, std::string summary, Value fallback = "") {
  return {.name = std::move(name),
          .type = ParameterType::string,
          .summary = std::move(summary),
          .fallback = std::move(fallback)};
}

Parameter choice(std::string name, std::string summary, std::vector<std::string> allowed) {
  Parameter p = text(std::move(name), std::move(summary), allowed.front());
  p.allowed = std::move(allowed);
  return p;
}

Parameter number(std::string name, std::string summary, int fallback, double minimum,
                 double maximum) {
  return {.name = std::move(name),
          .type = ParameterType::integer,
          .summary = std::move(summary),
          .fallback = fallback,
          .minimum = minimum,
          .maximum = maximum};
}

/// What all three take: the connection and which workload.
Manifest with_workload(std::string name, std::string summary) {
  Manifest m{std::move(name), std::move(summary), {}};
  m.parameters = {
      text("kubeconfig", "file; else $KUBECONFIG, ~/.kube/config, or the pod's account"),
      text("context", "context of the kubeconfig; else its current one"),
      text("namespace", "of the workload; else the context's, else default"),
      text("name", "of the workload; else the application's"),
      text("workload_kind",
           "Deployment, StatefulSet, ReplicaSet, ReplicationController; openshift: "
           "DeploymentConfig",
           "Deployment"),
      text("group", "API group of any other resource, with version and resource"),
      text("version", "API version of that resource", "v1"),
      text("resource", "plural name of that resource, like pravegaclusters"),
      choice("flavour", "which Kubernetes", {"kubernetes", "openshift", "microk8s"}),
      text("field_manager", "our name as a field manager", "learningplane"),
      {.name = "timeout",
       .type = ParameterType::duration,
       .summary = "of one request",
       .fallback = "10s"},
      number("attempts", "tries of one request", 4, 1, 20),
  };
  return m;
}

void add_direct(Manifest& m) {
  m.parameters.push_back(
      choice("method", "merge with the resourceVersion that was read, or server-side apply",
             {"merge", "apply"}));
  m.parameters.push_back(
      choice("hpa", "what to do where an HPA targets the workload", {"refuse", "ignore"}));
}

}  // namespace

Manifest scale_manifest() {
  Manifest m = with_workload("kubernetes_scale",
                             "Sets the replicas of a workload through its scale subresource");
  add_direct(m);
  return m;
}

Manifest field_manifest() {
  Manifest m = with_workload("kubernetes_field", "Sets a field of an object to a decided number");
  add_direct(m);
  Parameter field = text("field", "path of keys, like spec.pravega.segmentStoreReplicas", {});
  field.required = true;
  m.parameters.push_back(std::move(field));
  return m;
}

Manifest hpa_manifest() {
  const HpaOptions d;
  Manifest m = with_workload("kubernetes_hpa",
                             "Creates and sets a HorizontalPodAutoscaler whose minimum is the "
                             "decided number");
  m.parameters.push_back(text("hpa_name", "of the HPA; else <workload>-hpa"));
  m.parameters.push_back(number("headroom", "maxReplicas above minReplicas; 0 pins the number",
                                static_cast<int>(d.headroom), 0, 1e6));
  m.parameters.push_back(number("max_replicas", "never above it; 0: no bound", 0, 0, 1e6));
  m.parameters.push_back(number("cpu_target", "average utilisation in % of the request; 0: none",
                                d.cpu_target, 0, 1000));
  m.parameters.push_back(
      number("memory_target", "the same for memory; 0: none", d.memory_target, 0, 1000));
  m.parameters.push_back({.name = "metrics",
                          .type = ParameterType::list,
                          .summary = "further MetricSpecs, as autoscaling/v2 writes them",
                          .fallback = Value::array()});
  m.parameters.push_back(
      choice("foreign", "what to do where another HPA targets the workload", {"refuse", "adopt"}));
  return m;
}

ScaleOptions scale_options(const Value& v, const std::string& base_dir) {
  ScaleOptions o;
  o.cluster = options_of(v, base_dir);
  o.cluster.name = v.get("name", "");
  o.resource = {v.get("group", ""), v.get("version", "v1"), v.get("resource", "")};
  if (v.get("hpa", "refuse") == std::string("ignore")) o.hpa = ExistingHpa::ignore;
  return o;
}

ScaleOptions field_options(const Value& v, const std::string& base_dir) {
  ScaleOptions o = scale_options(v, base_dir);
  o.field = FieldPath::parse(v.get("field", ""));
  return o;
}

ScaleOptions hpa_options(const Value& v, const std::string& base_dir) {
  ScaleOptions o = scale_options(v, base_dir);
  o.drive_hpa = true;
  HpaOptions& h = o.autoscaler;
  h.name = v.get("hpa_name", "");
  h.headroom = v.get("headroom", h.headroom);
  h.max_replicas = v.get("max_replicas", h.max_replicas);
  h.cpu_target = static_cast<int>(v.get("cpu_target", std::int64_t{h.cpu_target}));
  h.memory_target = static_cast<int>(v.get("memory_target", std::int64_t{h.memory_target}));
  if (const Value* metrics = v.find("metrics"); metrics != nullptr && metrics->is_array())
    h.metrics = *metrics;
  if (v.get("foreign", "refuse") == std::string("adopt")) h.foreign = ForeignHpa::adopt;
  return o;
}

std::unique_ptr<actuator::Actuator> make_scale_actuator(const ScaleOptions& options) {
  (void)resource_of(options);  // refuse before anything is opened
  ScaleOptions resolved = options;
  std::shared_ptr<http::Transport> transport = connect(resolved.cluster);
  return make_scale_actuator_over(std::move(transport), std::move(resolved), http::sleep_for);
}

}  // namespace learningplane::adapters::kubernetes
