// The Jobs that `stress generate --as kubernetes` writes, on a real API server with its Job
// controller, its scheduler and simulated nodes, which end a Job's pod as soon as it runs.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "learningplane/json.hpp"
#include "learningplane/stress/stress_command.hpp"
#include "support/kube_cluster.hpp"
#include "support/skip.hpp"
#include "support/yaml_documents.hpp"

using namespace learningplane;
using namespace learningplane::stress;
using support::KubeCluster;

namespace {

const std::string batch = "/apis/batch/v1/namespaces/default/jobs";
const std::string core = "/api/v1/namespaces/default/pods";

/// Some jobs of two steps each, as far as half a minute from now.
StressSchedule some_jobs(std::size_t count, double cores = 0.25) {
  StressSchedule s{.phases = 2};
  for (std::size_t i = 0; i < count; ++i) {
    const double at = 2.0 * static_cast<double>(i);
    const double most = cores + 0.05 * static_cast<double>(i % 4);
    s.jobs.push_back(
        {fmt::format("job-{:04}", i + 1), {{at, 5, 0, most, 3e7}, {at + 5, 5, 1, 0.1, 6e7}}});
  }
  return s;
}

/// A schedule's Jobs as `kubectl apply -f FILE --server-side` hands them over.
struct Applied {
  Applied(const KubeCluster& cluster, const StressSchedule& schedule, std::string prefix,
          Duration keep = std::chrono::hours(1))
      : kube(cluster), name(std::move(prefix)) {
    const support::TempDir dir;
    dir.write("jobs.yaml", kubernetes_jobs(schedule, {.image = "registry.example/stress-ng:1",
                                                      .prefix = name,
                                                      .keep = keep}));
    documents = support::yaml_documents(dir / "jobs.yaml");
  }
  static std::string name_of(const Value& document) {
    return document.find("metadata")->get("name", "");
  }
  Result<http::Response> apply(const Value& document) const {
    return kube.connect()->send({.method = "PATCH",
                                 .path = batch + "/" + name_of(document) + "?fieldManager=kubectl",
                                 .body = dump_json(document),
                                 .content_type = "application/apply-patch+yaml"});
  }
  /// How many were new and how many there already. Stops at the first that is not taken.
  struct Outcome {
    std::size_t created = 0, there = 0;
    std::string failure{};
  };
  Outcome apply_all() const {
    Outcome out;
    for (const Value& d : documents) {
      const auto answer = apply(d);
      if (!answer) {
        out.failure = answer.error().message;
        return out;
      }
      if (answer->status != 200 && answer->status != 201) {
        out.failure = answer->body;
        return out;
      }
      ++(answer->status == 201 ? out.created : out.there);
    }
    return out;
  }
  std::vector<Value> list(const std::string& path) const {
    const Value found =
        kube.call("GET", path + "?labelSelector=app.kubernetes.io%2Finstance%3D" + name);
    const auto& items = found.find("items")->as_array();
    return {items.begin(), items.end()};
  }
  std::size_t succeeded() const {
    std::size_t out = 0;
    for (const Value& job : list(batch))
      out += job.find("status")->get("succeeded", std::int64_t{0}) == 1 ? 1U : 0U;
    return out;
  }
  /// `kubectl delete jobs -l app.kubernetes.io/instance=NAME`.
  void remove() const {
    kube.call("DELETE", batch + "?propagationPolicy=Background&labelSelector=" +
                            "app.kubernetes.io%2Finstance%3D" + name);
  }
  bool nothing_left() const {
    return KubeCluster::eventually([&] { return list(batch).empty() && list(core).empty(); }, 60);
  }

  const KubeCluster& kube;
  std::string name;
  std::vector<Value> documents{};
};

}  // namespace

TEST_CASE("stress Jobs: accepted, placed, done once each, and removed by their label") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  const StressSchedule schedule = some_jobs(12);
  const Applied jobs(kube, schedule, "morning");
  const Applied others(kube, some_jobs(2), "evening");
  const auto outcome = jobs.apply_all();
  REQUIRE_MESSAGE(outcome.failure.empty(), outcome.failure);
  CHECK(outcome.created == 12);
  CHECK(others.apply_all().created == 2);  // the same jobs' names under another prefix
  CHECK(KubeCluster::eventually([&] { return jobs.succeeded() == 12; }, 60));

  std::set<std::string> owners, nodes;
  const auto pods = jobs.list(core);
  CHECK(pods.size() == 12);
  for (const Value& pod : pods) {
    const Value& spec = *pod.find("spec");
    nodes.insert(spec.get("nodeName", ""));
    const std::string owner =
        pod.find("metadata")->find("labels")->get("batch.kubernetes.io/job-name", "");
    owners.insert(owner);
    CHECK(pod.find("status")->get("phase", "") == "Succeeded");
    const std::size_t i = std::stoul(owner.substr(owner.rfind('-') + 1)) - 1;
    const double most = schedule.jobs[i].steps[0].cpu_cores;
    const Value& resources = *spec.find("containers")->as_array()[0].find("resources");
    CHECK(resources.find("requests")->get("cpu", "") ==
          fmt::format("{:.0f}m", std::ceil(1000 * most - 1e-9)));
    CHECK(resources.find("limits")->get("cpu", "") ==
          fmt::format("{:.0f}m", std::ceil(1100 * most - 1e-9)));
    CHECK(resources.find("requests")->get("memory", "") == "74Mi");
    CHECK(resources.find("limits")->get("memory", "") == "79Mi");
  }
  CHECK(owners.size() == 12);
  for (const std::string& node : nodes) CHECK(node.starts_with("node-"));

  // The same once more starts nothing.
  CHECK(jobs.apply_all().there == 12);
  CHECK(jobs.list(core).size() == 12);

  jobs.remove();
  CHECK(jobs.nothing_left());
  CHECK(others.list(batch).size() == 2);
  others.remove();
  CHECK(others.nothing_left());
}

TEST_CASE("stress Jobs: finished ones go by themselves once they were kept long enough") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  const Applied jobs(kube, some_jobs(4), "fleeting", std::chrono::seconds(0));
  CHECK(jobs.apply_all().created == 4);
  CHECK(jobs.nothing_left());
}

TEST_CASE("stress Jobs: removed while they wait for room, nothing of them is left") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  // No node has so many cores: these never start.
  const Applied jobs(kube, some_jobs(5, 20), "too-large");
  CHECK(jobs.apply_all().created == 5);
  CHECK(KubeCluster::eventually([&] {
    std::size_t waiting = 0;
    for (const Value& pod : jobs.list(core))
      waiting += pod.find("status")->get("phase", "") == "Pending" &&
                         pod.find("status")->find("conditions") != nullptr
                     ? 1U
                     : 0U;
    return waiting == 5;
  }));
  CHECK(jobs.succeeded() == 0);
  jobs.remove();
  CHECK(jobs.nothing_left());
}

TEST_CASE("stress Jobs: the API server dies amid the schedule; applied again, none runs twice") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  const Applied jobs(kube, some_jobs(8), "interrupted");
  for (std::size_t i = 0; i < 4; ++i) CHECK(jobs.apply(jobs.documents[i])->status == 201);
  kube.kill_api();
  const auto during = jobs.apply_all();
  CHECK(during.created + during.there == 0);
  CHECK_FALSE(during.failure.empty());
  kube.start_api();
  const auto again = jobs.apply_all();
  REQUIRE_MESSAGE(again.failure.empty(), again.failure);
  CHECK(again.there == 4);
  CHECK(again.created == 4);
  CHECK(KubeCluster::eventually([&] { return jobs.succeeded() == 8; }, 90));
  CHECK(jobs.list(core).size() == 8);
  CHECK(jobs.list(batch).size() == 8);
  jobs.remove();
  CHECK(jobs.nothing_left());
}

TEST_CASE("stress Jobs: another schedule under a name that is taken is refused, not mixed") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  const Applied jobs(kube, some_jobs(2), "taken");
  CHECK(jobs.apply_all().created == 2);
  const auto outcome = Applied(kube, some_jobs(2, 0.75), "taken").apply_all();
  CHECK(outcome.created + outcome.there == 0);
  CHECK(outcome.failure.find("immutable") != std::string::npos);
  jobs.remove();
  CHECK(jobs.nothing_left());
}
