// Scaling against a real API server with its controllers, scheduler and simulated nodes.
#include "learningplane/adapters/kubernetes/scale.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "adapters/kubernetes/scale_actuator.hpp"
#include "http/retry.hpp"
#include "learningplane/json.hpp"
#include "support/api_outage.hpp"
#include "support/interposed.hpp"
#include "support/kube_cluster.hpp"
#include "support/skip.hpp"
#include "support/source_dir.hpp"
#include "support/yaml_documents.hpp"

using namespace learningplane;
using namespace learningplane::adapters::kubernetes;
using actuator::Command;
using actuator::Mode;
using actuator::Outcome;
using actuator::OutcomeStatus;
using support::Interposed;
using support::KubeCluster;

namespace {

const std::string apps = "/apis/apps/v1/namespaces/default/";
const std::string hpas = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
const std::string merge = "application/merge-patch+json";
const std::string apply = "application/apply-patch+yaml";

Value json(const std::string& text) { return value_or_throw(parse_json(text)); }

Command scale(const std::string& id, const std::string& application, std::int64_t replicas) {
  return {id, application, decision::Scale{replicas}, "more rooms open", SystemClock().now()};
}

ScaleOptions admin(const KubeCluster& kube, ScaleOptions o = {}) {
  o.cluster.kubeconfig = kube.kubeconfig("admin");
  return o;
}

std::unique_ptr<actuator::Actuator> interposed(
    const KubeCluster& kube, Interposed::OnPatch hook,
    std::function<void(std::chrono::milliseconds)> wait = http::sleep_for) {
  return make_scale_actuator_over(std::make_unique<Interposed>(kube.connect(), std::move(hook)), {},
                                  std::move(wait));
}

std::int64_t replicas(const KubeCluster& kube, const std::string& name) {
  return kube.deployment(name).find("spec")->get("replicas", std::int64_t{-1});
}

void create_hpa(const KubeCluster& kube, const std::string& name, const std::string& target) {
  kube.call("POST", hpas + "?fieldManager=helm",
            json(R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler",
                     "metadata":{"name":")" +
                 name + R"("},
                     "spec":{"minReplicas":1,"maxReplicas":4,
                             "scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":")" +
                 target + R"("}}})"));
}

/// A resource of its own kind, with a scale subresource or without; served once this returns.
void define(const KubeCluster& kube, const std::string& group, const std::string& version,
            const std::string& plural, const std::string& kind, const std::string& spec,
            const std::string& subresources) {
  std::string singular = kind;
  for (char& c : singular) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  kube.call(
      "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      json(R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
                     "metadata":{"name":")" +
           plural + "." + group + R"("},
                     "spec":{"group":")" +
           group + R"(","scope":"Namespaced",
                       "names":{"plural":")" +
           plural + R"(","singular":")" + singular + R"(","kind":")" + kind + R"("},
                       "versions":[{"name":")" +
           version + R"(","served":true,"storage":true,)" + subresources +
           R"("schema":{"openAPIV3Schema":{"type":"object","properties":{
                          "spec":)" +
           spec +
           R"(,"status":{"type":"object","properties":{"replicas":{"type":"integer"}}}}}}}]}})"));
  const std::string path = "/apis/" + group + "/" + version + "/namespaces/default/" + plural;
  REQUIRE(KubeCluster::eventually([&] {
    const auto answer = kube.connect()->send({.path = path});
    return answer && answer->status == 200;
  }));
}

}  // namespace

TEST_CASE("kubernetes scale: a Deployment's pods follow, once, and an Event says why") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("scaled", "node-0", 1);
  const auto before = kube.generation("scaled");
  auto actuator = make_scale_actuator(admin(kube));
  CHECK(*actuator->current_replicas("scaled") == 1);
  Command command = scale("s-1", "scaled", 3);
  // The server keeps whole seconds, and the Deployment may have been made in this one.
  command.at += std::chrono::seconds(1);
  CHECK(actuator->probe(command).status == OutcomeStatus::failed);
  const Outcome planned = actuator->act(command, Mode::dry_run);
  CHECK_MESSAGE(planned.status == OutcomeStatus::planned, planned.message);
  CHECK(kube.generation("scaled") == before);

  const Outcome outcome = actuator->act(command, Mode::real);
  CHECK_MESSAGE(outcome.status == OutcomeStatus::done, outcome.message);
  CHECK(outcome.detail.get("event", "") == "written");
  CHECK(KubeCluster::eventually([&] { return kube.running("scaled", "node-0") == 3; }));
  CHECK(*actuator->current_replicas("scaled") == 3);
  CHECK(actuator->probe(command).status == OutcomeStatus::done);
  CHECK(actuator->act(command, Mode::real).status == OutcomeStatus::already_done);
  CHECK(kube.generation("scaled") == before + 1);
  const Value events = kube.call("GET",
                                 "/api/v1/namespaces/default/events?fieldSelector=reason%3DScaled,"
                                 "involvedObject.name%3Dscaled,involvedObject.kind%3DDeployment");
  REQUIRE(events.find("items")->size() == 1);
  CHECK(events.find("items")->as_array()[0].get("message", "") == "more rooms open");

  // To nothing and back; the actuator of moves scales the same way.
  CHECK(actuator->act(scale("s-2", "scaled", 0), Mode::real).status == OutcomeStatus::done);
  CHECK(KubeCluster::eventually([&] { return kube.running("scaled", "node-0") == 0; }));
  KubernetesOptions moves;
  moves.kubeconfig = kube.kubeconfig("admin");
  CHECK(make_actuator(moves)->act(scale("s-3", "scaled", 2), Mode::real).status ==
        OutcomeStatus::done);
  CHECK(KubeCluster::eventually([&] { return kube.running("scaled", "node-0") == 2; }));
}

TEST_CASE("kubernetes scale: a StatefulSet") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.call("POST", apps + "statefulsets",
            json(R"({"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"ordered"},
                     "spec":{"replicas":1,"serviceName":"none","selector":{"matchLabels":{"app":"ordered"}},
                       "template":{"metadata":{"labels":{"app":"ordered"}},
                         "spec":{"nodeSelector":{"kubernetes.io/hostname":"node-1"},
                                 "containers":[{"name":"main","image":"none"}]}}}})"));
  ScaleOptions o;
  o.cluster.kind = "StatefulSet";
  auto actuator = make_scale_actuator(admin(kube, o));
  const Outcome outcome = actuator->act(scale("o-1", "ordered", 3), Mode::real);
  CHECK_MESSAGE(outcome.status == OutcomeStatus::done, outcome.message);
  CHECK(KubeCluster::eventually([&] { return kube.running("ordered", "node-1") == 3; }, 60));
}

TEST_CASE("kubernetes scale: another writer between reading and patching is not overwritten") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("fought", "node-0", 1);
  const auto before = kube.generation("fought");
  auto actuator = interposed(kube, [&](int nth, const Interposed::Send& send) {
    if (nth == 1)
      kube.call("PATCH", apps + "deployments/fought/scale?fieldManager=kubectl-scale",
                json(R"({"spec":{"replicas":2}})"), merge);
    return send();
  });
  const Command command = scale("f-1", "fought", 3);
  const Outcome outcome = actuator->act(command, Mode::real);
  CHECK_MESSAGE(outcome.status == OutcomeStatus::conflict, outcome.message);
  CHECK(replicas(kube, "fought") == 2);
  CHECK(kube.generation("fought") == before + 1);
  // Nor is it after a crash: the server remembers who wrote last.
  const Outcome probed = actuator->probe(command);
  CHECK_MESSAGE(probed.status == OutcomeStatus::conflict, probed.message);
  CHECK_MESSAGE(probed.message.find("kubectl-scale") != std::string::npos, probed.message);

  // A write elsewhere in the object loses nothing.
  auto beside = interposed(kube, [&](int nth, const Interposed::Send& send) {
    if (nth == 1)
      kube.call("PATCH", apps + "deployments/fought", json(R"({"metadata":{"labels":{"a":"b"}}})"),
                merge);
    return send();
  });
  const Outcome again = beside->act(scale("f-2", "fought", 3), Mode::real);
  CHECK_MESSAGE(again.status == OutcomeStatus::done, again.message);
  CHECK(again.attempts >= 2);
  CHECK(KubeCluster::eventually([&] { return kube.running("fought", "node-0") == 3; }));
}

TEST_CASE("kubernetes scale: server-side apply reports whoever else owns the number") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("owned", "node-0", 1);
  ScaleOptions o;
  o.cluster.method = PatchMethod::apply;
  auto actuator = make_scale_actuator(admin(kube, o));
  // Whoever wrote the manifest with a number in it owns that number.
  const Outcome theirs = actuator->act(scale("w-1", "owned", 2), Mode::real);
  CHECK_MESSAGE(theirs.status == OutcomeStatus::conflict, theirs.message);
  CHECK(replicas(kube, "owned") == 1);
  // It is given up by taking it out of the manifest (here: null restores the default, 1).
  kube.call("PATCH", apps + "deployments/owned", json(R"({"spec":{"replicas":null}})"), merge);
  const Outcome mine = actuator->act(scale("w-2", "owned", 2), Mode::real);
  MESSAGE("after the owner gave it up: ", actuator::to_string(mine.status), " ", mine.message);
  if (mine.status == OutcomeStatus::done) CHECK(replicas(kube, "owned") == 2);
}

TEST_CASE("kubernetes scale: an HPA on the workload makes it refuse, unless told otherwise") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("autoscaled", "node-0", 1);
  kube.deploy("free", "node-0", 1);
  create_hpa(kube, "theirs", "autoscaled");
  const auto before = kube.generation("autoscaled");
  auto actuator = make_scale_actuator(admin(kube));
  const Outcome refused = actuator->act(scale("h-1", "autoscaled", 3), Mode::real);
  CHECK_MESSAGE(refused.status == OutcomeStatus::refused, refused.message);
  CHECK_MESSAGE(refused.message.find("'theirs'") != std::string::npos, refused.message);
  CHECK(kube.generation("autoscaled") == before);
  CHECK(actuator->act(scale("h-2", "free", 2), Mode::real).status == OutcomeStatus::done);
  auto told = make_scale_actuator(admin(kube, {.hpa = ExistingHpa::ignore}));
  CHECK(told->act(scale("h-3", "autoscaled", 3), Mode::real).status == OutcomeStatus::done);

  // An HPA of our own beside theirs is refused; theirs is adopted where told, and not fought over.
  ScaleOptions o;
  o.drive_hpa = true;
  CHECK(
      make_scale_actuator(admin(kube, o))->act(scale("h-4", "autoscaled", 2), Mode::real).status ==
      OutcomeStatus::refused);
  o.autoscaler.foreign = ForeignHpa::adopt;
  const Outcome conflict =
      make_scale_actuator(admin(kube, o))->act(scale("h-5", "autoscaled", 2), Mode::real);
  CHECK_MESSAGE(conflict.status == OutcomeStatus::conflict, conflict.message);
  CHECK_MESSAGE(conflict.message.find("helm") != std::string::npos, conflict.message);
}

TEST_CASE("kubernetes hpa: created, followed by the Deployment, moved, and not taken from others") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("floored", "node-2", 1);
  ScaleOptions o;
  o.drive_hpa = true;
  o.autoscaler.max_replicas = 6;
  auto actuator = make_scale_actuator(admin(kube, o));
  CHECK(actuator->act(scale("p-1", "floored", 3), Mode::dry_run).status == OutcomeStatus::planned);
  CHECK(kube.connect()->send({.path = hpas + "/floored-hpa"})->status == 404);
  const Outcome made = actuator->act(scale("p-1", "floored", 3), Mode::real);
  CHECK_MESSAGE(made.status == OutcomeStatus::done, made.message);
  // The controller lifts the Deployment to the minimum although there are no metrics.
  CHECK(KubeCluster::eventually([&] { return kube.running("floored", "node-2") == 3; }, 60));
  CHECK(*actuator->current_replicas("floored") == 3);
  CHECK(actuator->act(scale("p-1", "floored", 3), Mode::real).status ==
        OutcomeStatus::already_done);
  CHECK(actuator->act(scale("p-2", "floored", 4), Mode::real).status == OutcomeStatus::done);
  const Value spec = *kube.call("GET", hpas + "/floored-hpa").find("spec");
  CHECK(spec.get("minReplicas", std::int64_t{0}) == 4);
  CHECK(spec.get("maxReplicas", std::int64_t{0}) == 6);
  CHECK(actuator->probe(scale("p-2", "floored", 4)).status == OutcomeStatus::done);
  CHECK(actuator->act(scale("p-3", "floored", 7), Mode::real).status == OutcomeStatus::refused);
  // Somebody takes the field over by force: from then on it is theirs.
  kube.call("PATCH", hpas + "/floored-hpa?fieldManager=operations&force=true",
            json(R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler",
                     "metadata":{"name":"floored-hpa"},"spec":{"minReplicas":2}})"),
            apply);
  const Outcome conflict = actuator->act(scale("p-4", "floored", 5), Mode::real);
  CHECK_MESSAGE(conflict.status == OutcomeStatus::conflict, conflict.message);
  CHECK_MESSAGE(conflict.message.find("operations") != std::string::npos, conflict.message);
}

TEST_CASE("kubernetes field: the segment stores of a PravegaCluster") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  define(kube, "pravega.pravega.io", "v1beta1", "pravegaclusters", "PravegaCluster",
         R"({"type":"object","properties":{"version":{"type":"string"},"pravega":{"type":"object",
              "properties":{"segmentStoreReplicas":{"type":"integer","minimum":1},"image":{"type":"string"}}}}})",
         "");
  const std::string path = "/apis/pravega.pravega.io/v1beta1/namespaces/default/pravegaclusters";
  kube.call("POST", path,
            json(R"({"apiVersion":"pravega.pravega.io/v1beta1","kind":"PravegaCluster",
                     "metadata":{"name":"pravega"},
                     "spec":{"pravega":{"segmentStoreReplicas":1,"image":"x"}}})"));
  ScaleOptions o;
  o.resource = {"pravega.pravega.io", "v1beta1", "pravegaclusters"};
  o.field = FieldPath::parse("spec.pravega.segmentStoreReplicas");
  auto actuator = make_scale_actuator(admin(kube, o));
  CHECK(*actuator->current_replicas("pravega") == 1);
  CHECK(actuator->act(scale("v-1", "pravega", 2), Mode::dry_run).status == OutcomeStatus::planned);
  const Outcome outcome = actuator->act(scale("v-1", "pravega", 2), Mode::real);
  CHECK_MESSAGE(outcome.status == OutcomeStatus::done, outcome.message);
  CHECK(outcome.detail.get("event", "") == "written");
  const Value object = kube.call("GET", path + "/pravega");
  CHECK(dump_json(*object.find("spec")) == R"({"pravega":{"image":"x","segmentStoreReplicas":2}})");
  CHECK(actuator->probe(scale("v-1", "pravega", 2)).status == OutcomeStatus::done);
  // What the schema forbids, and a field that it does not know.
  const Outcome none = actuator->act(scale("v-2", "pravega", 0), Mode::real);
  CHECK_MESSAGE(none.status == OutcomeStatus::refused, none.message);
  o.field = FieldPath::parse("spec.pravega.segmentStoreReplica");
  const Outcome misspelt =
      make_scale_actuator(admin(kube, o))->act(scale("v-3", "pravega", 3), Mode::real);
  CHECK_MESSAGE(misspelt.status == OutcomeStatus::refused, misspelt.message);
  CHECK(kube.call("GET", path + "/pravega")
            .find("spec")
            ->find("pravega")
            ->get("segmentStoreReplicas", std::int64_t{0}) == 2);
  // It has no scale subresource, and that is said.
  o.field = {};
  const Outcome scaled =
      make_scale_actuator(admin(kube, o))->act(scale("v-4", "pravega", 3), Mode::real);
  CHECK_MESSAGE(scaled.message.find("no scale subresource") != std::string::npos, scaled.message);
}

TEST_CASE("kubernetes scale: any resource with a scale subresource, named by its plural") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  define(
      kube, "example.io", "v1", "widgets", "Widget",
      R"({"type":"object","properties":{"size":{"type":"integer"}}})",
      R"("subresources":{"scale":{"specReplicasPath":".spec.size","statusReplicasPath":".status.replicas"}},)");
  const std::string path = "/apis/example.io/v1/namespaces/default/widgets";
  kube.call(
      "POST", path,
      json(
          R"({"apiVersion":"example.io/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"size":1}})"));
  ScaleOptions o;
  o.resource = {"example.io", "v1", "widgets"};
  auto actuator = make_scale_actuator(admin(kube, o));
  const Outcome outcome = actuator->act(scale("x-1", "w", 4), Mode::real);
  CHECK_MESSAGE(outcome.status == OutcomeStatus::done, outcome.message);
  CHECK(kube.call("GET", path + "/w").find("spec")->get("size", std::int64_t{0}) == 4);
}

TEST_CASE(
    "kubernetes scale: the API server dies before the patch arrives, or after it: done once") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("survivor", "node-0", 1);
  const auto generation = kube.generation("survivor");
  support::ApiOutage outage(kube);
  auto before = interposed(kube, outage.on_patch(), outage.wait());
  const Outcome outcome = before->act(scale("k-1", "survivor", 2), Mode::real);
  CHECK_MESSAGE(outcome.status == OutcomeStatus::done, outcome.message);
  CHECK(outcome.attempts >= 2);
  CHECK(kube.generation("survivor") == generation + 1);

  // Carried out, the answer lost, the server away.
  auto after = interposed(
      kube,
      [&](int, const Interposed::Send& send) -> Result<http::Response> {
        auto answer = send();
        if (!answer || answer->status != 200) return answer;
        kube.kill_api();
        return fail(Errc::timeout, "the answer was lost");
      },
      [](std::chrono::milliseconds) {});
  const Command command = scale("k-2", "survivor", 3);
  CHECK(after->act(command, Mode::real).status == OutcomeStatus::unknown);
  CHECK(after->probe(command).status == OutcomeStatus::unknown);
  kube.start_api();
  CHECK(after->probe(command).status == OutcomeStatus::done);
  CHECK(after->act(command, Mode::real).status == OutcomeStatus::already_done);
  CHECK(kube.generation("survivor") == generation + 2);
  CHECK(KubeCluster::eventually([&] { return kube.running("survivor", "node-0") == 3; }, 60));
}

TEST_CASE("kubernetes scale: without rights it is refused, with the shipped Role it works") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("limited", "node-0", 1);
  ScaleOptions o;
  o.cluster.kubeconfig = kube.kubeconfig("planner");
  auto actuator = make_scale_actuator(o);
  const Outcome refused = actuator->act(scale("r-1", "limited", 2), Mode::real);
  CHECK(refused.status == OutcomeStatus::refused);
  CHECK_MESSAGE(refused.message.find("rbac.yaml") != std::string::npos, refused.message);
  CHECK(replicas(kube, "limited") == 1);
  // The Role that scales only, for our Deployment's name and bound to the user without rights.
  for (Value role :
       support::yaml_documents(support::source_dir() + "/deploy/kubernetes/rbac.yaml")) {
    if (role.find("metadata")->get("name", "") != "learningplane-scale") continue;
    Value rules = Value::array();
    for (Value rule : role.find("rules")->as_array()) {
      if (rule.find("resourceNames") != nullptr)
        rule.set("resourceNames", Value::array().push("limited"));
      rules.push(rule);
    }
    kube.call("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
              role.set("rules", rules));
  }
  kube.call("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
            json(R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding",
                     "metadata":{"name":"learningplane-scale"},
                     "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"learningplane-scale"},
                     "subjects":[{"kind":"User","name":"planner","apiGroup":"rbac.authorization.k8s.io"}]})"));
  Outcome outcome{};
  // The authorizer learns of a new Role a moment later.
  CHECK(KubeCluster::eventually([&] {
    outcome = actuator->act(scale("r-2", "limited", 2), Mode::real);
    return outcome.in_effect();
  }));
  CHECK_MESSAGE(outcome.detail.get("event", "") == "written", outcome.message);
  CHECK(KubeCluster::eventually([&] { return kube.running("limited", "node-0") == 2; }));
  kube.deploy("forbidden", "node-0", 1);
  CHECK(actuator->act(scale("r-3", "forbidden", 2), Mode::real).status == OutcomeStatus::refused);
}
