// An agent moves the bounds of HorizontalPodAutoscalers, and Kubernetes' own controller scales: on
// a real API server, through a played trace, with everything around it broken once.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include "learningplane/json.hpp"
#include "support/kube_cluster.hpp"
#include "support/live_parts.hpp"
#include "support/skip.hpp"

using namespace support;
using namespace std::chrono_literals;
using journal::EntryKind;

#ifdef LEARNINGPLANE_PROGRAM

namespace {

const std::string hpas = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";

const std::string agent_yaml = R"(
agent: rooms
state: state
applications:
  - {{name: pinned, actuator: pin}}
  - {{name: lifted, actuator: lift}}
  - {{name: foreign, actuator: lift}}
sensors: {{prom: {{kind: prometheus, url: "{url}", step: 1s, timeout: 2s, attempts: 1, queries: [{{name: load, query: rooms, labels: []}}]}}}}
policy:
  kind: step
  metric: load_per_instance
  steps: [{{from: 5.5, change: 1}}, {{to: 2.5, change: -1}}]
  minimum: 1
  maximum: 6
forecast: {{history: 30s, max_age: 6s}}
actuators:
  pin: {{kind: kubernetes_hpa, kubeconfig: "{kubeconfig}", headroom: 0, max_replicas: 6, attempts: 2, timeout: 2s}}
  lift: {{kind: kubernetes_hpa, kubeconfig: "{kubeconfig}", headroom: 2, max_replicas: 6, cpu_target: 60, attempts: 2, timeout: 2s}}
schedules: {{scale: {{trigger: {{kind: interval, every: 1s}}, run: decide}}}}
)";

/// Streams in a quarter of an hour, which lasts four seconds here: the number of instances that the
/// policy ends at goes 1, 2, 3, 4, 5, 3, 1.
const std::vector<int> day{2,  2,  8,  8,  8,  14, 14, 14, 20, 20, 20,
                           26, 26, 26, 14, 14, 8,  8,  8,  2,  2,  2};
constexpr std::size_t api_dies = 8, api_lives = 10;
const std::set<std::size_t> agent_dies{12, 17};

Value spec_of(const KubeCluster& kube, const std::string& name) {
  return *kube.call("GET", hpas + "/" + name).find("spec");
}

/// How many instances a Deployment was seen to ask for, one after the other.
class Seen {
 public:
  Seen(const KubeCluster& kube, std::string name)
      : thread_([this, &kube, name = std::move(name)] {
          while (!stop_) {
            try {
              const auto n = kube.deployment(name).find("spec")->get("replicas", std::int64_t{-1});
              if (numbers_.empty() || numbers_.back() != n) numbers_.push_back(n);
            } catch (const std::exception&) {  // the server is down
            }
            std::this_thread::sleep_for(100ms);
          }
        }) {}
  Seen(const Seen&) = delete;
  Seen& operator=(const Seen&) = delete;
  ~Seen() { end(); }
  const std::vector<std::int64_t>& end() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return numbers_;
  }

 private:
  std::atomic<bool> stop_{false};
  std::vector<std::int64_t> numbers_{};
  std::thread thread_;
};

}  // namespace

TEST_CASE("live hpa: the agent moves its bounds, Kubernetes' controller scales") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  TempDir dir;
  const int page = free_port();
  LivePrometheus prometheus(page);
  LEARNINGPLANE_NEED(!prometheus.missing(), "the program prometheus is missing");
  REQUIRE(prometheus.runs());
  for (const char* name : {"pinned", "lifted", "foreign"}) kube.deploy(name, "node-2", 1);
  kube.call("POST", hpas + "?fieldManager=helm", value_or_throw(parse_json(R"(
    {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "theirs-live"},
     "spec": {"minReplicas": 1, "maxReplicas": 4,
              "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "foreign"}}})")));
  const Value theirs = spec_of(kube, "theirs-live");
  {
    std::ofstream csv(dir / "day.csv");
    csv << "time,rooms\n";
    for (std::size_t i = 0; i < day.size(); ++i)
      csv << to_iso8601(from_ns(1'704'067'200'000'000'000) + i * 15min) << ',' << day[i] << '\n';
  }
  dir.write("agent.yaml", fmt::format(fmt::runtime(agent_yaml), fmt::arg("url", prometheus.url()),
                                      fmt::arg("kubeconfig", kube.kubeconfig("admin"))));
  const std::string state = dir / "state";
  const auto start = [&] {
    return std::make_unique<Process>(LEARNINGPLANE_PROGRAM,
                                     std::vector<std::string>{"run", dir / "agent.yaml", "--quiet"},
                                     dir / "agent.log");
  };
  auto agent = start();
  Seen pinned(kube, "pinned");
  Process player(LEARNINGPLANE_PROGRAM,
                 {"play", dir / "day.csv", "--speed", "225", "--json", "--listen",
                  fmt::format("127.0.0.1:{}", page), "--linger", "120s"},
                 dir / "play.log");
  TimePoint died{}, lived{};
  for (std::size_t row = 0; row < day.size() && player.line(); ++row) {
    if (row == api_dies) {
      kube.kill_api();
      died = SystemClock().now();
    }
    if (row == api_lives) {
      lived = SystemClock().now();
      kube.start_api();
    }
    if (agent_dies.contains(row)) {
      agent->kill_hard();
      agent = start();
    }
  }
  REQUIRE(died != TimePoint{});
  REQUIRE(lived != TimePoint{});

  // At the end one instance is enough. Where the bounds are one number the Deployment has it; where
  // there is headroom the number stays at the upper bound, since nobody measures a load there.
  const auto replicas = [&](const char* name) {
    return kube.deployment(name).find("spec")->get("replicas", std::int64_t{-1});
  };
  CHECK(KubeCluster::eventually([&] { return replicas("pinned") == 1; }, 60));
  CHECK(KubeCluster::eventually([&] { return kube.running("pinned", "node-2") == 1; }, 60));
  CHECK(KubeCluster::eventually([&] { return replicas("lifted") == 3; }, 60));
  const Value pin = spec_of(kube, "pinned-hpa"), lift = spec_of(kube, "lifted-hpa");
  CHECK(pin.get("minReplicas", std::int64_t{0}) == 1);
  CHECK(pin.get("maxReplicas", std::int64_t{0}) == 1);
  CHECK(lift.get("minReplicas", std::int64_t{0}) == 1);
  CHECK(lift.get("maxReplicas", std::int64_t{0}) == 3);
  CHECK(dump_json(*lift.find("metrics")).find(R"("averageUtilization":60)") != std::string::npos);
  agent.reset();

  // Up and down again, by no number that nobody decided.
  const std::vector<std::int64_t> numbers = pinned.end();
  const auto highest = std::max_element(numbers.begin(), numbers.end());
  REQUIRE(highest != numbers.end());
  CHECK(*highest == 5);
  CHECK(std::is_sorted(numbers.begin(), highest));
  CHECK(std::is_sorted(highest, numbers.end(), std::greater<>()));
  CHECK(numbers.front() == 1);
  CHECK(numbers.back() == 1);
  std::string path;
  for (const std::int64_t n : numbers) path += fmt::format(" {}", n);
  MESSAGE("the Deployment went", path);

  for (const char* name : {"pinned", "lifted"}) {
    CAPTURE(name);
    int done = 0, blind = 0;
    std::string last;
    for (const auto& e : written(state, EntryKind::outcome, name)) {
      const std::string status = e.body.get("status", "");
      const bool fine = status == "done" || status == "already_done";
      done += fine;
      if (fine) last = e.decision_id;
      // While the server was away nothing was done, and nothing is said to be.
      CHECK_FALSE((fine && e.at > died && e.at < lived));
    }
    CHECK(done >= 8);  // four up, four down
    for (const auto& e : written(state, EntryKind::decision, name)) {
      if (e.at > died && e.at < lived) blind += e.body.get("rule", "") == "unknown_data";
    }
    CHECK(blind >= 2);
    const Value object = kube.call("GET", hpas + "/" + name + "-hpa");
    CHECK(dump_json(*object.find("metadata")->find("annotations")).find(last) != std::string::npos);
  }

  // What somebody else owns is left alone, and that is said.
  CHECK(spec_of(kube, "theirs-live") == theirs);
  CHECK(kube.connect()->send({.path = hpas + "/foreign-hpa"})->status == 404);
  CHECK(replicas("foreign") == 1);
  int refused = 0;
  for (const auto& e : written(state, EntryKind::outcome, "foreign")) {
    const std::string status = e.body.get("status", "");
    CHECK(status != "done");
    refused +=
        status == "refused" && e.body.get("message", "").find("'theirs-live'") != std::string::npos;
  }
  CHECK(refused >= 1);
}

#endif
