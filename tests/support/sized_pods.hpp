#pragma once
#include <doctest/doctest.h>

#include <string>

#include "learningplane/json.hpp"
#include "support/kube_cluster.hpp"

namespace support {

using learningplane::Value;

inline Value json(const std::string& text) {
  return learningplane::value_or_throw(learningplane::parse_json(text));
}

inline Value pods_of(const KubeCluster& kube, const std::string& name) {
  return *kube.call("GET", "/api/v1/namespaces/default/pods?labelSelector=app%3D" + name)
              .find("items");
}

/// Says of each pod what a kubelet that can resize says and the simulated node does not: the
/// resources that its container has. Without it the API server refuses to resize.
inline void report_resources(const KubeCluster& kube, const std::string& name) {
  const Value all = pods_of(kube, name);
  for (const Value& pod : all.as_array()) {
    const Value* resources =
        pod.find("spec")->find("containers")->as_array().at(0).find("resources");
    Value statuses = Value::array();
    for (Value status : pod.find("status")->find("containerStatuses")->as_array())
      statuses.push(status.set("resources", *resources));
    kube.call(
        "PATCH",
        "/api/v1/namespaces/default/pods/" + pod.find("metadata")->get("name", "") + "/status",
        Value::object().set("status", Value::object().set("containerStatuses", statuses)),
        "application/merge-patch+json");
  }
}

/// A Deployment whose container has these resources, with its pods running.
inline void deploy_sized(const KubeCluster& kube, const std::string& name, int replicas,
                         const std::string& resources) {
  kube.call("POST", "/apis/apps/v1/namespaces/default/deployments",
            json(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":")" + name +
                 R"("},"spec":{"replicas":)" + std::to_string(replicas) +
                 R"(,"selector":{"matchLabels":{"app":")" + name +
                 R"("}},"template":{"metadata":{"labels":{"app":")" + name +
                 R"("}},"spec":{"nodeSelector":{"kubernetes.io/hostname":"node-0"},
                    "terminationGracePeriodSeconds":0,
                    "containers":[{"name":"main","image":"none","resources":)" +
                 resources + "}]}}}}"));
  REQUIRE(KubeCluster::eventually([&] { return kube.running(name, "node-0") == replicas; }, 60));
  report_resources(kube, name);
}
inline const std::string half =
    R"({"requests":{"cpu":"250m","memory":"256Mi"},"limits":{"cpu":"500m","memory":"512Mi"}})";

}  // namespace support
