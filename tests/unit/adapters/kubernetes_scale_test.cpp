#include "learningplane/adapters/kubernetes/scale.hpp"

#include <doctest/doctest.h>

#include "adapters/kubernetes/scale_actuator.hpp"
#include "adapters/kubernetes/scale_object.hpp"
#include "http/fake_transport.hpp"
#include "learningplane/json.hpp"
#include "learningplane/registries.hpp"
#include "support/fake_scale_api.hpp"

using namespace learningplane;
using namespace learningplane::adapters::kubernetes;
using actuator::Command;
using actuator::Mode;
using actuator::OutcomeStatus;

namespace {

const std::string shop = "/apis/apps/v1/namespaces/video/deployments/shop";
const std::string pravega =
    "/apis/pravega.pravega.io/v1beta1/namespaces/video/pravegaclusters/shop";
const std::string hpas = "/apis/autoscaling/v2/namespaces/video/horizontalpodautoscalers";

struct Bench {
  support::FakeScaleApi api;
  http::FakeTransport* transport = nullptr;
  std::unique_ptr<actuator::Actuator> actuator;
  explicit Bench(ScaleOptions o = {}) {
    o.cluster.namespace_ = "video";
    api.put(shop + "/scale", R"({"spec":{"replicas":2}})");
    api.put(shop, R"({"spec":{"replicas":2}})");
    auto t = std::make_shared<http::FakeTransport>(
        [this](const http::Request& q) { return api.answer(q); });
    transport = t.get();
    actuator = make_scale_actuator_over(std::move(t), std::move(o), [](auto) {});
  }
  actuator::Outcome act(std::int64_t replicas, Mode mode = Mode::real) {
    return actuator->act(to(replicas), mode);
  }
  static Command to(std::int64_t replicas) {
    return {"d-1", "shop", decision::Scale{replicas}, "more rooms open", from_seconds(1.7e9)};
  }
  std::int64_t replicas() const {
    return api.objects.at(shop + "/scale").find("spec")->get("replicas", std::int64_t{-1});
  }
  const http::Request& patch() const {
    for (const auto& q : transport->requests()) {
      if (q.method == "PATCH") return q;
    }
    throw std::runtime_error("nothing was patched");
  }
};

Value hpa_of(const std::string& name, const std::string& kind = "Deployment",
             const std::string& group = "apps/v1") {
  return support::FakeScaleApi::json(
      R"({"metadata":{"name":")" + name +
      R"("},"spec":{"minReplicas":1,"maxReplicas":4,"scaleTargetRef":{"apiVersion":")" + group +
      R"(","kind":")" + kind + R"(","name":"shop"}}})");
}

ScaleOptions pravega_options() {
  ScaleOptions o;
  o.resource = {"pravega.pravega.io", "v1beta1", "pravegaclusters"};
  o.field = FieldPath::parse("spec.pravega.segmentStoreReplicas");
  return o;
}

void serve_pravega(Bench& b) {
  b.api.put(pravega, R"({"spec":{"pravega":{"segmentStoreReplicas":1,"image":"x"}}})");
  b.api.objects["/apis/pravega.pravega.io/v1beta1"] = support::FakeScaleApi::json(
      R"({"resources":[{"name":"pravegaclusters","kind":"PravegaCluster"}]})");
}

}  // namespace

TEST_CASE(
    "kubernetes scale: the scale subresource is patched under a precondition, with an Event") {
  Bench b;
  CHECK(*b.actuator->current_replicas("shop") == 2);
  const auto o = b.act(5);
  CHECK_MESSAGE(o.status == OutcomeStatus::done, o.message);
  CHECK(b.replicas() == 5);
  CHECK(b.patch().path == shop + "/scale?fieldManager=learningplane&fieldValidation=Strict");
  CHECK(b.patch().content_type == "application/merge-patch+json");
  CHECK(b.patch().body == R"({"metadata":{"resourceVersion":"100"},"spec":{"replicas":5}})");
  CHECK(dump_json(*o.detail.find("patch")) == R"({"spec":{"replicas":5}})");
  CHECK(o.detail.get("before", std::int64_t{0}) == 2);
  REQUIRE(b.api.events.size() == 1);
  CHECK(b.api.events[0].get("reason", "") == "Scaled");
  CHECK(b.api.events[0].find("involvedObject")->get("kind", "") == "Deployment");
  CHECK(b.act(5).status == OutcomeStatus::already_done);
  CHECK(b.api.patches == 1);
  CHECK(*b.actuator->current_replicas("shop") == 5);
}

TEST_CASE("kubernetes scale: a dry run is checked by the server and changes nothing") {
  Bench b;
  CHECK(b.act(5, Mode::dry_run).status == OutcomeStatus::planned);
  CHECK(b.patch().path.find("dryRun=All") != std::string::npos);
  CHECK(b.replicas() == 2);
  CHECK(b.api.events.empty());
}

TEST_CASE("kubernetes scale: an HPA on the same workload makes it refuse, unless told otherwise") {
  Bench b;
  b.api.hpas = {hpa_of("web", "StatefulSet"), hpa_of("web", "Deployment", "other.io/v1")};
  CHECK(b.act(3).status == OutcomeStatus::done);  // neither is about our workload
  b.api.hpas.push_back(hpa_of("web"));
  const auto o = b.act(5);
  CHECK(o.status == OutcomeStatus::refused);
  CHECK_MESSAGE(o.message.find("'web'") != std::string::npos, o.message);
  CHECK(b.replicas() == 3);
  Bench told({.hpa = ExistingHpa::ignore});
  told.api.hpas = {hpa_of("web")};
  CHECK(told.act(5).status == OutcomeStatus::done);
  // Not being allowed to look is no leave to scale.
  Bench blind;
  blind.api.before = [](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.path != hpas) return std::nullopt;
    return http::Response{403, {}, R"({"message":"forbidden"})"};
  };
  const auto unknown = blind.act(5);
  CHECK(unknown.status == OutcomeStatus::refused);
  CHECK(unknown.message.find("not known") != std::string::npos);
  CHECK(blind.api.patches == 0);
}

TEST_CASE(
    "kubernetes scale: a stale precondition is repeated, another writer's number is a conflict") {
  Bench b;
  bool once = true;
  b.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method == "PATCH" && std::exchange(once, false)) {
      b.api.put(shop + "/scale", R"({"spec":{"replicas":2}})");
      ++b.api.version;
      b.api.put(shop + "/scale", R"({"spec":{"replicas":2}})");
    }
    return std::nullopt;
  };
  const auto again = b.act(5);
  CHECK_MESSAGE(again.status == OutcomeStatus::done, again.message);
  CHECK(again.attempts == 2);
  CHECK(b.api.patches == 1);
  Bench c;
  c.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method == "PATCH") {
      ++c.api.version;
      c.api.put(shop + "/scale", R"({"spec":{"replicas":7}})");
    }
    return std::nullopt;
  };
  CHECK(c.act(5).status == OutcomeStatus::conflict);
  CHECK(c.replicas() == 7);
}

TEST_CASE("kubernetes scale: an answer that was lost is found out, and nothing is done twice") {
  Bench b;
  bool once = true;
  b.api.after = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method == "PATCH" && std::exchange(once, false)) return fail(Errc::timeout, "lost");
    return std::nullopt;
  };
  CHECK(b.act(5).status == OutcomeStatus::done);
  CHECK(b.api.patches == 1);
  Bench c;
  bool dead = false;
  c.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (dead) return fail(Errc::unavailable, "down");
    if (q.method != "PATCH") return std::nullopt;
    dead = true;
    return fail(Errc::timeout, "lost");
  };
  CHECK(c.act(5).status == OutcomeStatus::unknown);
  CHECK(c.actuator->probe(Bench::to(5)).status == OutcomeStatus::unknown);
}

TEST_CASE("kubernetes scale: after a crash the number tells, and who wrote it last") {
  Bench b;
  CHECK(b.actuator->probe(Bench::to(2)).status == OutcomeStatus::done);
  CHECK(b.actuator->probe(Bench::to(5)).status == OutcomeStatus::failed);
  const auto written = [&](const char* manager, const char* time) {
    b.api.put(shop, std::string(R"({"metadata":{"managedFields":[{"manager":")") + manager +
                        (time != nullptr ? std::string(R"(","time":")") + time : std::string()) +
                        R"(","fieldsV1":{"f:spec":{"f:replicas":{}}}}]},"spec":{"replicas":2}})");
    return b.actuator->probe(Bench::to(5)).status;
  };
  // The command is of 2023-11-14T22:13:20Z.
  CHECK(written("kubectl", "2023-11-14T22:13:19Z") == OutcomeStatus::failed);
  CHECK(written("kubectl", "2023-11-14T22:13:21Z") == OutcomeStatus::conflict);
  CHECK(written("learningplane", "2023-11-14T22:13:21Z") == OutcomeStatus::failed);
  // The server keeps no time of what came through /scale: that it came before us is not known.
  CHECK(written("kubectl-scale", nullptr) == OutcomeStatus::conflict);
  CHECK(written("learningplane", nullptr) == OutcomeStatus::failed);
  const auto outcome = [&] {
    written("kubectl-scale", nullptr);
    return b.actuator->probe(Bench::to(5));
  }();
  CHECK_MESSAGE(outcome.message.find("'kubectl-scale'") != std::string::npos, outcome.message);
}

TEST_CASE("kubernetes scale: to nothing and back, of which a Scale leaves the number out") {
  Bench b;
  CHECK(b.act(0).status == OutcomeStatus::done);
  CHECK(*b.actuator->current_replicas("shop") == 0);
  CHECK(b.actuator->probe(Bench::to(0)).status == OutcomeStatus::done);
  CHECK(b.actuator->probe(Bench::to(2)).status == OutcomeStatus::failed);
  CHECK(b.act(0).status == OutcomeStatus::already_done);
  CHECK(b.act(0, Mode::dry_run).status == OutcomeStatus::already_done);
  const auto back = b.act(2);
  CHECK(back.status == OutcomeStatus::done);
  CHECK(*back.detail.find("before") == Value(std::int64_t{0}));
  CHECK(*b.actuator->current_replicas("shop") == 2);
}

TEST_CASE("kubernetes field: a number deep in a custom resource, marked with the decision") {
  Bench b(pravega_options());
  serve_pravega(b);
  CHECK(*b.actuator->current_replicas("shop") == 1);
  const auto o = b.act(2);
  CHECK_MESSAGE(o.status == OutcomeStatus::done, o.message);
  CHECK(
      b.patch().body ==
      R"({"metadata":{"resourceVersion":"100","annotations":{"learningplane.io/decision":"d-1"}},"spec":{"pravega":{"segmentStoreReplicas":2}}})");
  CHECK(dump_json(*b.api.objects.at(pravega).find("spec")) ==
        R"({"pravega":{"segmentStoreReplicas":2,"image":"x"}})");
  CHECK(b.api.events.at(0).find("involvedObject")->get("kind", "") == "PravegaCluster");
  // Done although somebody has changed it since: the mark stands.
  Value object = b.api.objects.at(pravega);
  object.set("spec", support::FakeScaleApi::json(R"({"pravega":{"segmentStoreReplicas":9}})"));
  b.api.objects[pravega] = object;
  CHECK(b.actuator->probe(Bench::to(2)).status == OutcomeStatus::done);
}

TEST_CASE("kubernetes field: an HPA on the custom resource is seen, one on a namesake is not") {
  Bench b(pravega_options());
  serve_pravega(b);
  b.api.hpas = {hpa_of("web")};  // of the Deployment that has the same name
  CHECK(b.act(2).status == OutcomeStatus::done);
  b.api.hpas = {hpa_of("stores", "PravegaCluster", "pravega.pravega.io/v1beta1")};
  const auto o = b.act(3);
  CHECK(o.status == OutcomeStatus::refused);
  CHECK(o.message.find("'stores'") != std::string::npos);
}

TEST_CASE("kubernetes field: what is no number is left alone, what the server drops is told") {
  Bench b(pravega_options());
  serve_pravega(b);
  b.api.put(pravega, R"({"spec":{"pravega":{"segmentStoreReplicas":"two"}}})");
  const auto o = b.act(2);
  CHECK(o.status == OutcomeStatus::refused);
  CHECK(o.message.find("whole number") != std::string::npos);
  CHECK(b.api.patches == 0);
  Bench dropped(pravega_options());
  serve_pravega(dropped);
  dropped.api.before = [](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method != "PATCH") return std::nullopt;
    return http::Response{200, {}, R"({"metadata":{"resourceVersion":"101"},"spec":{}})"};
  };
  const auto lost = dropped.act(2);
  CHECK(lost.status == OutcomeStatus::refused);
  CHECK(lost.message.find("segmentStoreReplicas") != std::string::npos);
}

TEST_CASE("kubernetes field: paths of keys alone") {
  CHECK(FieldPath::parse("$.spec['odd.key'].count").keys() ==
        std::vector<std::string>{"spec", "odd.key", "count"});
  CHECK(FieldPath::parse(".spec.replicas").keys().size() == 2);
  for (const char* bad :
       {"", "spec", "status.replicas", "metadata.name", "spec.", "spec..a", "spec[0]", "spec.a[0]",
        "spec.*", "spec['']", "spec['a", "spec['a']b", "spec.a/b"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(FieldPath::parse(bad), ConfigError);
  }
}

TEST_CASE("kubernetes hpa: created once, then its bounds follow the decision") {
  ScaleOptions options;
  options.drive_hpa = true;
  options.autoscaler.max_replicas = 10;
  Bench b(options);
  const auto o = b.act(3);
  CHECK_MESSAGE(o.status == OutcomeStatus::done, o.message);
  CHECK(b.patch().content_type == "application/apply-patch+yaml");
  CHECK(b.patch().path.find("force=false") != std::string::npos);
  const Value made = b.api.objects.at(hpas + "/shop-hpa");
  CHECK(
      dump_json(*made.find("spec")) ==
      R"({"minReplicas":3,"maxReplicas":6,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"shop"},"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":75}}}]})");
  CHECK(b.act(3).status == OutcomeStatus::already_done);
  CHECK(b.act(9).status == OutcomeStatus::done);
  const Value* spec = b.api.objects.at(hpas + "/shop-hpa").find("spec");
  CHECK(spec->get("minReplicas", std::int64_t{0}) == 9);
  CHECK(spec->get("maxReplicas", std::int64_t{0}) == 10);
  CHECK(b.act(11).status == OutcomeStatus::refused);
  CHECK(b.act(0).status == OutcomeStatus::refused);
  CHECK(b.api.patches == 2);
  CHECK(*b.actuator->current_replicas("shop") == 2);  // the workload's, not the bound
}

TEST_CASE("kubernetes hpa: another one on the workload is not fought") {
  ScaleOptions options;
  options.drive_hpa = true;
  Bench b(options);
  b.api.hpas = {hpa_of("theirs")};
  const auto o = b.act(3);
  CHECK(o.status == OutcomeStatus::refused);
  CHECK(o.message.find("'theirs'") != std::string::npos);
  CHECK(b.api.patches == 0);
  options.autoscaler.foreign = ForeignHpa::adopt;
  Bench adopting(options);
  adopting.api.hpas = {hpa_of("theirs")};
  adopting.api.put(hpas + "/theirs", R"({"spec":{"minReplicas":1,"maxReplicas":4}})");
  CHECK(adopting.act(3).status == OutcomeStatus::done);
  CHECK(adopting.patch().body.find("scaleTargetRef") == std::string::npos);
  Bench owned(options);
  owned.api.hpas = {hpa_of("theirs")};
  owned.api.put(hpas + "/theirs", R"({"spec":{"minReplicas":1,"maxReplicas":4}})");
  owned.api.before = [](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method != "PATCH") return std::nullopt;
    return http::Response{
        409,
        {},
        R"({"message":"Apply failed with 1 conflict: conflict with \"helm\"","details":{"causes":[{"reason":"FieldManagerConflict"}]}})"};
  };
  const auto conflict = owned.act(3);
  CHECK(conflict.status == OutcomeStatus::conflict);
  CHECK(conflict.message.find("helm") != std::string::npos);
}

TEST_CASE("kubernetes scale: each refusal ends in an outcome that says what to do") {
  struct Case {
    int status;
    OutcomeStatus outcome;
    const char* says;
  };
  const Case cases[] = {{401, OutcomeStatus::refused, "credentials"},
                        {403, OutcomeStatus::refused, "rbac.yaml"},
                        {404, OutcomeStatus::refused, "does not exist"},
                        {422, OutcomeStatus::refused, "refused"},
                        {429, OutcomeStatus::failed, "429"},
                        {503, OutcomeStatus::failed, "503"}};
  for (const Case& c : cases) {
    for (const char* method : {"GET", "PATCH"}) {
      CAPTURE(c.status);
      CAPTURE(method);
      Bench b;
      b.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
        if (q.method != method || q.path.find("/scale") == std::string::npos) return std::nullopt;
        return http::Response{c.status, {}, R"({"message":"because"})"};
      };
      const auto o = b.act(5);
      CHECK(o.status == c.outcome);
      CHECK_MESSAGE(o.message.find(c.says) != std::string::npos, o.message);
      CHECK(b.api.patches == 0);
    }
  }
}

TEST_CASE(
    "kubernetes scale: other actions, names and numbers are refused before anything is sent") {
  Bench b;
  Command c = Bench::to(3);
  c.action = decision::Place{"worker-1"};
  CHECK(b.actuator->act(c, Mode::real).status == OutcomeStatus::refused);
  c = Bench::to(3);
  c.application = "../../secrets";
  CHECK(b.actuator->act(c, Mode::real).status == OutcomeStatus::refused);
  CHECK(b.act(-1).status == OutcomeStatus::refused);
  CHECK(b.transport->requests().empty());
}

TEST_CASE(
    "kubernetes scale: a resource named by its plural is asked for its kind and subresource") {
  ScaleOptions o;
  o.resource = {"example.io", "v1", "widgets"};
  Bench b(o);
  b.api.objects["/apis/example.io/v1"] = support::FakeScaleApi::json(
      R"({"resources":[{"name":"widgets","kind":"Widget"},{"name":"widgets/scale","kind":"Scale"}]})");
  const std::string path = "/apis/example.io/v1/namespaces/video/widgets/shop/scale";
  b.api.put(path, R"({"spec":{"replicas":1}})");
  CHECK(b.act(4).status == OutcomeStatus::done);
  CHECK(b.api.events.at(0).find("involvedObject")->get("kind", "") == "Widget");
  Bench none(o);
  none.api.objects["/apis/example.io/v1"] =
      support::FakeScaleApi::json(R"({"resources":[{"name":"widgets","kind":"Widget"}]})");
  const auto refused = none.act(4);
  CHECK(refused.status == OutcomeStatus::refused);
  CHECK(refused.message.find("no scale subresource") != std::string::npos);
}

TEST_CASE("kubernetes scale: options that cannot be are refused, and the names are registered") {
  ScaleOptions o;
  o.cluster.kind = "Pod";
  CHECK_THROWS_AS(Bench{o}, ConfigError);
  o = {};
  o.resource.group = "example.io";
  CHECK_THROWS_AS(Bench{o}, ConfigError);
  o = {};
  o.resource.resource = "a/b";
  CHECK_THROWS_AS(Bench{o}, ConfigError);
  o = {};
  o.cluster.name = "a/b";
  CHECK_THROWS_AS(Bench{o}, ConfigError);
  Registries all;
  register_net(all);
  for (const char* name : {"kubernetes_scale", "kubernetes_field", "kubernetes_hpa"})
    CHECK(all.actuators.contains(name));
  const Value checked =
      field_manifest().check(Value::object()
                                 .set("group", "pravega.pravega.io")
                                 .set("version", "v1beta1")
                                 .set("resource", "pravegaclusters")
                                 .set("method", "apply")
                                 .set("field", "spec.pravega.segmentStoreReplicas"));
  const ScaleOptions read = field_options(checked, "");
  CHECK(read.field.keys().size() == 3);
  CHECK(read.resource.version == "v1beta1");
  CHECK(read.cluster.method == PatchMethod::apply);
  CHECK_THROWS_AS(field_manifest().check(Value::object()), ConfigError);
}
