#include "learningplane/adapters/kubernetes/actuator.hpp"

#include <doctest/doctest.h>

#include <map>

#include "adapters/kubernetes/workload.hpp"
#include "http/fake_transport.hpp"
#include "learningplane/json.hpp"
#include "support/fake_kube_api.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::adapters::kubernetes;
using actuator::Command;
using actuator::Mode;
using actuator::OutcomeStatus;
using decision::Place;

namespace {

struct Bench {
  support::FakeKubeApi api;
  http::FakeTransport* transport = nullptr;
  std::unique_ptr<actuator::Actuator> actuator;
  explicit Bench(KubernetesOptions o = {}) {
    o.namespace_ = "video";
    auto t = std::make_unique<http::FakeTransport>(
        [this](const http::Request& q) { return api.answer(q); });
    transport = t.get();
    actuator = make_actuator_over(std::move(t), std::move(o), [](auto) {});
  }
  Command move(const char* node = "worker-1", const char* id = "d-1") const {
    return {id, "shop", Place{node}, "it is forecast best", TimePoint{}};
  }
  const http::Request& patch() const {
    for (const auto& q : transport->requests()) {
      if (q.method == "PATCH") return q;
    }
    throw std::runtime_error("nothing was patched");
  }
};

}  // namespace

TEST_CASE(
    "kubernetes: a move patches the nodeSelector with precondition and id, and an Event says why") {
  Bench b;
  const auto o = b.actuator->act(b.move(), Mode::real);
  CHECK(o.status == OutcomeStatus::done);
  CHECK(b.api.node == "worker-1");
  CHECK(b.patch().content_type == "application/strategic-merge-patch+json");
  CHECK(
      b.patch().body ==
      R"({"metadata":{"resourceVersion":"100","annotations":{"learningplane.io/decision":"d-1"}},"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/hostname":"worker-1"}}}}})");
  CHECK(dump_json(*o.detail.find("patch")) ==
        R"({"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/hostname":"worker-1"}}}}})");
  REQUIRE(b.api.events.size() == 1);
  CHECK(b.api.events[0].find("it is forecast best") != std::string::npos);
  CHECK(*b.actuator->current_site("shop") == "worker-1");
  CHECK(b.actuator->probe(b.move()).status == OutcomeStatus::done);
  CHECK(b.actuator->probe(b.move("worker-1", "d-2")).status == OutcomeStatus::failed);
}

TEST_CASE("kubernetes: what is so already is not patched") {
  Bench b;
  CHECK(b.actuator->act(b.move("worker-0"), Mode::real).status == OutcomeStatus::already_done);
  CHECK(b.api.patches == 0);
}

TEST_CASE("kubernetes: a dry run lets the server check and changes nothing") {
  Bench b;
  CHECK(b.actuator->act(b.move(), Mode::dry_run).status == OutcomeStatus::planned);
  CHECK(b.patch().path.find("dryRun=All") != std::string::npos);
  CHECK(b.api.node == "worker-0");
  CHECK(b.api.events.empty());
}

TEST_CASE("kubernetes: server-side apply owns its field and never forces") {
  Bench b({.method = PatchMethod::apply});
  CHECK(b.actuator->act(b.move(), Mode::real).status == OutcomeStatus::done);
  CHECK(b.patch().content_type == "application/apply-patch+yaml");
  CHECK(b.patch().path.find("fieldManager=learningplane&force=false") != std::string::npos);
  Bench c({.method = PatchMethod::apply});
  c.api.before = [](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method != "PATCH") return std::nullopt;
    return http::Response{
        409,
        {},
        R"({"message":"Apply failed with 1 conflict: conflict with \"kubectl\"","details":{"causes":[{"reason":"FieldManagerConflict"}]}})"};
  };
  const auto o = c.actuator->act(c.move(), Mode::real);
  CHECK(o.status == OutcomeStatus::conflict);
  CHECK(o.message.find("kubectl") != std::string::npos);
}

TEST_CASE(
    "kubernetes: an object that moved on is read again; a foreign change of our field is a "
    "conflict") {
  Bench b;
  bool once = true;
  b.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method == "PATCH" && once) {
      once = false;
      ++b.api.version;  // its status changed between our read and our patch
    }
    return std::nullopt;
  };
  CHECK(b.actuator->act(b.move(), Mode::real).status == OutcomeStatus::done);
  CHECK(b.api.patches == 1);
  Bench c;
  c.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method == "PATCH") {
      ++c.api.version;
      c.api.node = "worker-2";
    }
    return std::nullopt;
  };
  CHECK(c.actuator->act(c.move(), Mode::real).status == OutcomeStatus::conflict);
  CHECK(c.api.node == "worker-2");
}

TEST_CASE(
    "kubernetes: an answer that was lost after the patch is found out, and nothing is done twice") {
  Bench b;
  bool once = true;
  b.api.after = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method == "PATCH" && std::exchange(once, false)) return fail(Errc::timeout, "lost");
    return std::nullopt;
  };
  CHECK(b.actuator->act(b.move(), Mode::real).status == OutcomeStatus::done);
  CHECK(b.api.patches == 1);
  // Lost for good: the object cannot be read either.
  Bench c;
  bool dead = false;
  c.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (dead) return fail(Errc::unavailable, "down");
    if (q.method == "PATCH") {
      dead = true;
      return fail(Errc::timeout, "lost");
    }
    return std::nullopt;
  };
  CHECK(c.actuator->act(c.move(), Mode::real).status == OutcomeStatus::unknown);
}

TEST_CASE("kubernetes: each refusal ends in an outcome that says what to do") {
  struct Case {
    int status;
    OutcomeStatus outcome;
    const char* says;
  };
  const Case cases[] = {{401, OutcomeStatus::refused, "credentials"},
                        {403, OutcomeStatus::refused, "rbac.yaml"},
                        {404, OutcomeStatus::refused, "does not exist"},
                        {410, OutcomeStatus::refused, "410"},
                        {422, OutcomeStatus::refused, "refused"},
                        {429, OutcomeStatus::failed, "429"},
                        {500, OutcomeStatus::failed, "500"},
                        {503, OutcomeStatus::failed, "503"}};
  for (const Case& c : cases) {
    for (const char* method : {"GET", "PATCH"}) {
      CAPTURE(c.status);
      CAPTURE(method);
      Bench b;
      b.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
        if (q.method != method || q.path.find("nodes") != std::string::npos) return std::nullopt;
        return http::Response{c.status, {}, R"({"message":"because"})"};
      };
      const auto o = b.actuator->act(b.move(), Mode::real);
      CHECK(o.status == c.outcome);
      CHECK(o.message.find(c.says) != std::string::npos);
      CHECK(b.api.patches == 0);
    }
  }
}

TEST_CASE(
    "kubernetes: unknown nodes, foreign names and other actions are refused before anything is "
    "sent") {
  Bench b;
  CHECK(b.actuator->act(b.move("worker-9"), Mode::real).message.find("unknown node 'worker-9'") !=
        std::string::npos);
  CHECK(b.actuator->act(b.move("../../x"), Mode::real).status == OutcomeStatus::refused);
  Command c = b.move();
  c.application = "a/../../secrets";
  CHECK(b.actuator->act(c, Mode::real).status == OutcomeStatus::refused);
  c = b.move();
  c.action = decision::Prewarm{3};
  CHECK(b.actuator->act(c, Mode::real).status == OutcomeStatus::refused);
  CHECK(b.api.patches == 0);
}

TEST_CASE("kubernetes: an Event that cannot be written does not undo the move, and is told") {
  Bench b;
  b.api.before = [](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method != "POST") return std::nullopt;
    return http::Response{403, {}, R"({"message":"events is forbidden"})"};
  };
  const auto o = b.actuator->act(b.move(), Mode::real);
  CHECK(o.status == OutcomeStatus::done);
  CHECK(o.detail.find("event")->as_string().find("forbidden") != std::string::npos);
}

TEST_CASE("kubernetes: options that cannot be are refused") {
  CHECK_THROWS_AS(Bench({.kind = "Pod"}), ConfigError);
  CHECK_THROWS_AS(Bench({.kind = "DeploymentConfig"}), ConfigError);
  CHECK_NOTHROW(Bench({.kind = "DeploymentConfig", .flavour = Flavour::openshift}));
  CHECK_THROWS_AS(Bench({.name = "a/b"}), ConfigError);
  CHECK_THROWS_AS(Bench({.attempts = 0}), ConfigError);
}

TEST_CASE("kubernetes: whoever does not verify the server's certificate sees it") {
  support::TempDir dir;
  for (const std::string flag : {"false", "true"}) {
    dir.write("config",
              "current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\n"
              "clusters: [{name: k, cluster: {server: 'https://h', insecure-skip-tls-verify: " +
                  flag + "}}]\n");
    KubernetesOptions o;
    o.kubeconfig = dir / "config";
    const bool said = make_actuator(o)->describe().find("not verified") != std::string::npos;
    CHECK(said == (flag == "true"));
  }
}
