// The whole agent against a real API server: decides, patches, and settles after a crash what it
// had begun.
#include <doctest/doctest.h>

#include "learningplane/adapters/kubernetes/actuator.hpp"
#include "support/agent_fixture.hpp"
#include "support/kube_cluster.hpp"
#include "support/skip.hpp"

using namespace support;
using namespace std::chrono_literals;
using journal::EntryKind;

namespace {

const TimePoint t0 = from_ns(1'715'762'700'000'000'000);

/// Sites a and b are node-0 and node-1; a is the better one for 10 minutes.
std::optional<double> falls(const std::string& site, TimePoint t) {
  return site == "b" ? 0.6 : (t < t0 + 10min ? 0.8 : 0.4);
}

void use_cluster(AgentFixture& f, const KubeCluster& kube, const std::string& application) {
  adapters::kubernetes::KubernetesOptions o;
  o.kubeconfig = kube.kubeconfig("admin");
  f.parts.actuators["cluster"] = adapters::kubernetes::make_actuator(o);
  f.parts.applications = {{application, {}, {}}};
  f.parts.sites[0].node = "node-0";
  f.parts.sites[1].node = "node-1";
}

}  // namespace

TEST_CASE("agent on kubernetes: the Deployment follows the forecast, and nothing is done twice") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("followed", "node-2", 1);
  const auto before = kube.generation("followed");
  AgentFixture f(falls);
  use_cluster(f, kube, "followed");
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 5min);
  CHECK(KubeCluster::eventually([&] { return kube.running("followed", "node-0") == 1; }));
  f.executor.run_until(t0 + 20min);
  CHECK(KubeCluster::eventually([&] { return kube.running("followed", "node-1") == 1; }));
  CHECK(KubeCluster::eventually([&] { return kube.running("followed", "node-0") == 0; }));
  CHECK(kube.generation("followed") == before + 2);
  const auto outcomes = f.entries(EntryKind::outcome);
  REQUIRE(outcomes.size() == 2);
  for (const auto& e : outcomes) CHECK(e.body.get("status", "") == "done");
  CHECK(f.entries(EntryKind::decision).back().body.get("current", "") == "b");
  CHECK(value_or_throw(f.journal->open_intents()).empty());
}

TEST_CASE("agent on kubernetes: after a crash, done is recorded and undone is finished, once") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  kube.deploy("settled", "node-2", 1);
  auto whole = std::make_shared<journal::MemoryJournal>();
  {
    AgentFixture f(falls, whole);
    use_cluster(f, kube, "settled");
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(t0 + 5min);
  }
  const auto generation = kube.generation("settled");
  // What a crash between act and outcome leaves: everything but the outcome.
  auto cut = std::make_shared<journal::MemoryJournal>();
  for (const auto& e : value_or_throw(whole->read({}))) {
    if (e.kind != EntryKind::outcome) value_or_throw(cut->append(e));
  }
  REQUIRE(value_or_throw(cut->open_intents()).size() == 1);
  {
    AgentFixture f(falls, cut);
    use_cluster(f, kube, "settled");
    f.clock.set(t0 + 6min);
    auto agent = f.make();
    REQUIRE(agent.start());
    const auto outcomes = f.entries(EntryKind::outcome);
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes[0].body.get("message", "").find("found carried out") != std::string::npos);
    CHECK(kube.generation("settled") == generation);
  }
  // What a crash between intent and act leaves: the Deployment stands elsewhere, without our mark.
  kube.deploy("unsettled", "node-2", 1);
  auto undone = std::make_shared<journal::MemoryJournal>();
  for (auto e : value_or_throw(cut->read({.kind = EntryKind::intent}))) {
    e.application = "unsettled";
    Value command = *e.body.find("command");
    e.body.set("command", command.set("application", "unsettled"));
    value_or_throw(undone->append(e));
  }
  AgentFixture f(falls, undone);
  use_cluster(f, kube, "unsettled");
  f.clock.set(t0 + 6min);
  auto agent = f.make();
  REQUIRE(agent.start());
  CHECK(KubeCluster::eventually([&] { return kube.running("unsettled", "node-0") == 1; }));
  const auto outcomes = f.entries(EntryKind::outcome);
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].body.get("status", "") == "done");
  CHECK(outcomes[0].body.get("message", "").find("sent again") != std::string::npos);
}
