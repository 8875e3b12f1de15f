// Sizing for real: a real Prometheus scrapes what pods use, an agent resizes the pods of a real API
// server in place; then everything around it is broken. The nodes are simulated: the test plays the
// kubelet, which says of each pod what its container has, and of one that it was killed.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <mutex>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "adapters/kubernetes/resize_objects.hpp"
#include "http/retry.hpp"
#include "learningplane/adapters/sqlite/journal.hpp"
#include "learningplane/decision/sizing_window.hpp"
#include "learningplane/net/asio_executor.hpp"
#include "learningplane/server/server.hpp"
#include "support/interposed.hpp"
#include "support/live_page.hpp"
#include "support/live_parts.hpp"
#include "support/sized_pods.hpp"
#include "support/sizing_fixture.hpp"
#include "support/skip.hpp"

using namespace support;
using namespace std::chrono_literals;
using adapters::kubernetes::PodShape;
using journal::EntryKind;

#ifdef LEARNINGPLANE_PROGRAM

namespace {

constexpr double mib = 1'048'576;

/// A page with what each pod uses, which the test sets.
class UsagePage {
 public:
  void use(const std::string& app, const std::string& pod, double cores, double mebibytes) {
    const std::lock_guard lock(mutex_);
    used_[{app, pod}] = {cores, mebibytes * mib};
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    used_.clear();
  }
  int port() const { return page_.port(); }

 private:
  std::string text() {
    const std::lock_guard lock(mutex_);
    std::string cpu, memory;
    for (const auto& [of, size] : used_) {
      const std::string labels = fmt::format(R"({{app="{}",pod="{}"}})", of.first, of.second);
      cpu += fmt::format("used_cores{} {}\n", labels, size.cpu_cores);
      memory += fmt::format("used_bytes{} {}\n", labels, size.memory_bytes);
    }
    return cpu + memory;
  }
  std::mutex mutex_{};
  std::map<std::pair<std::string, std::string>, decision::Size> used_{};
  LivePage page_{[this] { return text(); }};
};

const std::string agent_yaml = R"(
agent: sizes
state: state
sensors:
  prom:
    kind: prometheus
    url: "{url}"
    step: 1s
    lookback: 2s
    timeout: 2s
    attempts: 1
    queries:
      - {{name: cpu, query: used_cores, labels: [app, pod]}}
      - {{name: memory, query: used_bytes, labels: [app, pod]}}
policy: {{kind: sizing_window, cpu_window: 6s, memory_window: 6s, memory_margin: 0.25, cpu_bump_ratio: 1,
         minimal_change: 0.02, memory_bump_hold: 8s, stale: 4s}}
sizing: {{by: app, step: 1s, forget: 10m}}
actuators: {{cluster: {{kind: kubernetes_resize, kubeconfig: "{kubeconfig}", method: in_place, attempts: 2, timeout: 2s}}}}
schedules: {{size: {{trigger: {{kind: interval, every: 1s}}, run: decide}}}}
)";

std::vector<PodShape> shapes(const KubeCluster& kube, const std::string& name) {
  std::vector<PodShape> out;
  const Value all = pods_of(kube, name);
  for (const Value& pod : all.as_array())
    out.push_back(value_or_throw(adapters::kubernetes::read_pod(pod, "")));
  return out;
}

/// Whether every pod has these limits.
bool sized(const KubeCluster& kube, const std::string& name, double cores, double mebibytes) {
  const auto pods = shapes(kube, name);
  return !pods.empty() && std::all_of(pods.begin(), pods.end(), [&](const PodShape& p) {
    return std::abs(p.resources.limits.cpu_cores - cores) < 1e-6 &&
           p.resources.limits.memory_bytes == mebibytes * mib;
  });
}

/// The kubelet's part: a container was killed for want of memory at that moment.
void kill_container(const KubeCluster& kube, const Value& pod, TimePoint at) {
  Value statuses = Value::array();
  for (Value status : pod.find("status")->find("containerStatuses")->as_array())
    statuses.push(status.set(
        "lastState", Value::object().set("terminated", Value::object()
                                                           .set("reason", "OOMKilled")
                                                           .set("exitCode", 137)
                                                           .set("startedAt", to_iso8601(at - 60s))
                                                           .set("finishedAt", to_iso8601(at)))));
  kube.call("PATCH",
            "/api/v1/namespaces/default/pods/" + pod.find("metadata")->get("name", "") + "/status",
            Value::object().set("status", Value::object().set("containerStatuses", statuses)),
            "application/merge-patch+json");
}

}  // namespace

TEST_CASE(
    "live sizing: pods follow their usage in place, and what breaks around holds or is told") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  LEARNINGPLANE_NEED(adapters::kubernetes::offers_resize(kube.call("GET", "/api/v1")),
                     "this API server offers no pods/resize");
  TempDir dir;
  UsagePage page;
  LivePrometheus prometheus(page.port());
  LEARNINGPLANE_NEED(!prometheus.missing(), "the program prometheus is missing");
  REQUIRE(prometheus.runs());
  deploy_sized(kube, "grown", 2, half);
  deploy_sized(kube, "shrunk", 1, half);
  const auto grown = [&](double cores, double mebibytes) {
    page.use("grown", "g-1", 0.2, 120);
    page.use("grown", "g-2", cores, mebibytes);
  };
  grown(0.8, 400);
  page.use("shrunk", "s-1", 0.1, 80);
  dir.write("agent.yaml", fmt::format(fmt::runtime(agent_yaml), fmt::arg("url", prometheus.url()),
                                      fmt::arg("kubeconfig", kube.kubeconfig("admin"))));
  const std::string state = dir / "state";
  const auto start = [&] {
    return std::make_unique<Process>(LEARNINGPLANE_PROGRAM,
                                     std::vector<std::string>{"run", dir / "agent.yaml", "--quiet"},
                                     dir / "agent.log");
  };
  /// So many decisions since the moment that hold CPU on data that are not known.
  const auto held = [&](TimePoint since, const std::string& unknown) {
    int n = 0;
    for (const auto& e : written(state, EntryKind::decision, "grown")) {
      const Value* list = e.body.find("details")->find("unknown");
      if (e.at <= since || list == nullptr || e.body.find("action")->get("kind", "") != "hold")
        continue;
      for (const Value& one : list->as_array()) n += one.get("name", "") == unknown;
    }
    return n;
  };
  const auto before = shapes(kube, "grown");
  auto agent = start();

  // The highest of both pods, with the margin, on each of them; they are the pods of before.
  CHECK(KubeCluster::eventually([&] { return sized(kube, "grown", 0.8, 500); }));
  CHECK(KubeCluster::eventually([&] { return sized(kube, "shrunk", 0.1, 100); }));
  const auto after = shapes(kube, "grown");
  REQUIRE(after.size() == before.size());
  for (const PodShape& p : after) {
    CHECK(std::any_of(before.begin(), before.end(),
                      [&](const PodShape& old) { return old.uid == p.uid; }));
    CHECK(p.last_manager == "learningplane");
  }

  // Prometheus forgets everything and nobody says anything: nothing changes.
  TimePoint since = SystemClock().now();
  page.clear();
  prometheus.empty();
  REQUIRE(prometheus.runs());
  CHECK(KubeCluster::eventually([&] { return held(since, "cpu") >= 3; }));
  CHECK(held(since, "memory") >= 3);
  CHECK(sized(kube, "grown", 0.8, 500));
  grown(1.2, 480);
  page.use("shrunk", "s-1", 0.1, 80);
  CHECK(KubeCluster::eventually([&] { return sized(kube, "grown", 1.2, 600); }));

  // The API server dies: how large they are is not known; it goes on when the server is back.
  since = SystemClock().now();
  kube.kill_api();
  CHECK(KubeCluster::eventually([&] { return held(since, "size") >= 2; }));
  CHECK(agent->running());
  grown(1.6, 480);
  kube.start_api();
  CHECK(KubeCluster::eventually([&] { return sized(kube, "grown", 1.6, 600); }, 60));

  // Another writer takes one pod's CPU: the size is wished for again, and who wrote it is told.
  const std::string pod = "/api/v1/namespaces/default/pods/" + shapes(kube, "grown")[0].name;
  since = SystemClock().now();
  kube.call(
      "PATCH", pod + "/resize?fieldManager=ops",
      json(R"({"spec":{"containers":[{"name":"main","resources":{"limits":{"cpu":"900m"}}}]}})"),
      "application/strategic-merge-patch+json");
  CHECK(KubeCluster::eventually([&] {
    for (const auto& e : written(state, EntryKind::decision, "grown")) {
      const Value* others = e.body.find("details")->find("changed_by_others");
      if (e.at > since && others != nullptr && others->find("to")->get("cpu_cores", 0.0) == 0.9)
        return true;
    }
    return false;
  }));
  CHECK(KubeCluster::eventually([&] { return sized(kube, "grown", 1.6, 600); }));

  // A kill: more memory at once, by the limit that it met, and once only.
  kill_container(kube, pods_of(kube, "shrunk").as_array()[0], SystemClock().now());
  CHECK(KubeCluster::eventually([&] { return sized(kube, "shrunk", 0.1, 200); }));
  CHECK(KubeCluster::eventually([&] { return sized(kube, "shrunk", 0.1, 100); }));

  // Killed again and again while it has to act: nothing is done twice.
  const auto generations = [&] {
    std::int64_t sum = 0;
    const Value all = pods_of(kube, "grown");
    for (const Value& p : all.as_array())
      sum += p.find("metadata")->get("generation", std::int64_t{0});
    return sum;
  };
  const auto resizes = [&] {
    std::int64_t n = 0;
    for (const auto& e : written(state, EntryKind::outcome, "grown")) {
      const Value* pods = e.body.find("detail")->find("pods");
      if (pods != nullptr) n += static_cast<std::int64_t>(pods->size());
    }
    return n;
  };
  for (int i = 0; i < 5; ++i) {
    const auto old = generations();
    grown(3 + 0.5 * i, 640 + 64 * i);  // whatever recovery has just done, this is more
    CHECK(KubeCluster::eventually([&] { return generations() != old; }));
    agent->kill_hard();
    agent = start();
  }
  grown(2, 400);
  CHECK(KubeCluster::eventually([&] { return sized(kube, "grown", 2, 500); }));
  CHECK(KubeCluster::eventually([&] {
    const auto j =
        adapters::sqlite::open_journal(state + "/journal.sqlite", adapters::sqlite::Access::read);
    return value_or_throw(j->open_intents()).empty();
  }));
  agent.reset();
  MESSAGE(resizes(), " pods resized by the agent, 1 by somebody else");
  // Made is generation 1; recovery's looks name no pods, so an act that a kill cut off may be more.
  CHECK(generations() >= 2 + resizes() + 1);
  CHECK(generations() <= 2 + resizes() + 1 + 2 * 5);
}

TEST_CASE("live sizing: a conflict is reported, takes the decision back, and is not overruled") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  LEARNINGPLANE_NEED(adapters::kubernetes::offers_resize(kube.call("GET", "/api/v1")),
                     "this API server offers no pods/resize");
  deploy_sized(kube, "shop", 1, half);
  const std::string pod = "/api/v1/namespaces/default/pods/" + shapes(kube, "shop")[0].name;
  simulation::UsageTrace trace{.name = "shop", .samples = {}, .requested = {0.5, 512 * mib}};
  const TimePoint now = std::chrono::floor<std::chrono::minutes>(SystemClock().now());
  for (int i = -90; i <= 10; ++i) trace.samples.push_back({now + i * 1min, 0.2, 100 * mib});
  SizedWorld world(trace, trace.samples.size());
  SizingFixture f(world, now - 1s);
  int patches = 0;
  f.parts.actuators["cluster"] = adapters::kubernetes::make_resize_actuator_over(
      std::make_unique<
          Interposed>(kube.connect(),
                      [&](int nth, const Interposed::Send& send) {
                        if (nth == 1)
                          kube.call(
                              "PATCH", pod + "/resize?fieldManager=ops",
                              json(
                                  R"({"spec":{"containers":[{"name":"main","resources":{"limits":{"cpu":"700m"}}}]}})"),
                              "application/strategic-merge-patch+json");
                        ++patches;
                        return send();
                      }),
      {}, http::sleep_for);
  f.parts.make_sizing = [] {
    decision::SizingWindowOptions o;
    o.memory_margin = 0.25;
    o.limits.cooldown_down = 6h;
    return std::make_unique<decision::SizingWindow>(o);
  };
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(now);
  REQUIRE(f.entries(EntryKind::outcome).size() == 1);
  const journal::Entry conflict = f.entries(EntryKind::outcome).back();
  CHECK(conflict.body.get("status", "") == "conflict");
  CHECK(shapes(kube, "shop")[0].resources.limits.cpu_cores == doctest::Approx(0.7));
  // No cool-down of what did not happen: the next run takes the pod as it is and decides again.
  f.executor.run_until(now + 1min);
  const journal::Entry next = f.entries(EntryKind::decision).back();
  CHECK(next.body.find("details")->find("cpu")->get("current", 0.0) == doctest::Approx(0.7));
  REQUIRE(next.body.find("details")->find("changed_by_others") != nullptr);
  CHECK(f.entries(EntryKind::outcome).back().body.get("status", "") == "done");
  CHECK(sized(kube, "shop", 0.2, 125));
  CHECK(patches == 2);
}

#endif
