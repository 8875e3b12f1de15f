// The actuator against a real API server with its controllers, scheduler and simulated nodes.
#include "learningplane/adapters/kubernetes/actuator.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "adapters/kubernetes/workload.hpp"
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

Command place(const std::string& id, const std::string& application, const std::string& site) {
  return {id, application, decision::Place{site}, "highest forecast: " + site, from_seconds(1.7e9)};
}

std::unique_ptr<actuator::Actuator> actuator_of(const KubeCluster& kube,
                                                PatchMethod method = PatchMethod::strategic_merge,
                                                const std::string& user = "admin") {
  KubernetesOptions o;
  o.kubeconfig = kube.kubeconfig(user);
  o.method = method;
  return make_actuator(o);
}

using Wait = std::function<void(std::chrono::milliseconds)>;

std::unique_ptr<actuator::Actuator> interposed(const KubeCluster& kube, Interposed::OnPatch hook,
                                               Wait wait = http::sleep_for) {
  return make_actuator_over(std::make_unique<Interposed>(kube.connect(), std::move(hook)), {},
                            std::move(wait));
}

std::string path(const std::string& name) {
  return "/apis/apps/v1/namespaces/default/deployments/" + name;
}

Value selector(const std::string& node) {
  return spec_patch(decision::Place{node}, KubernetesOptions{});
}

std::string annotation(const KubeCluster& kube, const std::string& name) {
  const Value object = kube.deployment(name);
  const Value* annotations = object.find("metadata")->find("annotations");
  return annotations == nullptr ? "" : annotations->get(decision_annotation, "");
}

}  // namespace

TEST_CASE("kubernetes: the Deployment is patched and its pods come up on the named node") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("moved", "node-0", 2);
  const auto before = kube.generation("moved");
  auto actuator = actuator_of(kube);
  CHECK(actuator->current_site("moved").value() == "node-0");

  const Command command = place("move-1", "moved", "node-1");
  CHECK(actuator->probe(command).status == OutcomeStatus::failed);
  const Outcome planned = actuator->act(command, Mode::dry_run);
  CHECK(planned.status == OutcomeStatus::planned);
  CHECK(kube.generation("moved") == before);

  const Outcome outcome = actuator->act(command, Mode::real);
  CHECK_MESSAGE(outcome.status == OutcomeStatus::done, outcome.message);
  CHECK(*outcome.detail.find("patch") == selector("node-1"));
  CHECK(KubeCluster::eventually([&] { return kube.running("moved", "node-1") == 2; }));
  CHECK(KubeCluster::eventually([&] { return kube.running("moved", "node-0") == 0; }));
  CHECK(actuator->current_site("moved").value() == "node-1");
  CHECK(annotation(kube, "moved") == "move-1");
  CHECK(actuator->probe(command).status == OutcomeStatus::done);

  // The same command again changes nothing.
  CHECK(actuator->act(command, Mode::real).status == OutcomeStatus::already_done);
  CHECK(kube.generation("moved") == before + 1);

  // One Event on the object says why.
  const Value events =
      kube.call("GET", "/api/v1/namespaces/default/events?fieldSelector=reason%3DPlaced");
  int found = 0;
  for (const Value& e : events.find("items")->as_array()) {
    if (e.find("involvedObject")->get("name", "") != "moved") continue;
    ++found;
    CHECK(e.get("message", "") == "highest forecast: node-1");
    CHECK(e.get("reportingComponent", "") == "learningplane");
  }
  CHECK(found == 1);

  // A client certificate from the kubeconfig does as well as a token.
  auto certified = actuator_of(kube, PatchMethod::strategic_merge, "certified");
  const Command more{"more", "moved", decision::Scale{3}, "more is needed", from_seconds(1.7e9)};
  const Outcome scaled = certified->act(more, Mode::real);
  CHECK_MESSAGE(scaled.status == OutcomeStatus::done, scaled.message);
  CHECK(KubeCluster::eventually([&] { return kube.running("moved", "node-1") == 3; }));
}

TEST_CASE("kubernetes: another writer between reading and patching") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  static int run = 0;
  const std::string name = "contested-" + std::to_string(++run);
  kube.deploy(name, "node-0", 1);
  const auto before = kube.generation(name);
  const auto write_before_first = [&](const Value& change) {
    return [&kube, &name, change](int nth, const Interposed::Send& send) {
      if (nth == 1) {
        kube.call("PATCH", path(name), change, "application/merge-patch+json");
      }
      return send();
    };
  };

  SUBCASE("of the same field wins: the outcome is a conflict") {
    auto actuator = interposed(kube, write_before_first(selector("node-2")));
    const Outcome outcome = actuator->act(place("c-1", name, "node-1"), Mode::real);
    CHECK_MESSAGE(outcome.status == OutcomeStatus::conflict, outcome.message);
    CHECK(actuator->current_site(name).value() == "node-2");
    CHECK(annotation(kube, name).empty());
    CHECK(kube.generation(name) == before + 1);  // the other's
    CHECK(actuator->probe(place("c-1", name, "node-1")).status == OutcomeStatus::failed);
  }
  SUBCASE("of another field loses nothing: the patch is repeated") {
    const Value two = Value::object().set("spec", Value::object().set("replicas", 2));
    auto actuator = interposed(kube, write_before_first(two));
    const Outcome outcome = actuator->act(place("c-2", name, "node-1"), Mode::real);
    CHECK_MESSAGE(outcome.status == OutcomeStatus::done, outcome.message);
    CHECK(outcome.attempts >= 2);                // the controllers write, too
    CHECK(kube.generation(name) == before + 2);  // the other's and ours
    CHECK(KubeCluster::eventually([&] { return kube.running(name, "node-1") == 2; }));
  }
}

TEST_CASE("kubernetes: server-side apply shares an object with other managers") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("applied", "node-0", 1);
  const auto apply_by = [&](const std::string& manager, const std::string& node) {
    Value object = selector(node);
    object.set("apiVersion", "apps/v1").set("kind", "Deployment");
    object.set("metadata", Value::object().set("name", "applied"));
    kube.call("PATCH", path("applied") + "?fieldManager=" + manager + "&force=true", object,
              "application/apply-patch+yaml");
  };
  // Whoever created it owns the field, and gives it up by removing it.
  kube.call("PATCH", path("applied"),
            value_or_throw(parse_json(R"({"spec":{"template":{"spec":{"nodeSelector":null}}}})")),
            "application/merge-patch+json");
  auto actuator = actuator_of(kube, PatchMethod::apply);

  const Outcome mine = actuator->act(place("a-1", "applied", "node-1"), Mode::real);
  CHECK_MESSAGE(mine.status == OutcomeStatus::done, mine.message);
  CHECK(KubeCluster::eventually([&] { return kube.running("applied", "node-1") == 1; }));

  apply_by("operations-team", "node-2");
  const auto before = kube.generation("applied");
  const Outcome theirs = actuator->act(place("a-2", "applied", "node-0"), Mode::real);
  CHECK_MESSAGE(theirs.status == OutcomeStatus::conflict, theirs.message);
  CHECK_MESSAGE(theirs.message.find("operations-team") != std::string::npos, theirs.message);
  CHECK(kube.generation("applied") == before);
  CHECK(annotation(kube, "applied") == "a-1");
}

TEST_CASE("kubernetes: the API server dies before the patch arrives, and comes back: done once") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("before", "node-0", 1);
  const auto generation = kube.generation("before");
  support::ApiOutage outage(kube);
  auto actuator = interposed(kube, outage.on_patch(), outage.wait());
  const Command command = place("b-1", "before", "node-1");
  const Outcome outcome = actuator->act(command, Mode::real);
  CHECK_MESSAGE(outcome.status == OutcomeStatus::done, outcome.message);
  CHECK(outcome.attempts >= 2);
  CHECK(kube.generation("before") == generation + 1);
  CHECK(annotation(kube, "before") == "b-1");
  CHECK(KubeCluster::eventually([&] { return kube.running("before", "node-1") == 1; }, 60));
}

TEST_CASE(
    "kubernetes: the API server dies after the patch arrived: found to be done, not repeated") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("after", "node-0", 1);
  const auto generation = kube.generation("after");
  bool alive = true;
  int arrived = 0;
  // The patch is carried out, its answer lost, and the server away until it is started below.
  auto actuator = interposed(
      kube,
      [&](int, const Interposed::Send& send) -> Result<http::Response> {
        auto answer = send();
        if (!answer || answer->status != 200) return answer;
        ++arrived;
        if (alive) kube.kill_api();
        alive = false;
        return fail(Errc::timeout, "the answer was lost");
      },
      [](std::chrono::milliseconds) {});
  const Command command = place("l-1", "after", "node-1");
  CHECK(actuator->act(command, Mode::real).status == OutcomeStatus::unknown);
  CHECK(actuator->probe(command).status == OutcomeStatus::unknown);
  // What is asked for while it is away certainly did not happen.
  CHECK(actuator->act(place("l-2", "after", "node-2"), Mode::real).status == OutcomeStatus::failed);
  kube.start_api();
  CHECK(actuator->probe(command).status == OutcomeStatus::done);
  CHECK(actuator->act(command, Mode::real).status == OutcomeStatus::already_done);
  CHECK(kube.generation("after") == generation + 1);
  CHECK(annotation(kube, "after") == "l-1");
  CHECK(KubeCluster::eventually([&] { return kube.running("after", "node-1") == 1; }, 60));

  // Only the answer is lost: the actuator looks, and finds it done.
  const Outcome lost = actuator->act(place("l-3", "after", "node-2"), Mode::real);
  CHECK_MESSAGE(lost.status == OutcomeStatus::done, lost.message);
  CHECK(arrived == 2);
  CHECK(kube.generation("after") == generation + 2);
}

TEST_CASE("kubernetes: without rights it is refused, with the shipped Role it works") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("app", "node-0", 1);
  kube.deploy("other", "node-0", 1);
  const auto before = kube.generation("app");
  auto planner = actuator_of(kube, PatchMethod::strategic_merge, "planner");
  const Command command = place("r-1", "app", "node-1");
  const Outcome refused = planner->act(command, Mode::real);
  CHECK(refused.status == OutcomeStatus::refused);
  CHECK_MESSAGE(refused.message.find("rbac.yaml") != std::string::npos, refused.message);
  CHECK(kube.generation("app") == before);

  for (const Value& object :
       support::yaml_documents(support::source_dir() + "/deploy/kubernetes/rbac.yaml")) {
    const std::string kind = object.get("kind", "");
    if (object.find("metadata")->get("name", "") != "learningplane") continue;
    const bool account = kind == "ServiceAccount";
    std::string where = account ? "/api/v1" : "/apis/rbac.authorization.k8s.io/v1";
    where += "/namespaces/default/";
    where += account ? "serviceaccounts" : kind == "Role" ? "roles" : "rolebindings";
    kube.call("POST", where, object);
  }
  const Value token =
      kube.call("POST", "/api/v1/namespaces/default/serviceaccounts/learningplane/token",
                Value::object()
                    .set("apiVersion", "authentication.k8s.io/v1")
                    .set("kind", "TokenRequest")
                    .set("spec", Value::object()));
  support::TempDir dir;
  dir.write("token", token.find("status")->get("token", ""));
  dir.write("config",
            "apiVersion: v1\nkind: Config\ncurrent-context: pod\n"
            "clusters: [{name: c, cluster: {server: '" +
                kube.url() + "', certificate-authority: '" + kube.ca_file() +
                "'}}]\n"
                "users: [{name: u, user: {tokenFile: token}}]\n"
                "contexts: [{name: pod, context: {cluster: c, user: u}}]\n");
  KubernetesOptions o;
  o.kubeconfig = dir / "config";
  auto actuator = make_actuator(o);
  Outcome outcome{};
  // The authorizer learns of a new Role a moment later.
  CHECK(KubeCluster::eventually([&] {
    outcome = actuator->act(command, Mode::real);
    return outcome.in_effect();
  }));
  CHECK_MESSAGE(outcome.status == OutcomeStatus::done, outcome.message);
  CHECK(outcome.detail.get("node_check", "") != "");  // it may not read nodes, and says so
  CHECK(outcome.detail.get("event", "") == "written");
  CHECK(kube.generation("app") == before + 1);
  CHECK(KubeCluster::eventually([&] { return kube.running("app", "node-1") == 1; }));
  CHECK(actuator->act(place("r-2", "other", "node-1"), Mode::real).status ==
        OutcomeStatus::refused);
}

TEST_CASE("kubernetes: what does not exist is refused and nothing is changed") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("steady", "node-0", 1);
  const auto before = kube.generation("steady");
  auto actuator = actuator_of(kube);
  const Outcome node = actuator->act(place("u-1", "steady", "node-9"), Mode::real);
  CHECK(node.status == OutcomeStatus::refused);
  CHECK_MESSAGE(node.message.find("node-9") != std::string::npos, node.message);
  const Outcome object = actuator->act(place("u-2", "nowhere", "node-1"), Mode::real);
  CHECK(object.status == OutcomeStatus::refused);
  CHECK_MESSAGE(object.message.find("nowhere") != std::string::npos, object.message);
  CHECK(kube.generation("steady") == before);
  CHECK(kube.running("steady", "node-0") == 1);
}
