// Resizing pods against a real API server with its controllers, scheduler and simulated nodes.
#include "learningplane/adapters/kubernetes/kubernetes_resize.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "adapters/kubernetes/resize_objects.hpp"
#include "http/retry.hpp"
#include "learningplane/decision/sizing_window.hpp"
#include "learningplane/json.hpp"
#include "support/interposed.hpp"
#include "support/kube_cluster.hpp"
#include "support/sized_pods.hpp"
#include "support/skip.hpp"

using namespace learningplane;
using namespace learningplane::adapters::kubernetes;
using actuator::Command;
using actuator::Mode;
using actuator::Outcome;
using actuator::OutcomeStatus;
using support::deploy_sized;
using support::half;
using support::Interposed;
using support::json;
using support::KubeCluster;
using support::pods_of;

namespace {
constexpr double mib = 1'048'576;
Command to(const std::string& id, const std::string& name, double cores, double mebibytes) {
  return {id, name, decision::Resize{cores, mebibytes * mib}, "the phase ends",
          SystemClock().now()};
}
ResizeOptions admin(const KubeCluster& kube, ResizeOptions o = {}) {
  o.cluster.kubeconfig = kube.kubeconfig("admin");
  return o;
}
bool offered(const KubeCluster& kube) { return offers_resize(kube.call("GET", "/api/v1")); }
}  // namespace

TEST_CASE("kubernetes resize, real: in place, the pods stay the same pods") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  LEARNINGPLANE_NEED(offered(kube), "this API server offers no pods/resize");
  deploy_sized(kube, "sized", 2, half);
  const auto before = kube.generation("sized");
  const Value old = pods_of(kube, "sized");
  auto actuator = make_resize_actuator(admin(kube));
  const Outcome planned = actuator->act(to("z-1", "sized", 1, 384), Mode::dry_run);
  CHECK_MESSAGE(planned.status == OutcomeStatus::planned, planned.message);
  CHECK(value_or_throw(actuator->current_size("sized")).current.cpu_cores == 0.5);
  const Outcome done = actuator->act(to("z-1", "sized", 1, 384), Mode::real);
  CHECK_MESSAGE(done.status == OutcomeStatus::done, done.message);
  CHECK(done.detail.get("method", "") == "in_place");
  CHECK(done.detail.get("event", "") == "written");
  const Value now = pods_of(kube, "sized");
  REQUIRE(now.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const PodShape shape = value_or_throw(read_pod(now.as_array()[i], ""));
    CHECK(shape.uid == old.as_array()[i].find("metadata")->get("uid", ""));
    CHECK(shape.resources.limits.cpu_cores == 1);
    CHECK(shape.resources.requests.cpu_cores == 0.5);
    CHECK(shape.resources.limits.memory_bytes == 384 * mib);
    CHECK(shape.last_manager == "learningplane");
  }
  CHECK(kube.generation("sized") == before);
  CHECK(actuator->act(to("z-1", "sized", 1, 384), Mode::real).status ==
        OutcomeStatus::already_done);
  CHECK(actuator->probe(to("z-1", "sized", 1, 384)).status == OutcomeStatus::done);
  CHECK(actuator->probe(to("z-2", "sized", 2, 384)).status == OutcomeStatus::failed);
}

TEST_CASE("kubernetes resize, real: a node that cannot resize is named by the API server") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  LEARNINGPLANE_NEED(offered(kube), "this API server offers no pods/resize");
  deploy_sized(kube, "oldnode", 1, half);
  const std::string pod = pods_of(kube, "oldnode").as_array()[0].find("metadata")->get("name", "");
  const std::string path = "/api/v1/namespaces/default/pods/" + pod + "/status";
  Value statuses = Value::array();
  const Value now = pods_of(kube, "oldnode");
  for (Value s : now.as_array()[0].find("status")->find("containerStatuses")->as_array())
    statuses.push(s.set("resources", Value()));
  kube.call("PATCH", path,
            Value::object().set("status", Value::object().set("containerStatuses", statuses)),
            "application/merge-patch+json");
  const Outcome refused =
      make_resize_actuator(admin(kube))->act(to("o-1", "oldnode", 1, 384), Mode::real);
  CHECK(refused.status == OutcomeStatus::refused);
  CHECK_MESSAGE(refused.message.find("by_template") != std::string::npos, refused.message);
}

TEST_CASE("kubernetes resize, real: the class of service is kept, and a change of it refused") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  LEARNINGPLANE_NEED(offered(kube), "this API server offers no pods/resize");
  const std::string all = R"({"cpu":"500m","memory":"256Mi"})";
  deploy_sized(kube, "guaranteed", 1, R"({"requests":)" + all + R"(,"limits":)" + all + "}");
  auto actuator = make_resize_actuator(admin(kube));
  const Outcome done = actuator->act(to("q-1", "guaranteed", 0.75, 300), Mode::real);
  CHECK_MESSAGE(done.status == OutcomeStatus::done, done.message);
  CHECK(pods_of(kube, "guaranteed").as_array()[0].find("status")->get("qosClass", "") ==
        "Guaranteed");
  // A pod without any cannot be given any in place, and says what to do.
  kube.deploy("besteffort", "node-0", 1);
  const Outcome none = actuator->act(to("q-2", "besteffort", 1, 256), Mode::real);
  CHECK(none.status == OutcomeStatus::refused);
  CHECK_MESSAGE(none.message.find("pod template") != std::string::npos, none.message);
}

TEST_CASE("kubernetes resize, real: by the template the pods are replaced") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  deploy_sized(kube, "templated", 2, half);
  const std::string old = pods_of(kube, "templated").as_array()[0].find("metadata")->get("uid", "");
  auto actuator = make_resize_actuator(admin(kube, {.method = ResizeMethod::by_template}));
  const Outcome done = actuator->act(to("t-1", "templated", 1, 384), Mode::real);
  CHECK_MESSAGE(done.status == OutcomeStatus::done, done.message);
  CHECK(done.detail.get("disruption", "").find("2 pods are replaced") == 0);
  CHECK(KubeCluster::eventually(
      [&] {
        const auto size = actuator->current_size("templated");
        return size && size->instances == 2 && size->current.cpu_cores == 1 &&
               size->current.memory_bytes == 384 * mib;
      },
      60));
  const Value fresh = pods_of(kube, "templated");
  for (const Value& p : fresh.as_array()) CHECK(p.find("metadata")->get("uid", "") != old);
  CHECK(actuator->probe(to("t-1", "templated", 1, 384)).status == OutcomeStatus::done);
}

TEST_CASE("kubernetes resize, real: somebody else resizes at the same moment") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  LEARNINGPLANE_NEED(offered(kube), "this API server offers no pods/resize");
  deploy_sized(kube, "raced", 1, half);
  const std::string pod = pods_of(kube, "raced").as_array()[0].find("metadata")->get("name", "");
  const std::string path = "/api/v1/namespaces/default/pods/" + pod;
  const auto interposed = [&](const std::string& sub, const std::string& body) {
    return make_resize_actuator_over(
        std::make_unique<Interposed>(
            kube.connect(),
            [&kube, path, sub, body](int nth, const Interposed::Send& send) {
              if (nth == 1)
                kube.call("PATCH", path + sub + "?fieldManager=ops", json(body),
                          "application/strategic-merge-patch+json");
              return send();
            }),
        {}, http::sleep_for);
  };
  // A label: read again and repeated.
  const Outcome done = interposed("", R"({"metadata":{"labels":{"a":"b"}}})")
                           ->act(to("r-1", "raced", 1, 384), Mode::real);
  CHECK_MESSAGE(done.status == OutcomeStatus::done, done.message);
  CHECK(done.attempts == 2);
  // Its size: not overruled, neither now nor after a crash.
  const Command late = to("r-2", "raced", 2, 384);
  const Outcome conflict =
      interposed("/resize",
                 R"({"spec":{"containers":[{"name":"main","resources":{"limits":{"cpu":"3"}}}]}})")
          ->act(late, Mode::real);
  CHECK_MESSAGE(conflict.status == OutcomeStatus::conflict, conflict.message);
  const Outcome probed = make_resize_actuator(admin(kube))->probe(late);
  CHECK_MESSAGE(probed.status == OutcomeStatus::conflict, probed.message);
  CHECK_MESSAGE(probed.message.find("'ops'") != std::string::npos, probed.message);
}

TEST_CASE("kubernetes resize, real: a VPA object in recommendation mode is read") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            json(R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
        "metadata":{"name":"verticalpodautoscalers.autoscaling.k8s.io",
                    "annotations":{"api-approved.kubernetes.io":"https://github.com/kubernetes/kubernetes/pull/63797"}},
        "spec":{"group":"autoscaling.k8s.io","scope":"Namespaced",
          "names":{"plural":"verticalpodautoscalers","singular":"verticalpodautoscaler",
                   "kind":"VerticalPodAutoscaler"},
          "versions":[{"name":"v1","served":true,"storage":true,
            "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}})"));
  deploy_sized(kube, "watched", 1, half);
  const std::string path = "/apis/autoscaling.k8s.io/v1/namespaces/default/verticalpodautoscalers";
  const auto vpa = [](const char* mode) {
    return json(R"({"apiVersion":"autoscaling.k8s.io/v1","kind":"VerticalPodAutoscaler",
        "metadata":{"name":"watched-vpa"},
        "spec":{"targetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"watched"},
                "updatePolicy":{"updateMode":")" +
                std::string(mode) +
                R"("}},
        "status":{"recommendation":{"containerRecommendations":[{"containerName":"main",
          "target":{"cpu":"163m","memory":"262144k"},"lowerBound":{"cpu":"25m","memory":"256Mi"},
          "upperBound":{"cpu":"2","memory":"1Gi"}}]}}})");
  };
  REQUIRE(KubeCluster::eventually([&] {
    const auto list = kube.connect()->send({.path = path});
    return list && list->status == 200;
  }));
  kube.call("POST", path, vpa("Off"));
  auto actuator = make_resize_actuator(admin(kube));
  const actuator::WorkloadSize size = value_or_throw(actuator->current_size("watched"));
  REQUIRE(size.recommendation);
  CHECK(size.recommendation->target.cpu_cores == doctest::Approx(0.163));
  CHECK(size.recommendation->target.memory_bytes == 262144000);
  const Outcome done = actuator->act(to("v-1", "watched", 1, 384), Mode::real);
  CHECK_MESSAGE(done.status == OutcomeStatus::done, done.message);
  REQUIRE(done.detail.find("vpa") != nullptr);
  kube.call("PATCH", path + "/watched-vpa",
            json(R"({"spec":{"updatePolicy":{"updateMode":"Recreate"}}})"),
            "application/merge-patch+json");
  const Outcome refused = actuator->act(to("v-2", "watched", 2, 384), Mode::real);
  CHECK(refused.status == OutcomeStatus::refused);
  CHECK_MESSAGE(refused.message.find("watched-vpa") != std::string::npos, refused.message);
  kube.call("DELETE", path + "/watched-vpa");
}

TEST_CASE("kubernetes resize, real: a policy reads the size, decides, and the pods have it") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  deploy_sized(kube, "looped", 1, half);
  auto actuator = make_resize_actuator(admin(kube));
  decision::SizingWindowOptions o;
  o.memory_margin = 0.25;
  decision::SizingWindow policy(o);
  const TimePoint now = SystemClock().now();
  const actuator::WorkloadSize size = value_or_throw(actuator->current_size("looped"));
  decision::Observation seen;
  seen.application = "looped";
  seen.sizing.emplace();
  seen.sizing->at = now;
  seen.sizing->current = size.current;
  seen.sizing->requested = size.requested;
  for (int i = 60; i >= 0; --i)
    seen.sizing->usage.push_back({now - std::chrono::minutes(i), 0.2, 100 * mib});
  const decision::Decision d = policy.decide(seen);
  CHECK(d.action == decision::Action{decision::Resize{0.2, 125 * mib}});
  const Outcome done = actuator->act({"l-1", "looped", d.action, d.reason, now}, Mode::real);
  CHECK_MESSAGE(done.status == OutcomeStatus::done, done.message);
  CHECK(KubeCluster::eventually([&] {
    const auto after = actuator->current_size("looped");
    return after && after->instances == 1 && after->current.memory_bytes == 125 * mib;
  }));
}

TEST_CASE("kubernetes resize, real: without rights it is refused") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  deploy_sized(kube, "protected", 1, half);
  ResizeOptions o;
  o.cluster.kubeconfig = kube.kubeconfig("planner");
  const Outcome refused = make_resize_actuator(o)->act(to("n-1", "protected", 1, 384), Mode::real);
  CHECK(refused.status == OutcomeStatus::refused);
  CHECK_MESSAGE(refused.message.find("rbac.yaml") != std::string::npos, refused.message);
}
