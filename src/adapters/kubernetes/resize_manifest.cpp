#include <algorithm>

#include "learningplane/adapters/kubernetes/kubernetes_resize.hpp"
#include "learningplane/adapters/kubernetes/scale.hpp"

namespace learningplane::adapters::kubernetes {

Manifest resize_manifest() {
  Manifest m = scale_manifest();
  m.name = "kubernetes_resize";
  m.summary = "Resizes the pods of a workload in place, or by its pod template";
  // Of scaling's parameters those that make sense here, and our own.
  std::erase_if(m.parameters, [](const Parameter& p) {
    return p.name == "group" || p.name == "version" || p.name == "resource" || p.name == "hpa" ||
           p.name == "method";
  });
  for (Parameter& p : m.parameters)
    if (p.name == "workload_kind") p.summary = "Deployment, StatefulSet, ReplicaSet";
  const auto choice = [](std::string name, std::string summary, std::vector<std::string> allowed) {
    return Parameter{.name = std::move(name),
                     .type = ParameterType::string,
                     .summary = std::move(summary),
                     .fallback = allowed.front(),
                     .allowed = allowed};
  };
  m.parameters.push_back({.name = "container",
                          .type = ParameterType::string,
                          .summary = "of the pod; else its only one",
                          .fallback = ""});
  m.parameters.push_back(choice("method",
                                "in place where the API server offers it, else by the template",
                                {"automatic", "in_place", "by_template"}));
  m.parameters.push_back(
      choice("vpa", "what to do where a VPA resizes the workload", {"refuse", "ignore"}));
  return m;
}

ResizeOptions resize_options(const Value& v, const std::string& base_dir) {
  ResizeOptions o;
  o.cluster = options_of(v, base_dir);
  o.cluster.name = v.get("name", "");
  o.container = v.get("container", "");
  const std::string method = v.get("method", "automatic");
  if (method == "in_place") o.method = ResizeMethod::in_place;
  if (method == "by_template") o.method = ResizeMethod::by_template;
  if (v.get("vpa", "refuse") == std::string("ignore")) o.vpa = ExistingAutoscaler::ignore;
  return o;
}

}  // namespace learningplane::adapters::kubernetes
