// Scaling for real: a trace is played, a real Prometheus scrapes it, an agent scales a Deployment
// of a real API server. Its curve is the simulator's; then everything around it is broken.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "learningplane/adapters/kubernetes/scale.hpp"
#include "learningplane/adapters/prometheus/sensor.hpp"
#include "learningplane/json.hpp"
#include "learningplane/net/asio_executor.hpp"
#include "learningplane/registries.hpp"
#include "learningplane/server/server.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "support/kube_cluster.hpp"
#include "support/live_page.hpp"
#include "support/live_parts.hpp"
#include "support/process.hpp"
#include "support/scaling_fixture.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

using namespace support;
using namespace std::chrono_literals;
using journal::EntryKind;

#ifdef LEARNINGPLANE_PROGRAM

namespace {

constexpr Duration slot = 15min;
constexpr std::size_t per_day = 96;
constexpr std::size_t history = 14 * per_day;

/// Two weeks and a Monday in slots of a quarter of an hour.
simulation::WorkloadTrace quarters() {
  const auto minutes = simulation::operating_rooms({.weeks = 3, .seed = 5});
  simulation::WorkloadTrace out;
  out.slot = slot;
  for (std::size_t i = 0; i < history + per_day; ++i) out.load.push_back(minutes.load[i * 15]);
  return out;
}

std::unique_ptr<decision::ScalingPolicy> hybrid() {
  Registries registries;
  register_core(registries);
  // Its start-up is above any that a loaded machine can measure: the curve does not depend on it.
  const Value options = value_or_throw(parse_json(
      R"({"throughput": 5, "maximum": 4, "step": "15m", "startup": "4h", "calm": "30m"})"));
  auto made = registries.policies.build("hybrid", options);
  return std::unique_ptr<decision::ScalingPolicy>(
      dynamic_cast<decision::ScalingPolicy*>(made.release()));
}

std::unique_ptr<model::Forecaster> days() {
  return std::make_unique<model::DayProfile>(model::DayProfileOptions{"load"});
}

/// What Prometheus saw of a played trace, at the trace's own times: each scrape holds the value and
/// where in the trace it was made.
telemetry::FunctionSensor::Function played_at(const std::string& url) {
  adapters::prometheus::PrometheusOptions o;
  o.url = url;
  o.mode = adapters::prometheus::Mode::instant;
  o.queries = {{.name = "load", .query = "rooms[20s]", .labels = {{}}},
               {.name = "at", .query = "learningplane_play_position_seconds[20s]", .labels = {{}}}};
  auto sensor = std::make_shared<adapters::prometheus::PrometheusSensor>(o);
  return [sensor](const telemetry::Window& w) -> Result<telemetry::Frame> {
    const TimePoint now = SystemClock().now();
    auto seen = sensor->read({now - 20s, now, {}});
    if (!seen) return tl::unexpected(seen.error());
    const telemetry::Column* load = seen->find("load");
    const telemetry::Column* at = seen->find("at");
    if (load == nullptr || at == nullptr) return telemetry::Frame();
    std::map<std::int64_t, double> rows;
    for (std::size_t i = 0; i < seen->rows(); ++i) {
      if (!load->known(i) || !at->known(i)) continue;
      const TimePoint t = from_seconds(at->values[i]);
      if (t >= w.begin && t < w.end) rows[to_ns(t) / slot.count() * slot.count()] = load->values[i];
    }
    std::vector<std::int64_t> times;
    std::vector<double> values;
    for (const auto& [t, v] : rows) times.push_back(t), values.push_back(v);
    return telemetry::Frame::make(std::move(times), {{"load", {}, "", std::move(values), {}}});
  };
}

}  // namespace

TEST_CASE("live scaling: a day played in minutes, the replica curve is the simulator's") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  TempDir dir;
  simulation::WorkloadTrace trace = quarters();
  {
    std::ofstream csv(dir / "day.csv");
    csv << "time,rooms\n";
    for (std::size_t i = history; i < trace.size(); ++i)
      csv << to_iso8601(trace.time(i)) << ',' << trace.load[i] << '\n';
  }
  const int page = free_port();
  LivePrometheus prometheus(page);
  LEARNINGPLANE_NEED(!prometheus.missing(), "the program prometheus is missing");
  REQUIRE(prometheus.runs());
  kube.deploy("played", "node-0", 1);
  const auto generation = kube.generation("played");

  ScalingFixture f(telemetry::Frame(), trace.time(history));
  f.parts.sensors.clear();
  f.parts.sensors["rooms"] =
      std::make_unique<telemetry::FunctionSensor>("played rooms", played_at(prometheus.url()));
  f.parts.applications = {{"played", {}, {}}};
  adapters::kubernetes::ScaleOptions scale;
  scale.cluster.kubeconfig = kube.kubeconfig("admin");
  f.parts.actuators.clear();
  f.parts.actuators["cluster"] = adapters::kubernetes::make_scale_actuator(scale);
  f.parts.make_scaling = hybrid;
  f.parts.make_model = days;
  f.parts.recall = [&](const std::string&) -> Result<std::shared_ptr<model::Forecaster>> {
    std::shared_ptr<model::Forecaster> known = days();
    if (auto fit = known->fit(trace.frame(0, history)); !fit) return tl::unexpected(fit.error());
    return known;
  };
  f.parts.scaling.forecast_every = slot;
  f.parts.forecast.history = 2 * slot;
  f.parts.forecast.max_age = slot;
  f.parts.schedules[0].job.trigger =
      std::make_shared<trigger::Interval>(trigger::IntervalOptions{.every = slot});
  auto agent = f.make();
  REQUIRE(agent.start());

  // A quarter of an hour in 0.75 s. When a row begins, the slot before it has ended.
  Process player(LEARNINGPLANE_PROGRAM,
                 {"play", dir / "day.csv", "--speed", "1200", "--json", "--listen",
                  fmt::format("127.0.0.1:{}", page), "--linger", "5s"},
                 dir / "play.log");
  std::size_t begun = 0;
  while (player.line()) {
    if (begun++ > 0) f.executor.run_until(trace.time(history + begun - 1));
  }
  f.executor.run_until(trace.time(history + per_day));
  CHECK(begun == per_day);

  const auto decisions = f.entries(EntryKind::decision);
  REQUIRE(decisions.size() == per_day);
  std::size_t right = 0;
  std::vector<std::int64_t> curve;
  for (std::size_t i = 0; i < per_day; ++i) {
    const Value& d = *decisions[i].body.find("details");
    const Value* load = d.find("load");
    const double seen = load != nullptr && load->is_number() ? load->as_double() : std::nan("");
    right += seen == trace.load[history + i];
    trace.load[history + i] = seen;  // the same inputs
    curve.push_back(d.get("replicas", std::int64_t{-1}));
  }
  MESSAGE(right, " of ", per_day, " slots were seen as they were played");
  CHECK(right >= per_day * 9 / 10);

  Overheard policy(hybrid());
  simulation::SimulationOptions o;
  o.start_slot = history;
  o.slots = per_day;
  o.latencies = simulation::Latencies::exact;
  o.penalty_mean = 10;
  simulation::ModelSourceOptions m;
  m.first = history;
  m.last = history + per_day - 1;
  m.every = 1;
  m.horizon = 4;
  m.refit_every = 0;
  m.quantile = policy.needs().quantile;
  const auto source = value_or_throw(simulation::ModelSource::make(trace, days, m));
  (void)simulation::simulate(trace, decision::Capacity::from_throughput(5, 19), policy,
                             source.get(), o);
  std::vector<std::int64_t> simulated;
  for (const auto& d : policy.decisions) simulated.push_back(d.replicas);
  CHECK(curve == simulated);

  // The Deployment went that way, no step more and none twice.
  std::int64_t changes = 0;
  for (std::size_t i = 0; i < per_day; ++i) changes += curve[i] != (i == 0 ? 1 : curve[i - 1]);
  MESSAGE(changes, " changes of the Deployment");
  CHECK(changes >= 2);
  CHECK(kube.generation("played") == generation + changes);
  for (const auto& e : f.entries(EntryKind::outcome)) CHECK(e.body.get("status", "") == "done");
  CHECK(kube.deployment("played").find("spec")->get("replicas", std::int64_t{0}) == curve.back());
  CHECK(KubeCluster::eventually([&] { return kube.running("played", "node-0") == curve.back(); }));
}

namespace {

/// A page with the rooms in use, which the test sets.
class Rooms {
 public:
  std::atomic<double> rooms{8};

 private:
  LivePage page_{[this] {
    const double v = rooms;
    return std::isnan(v) ? std::string() : fmt::format("rooms {}\n", v);
  }};

 public:
  const int port = page_.port();
};

const std::string agent_yaml = R"(
agent: rooms
state: state
applications:
  - {{name: live, actuator: cluster}}
  - {{name: live-owned, actuator: applying}}
sensors: {{prom: {{kind: prometheus, url: "{url}", step: 1s, timeout: 2s, attempts: 1, queries: [{{name: load, query: rooms, labels: []}}]}}}}
policy:
  kind: step
  metric: load_per_instance
  steps: [{{from: 5.5, change: 1}}, {{to: 2.5, change: -1}}]
  minimum: 1
  maximum: 6
forecast: {{history: 30s, max_age: 4s}}
actuators:
  cluster: {{kind: kubernetes_scale, kubeconfig: "{kubeconfig}", attempts: 2, timeout: 2s}}
  applying: {{kind: kubernetes_scale, kubeconfig: "{kubeconfig}", method: apply, attempts: 2, timeout: 2s}}
schedules: {{scale: {{trigger: {{kind: interval, every: 1s}}, run: decide}}}}
)";

}  // namespace

TEST_CASE("live scaling: what breaks around the agent neither scales blindly nor acts twice") {
  auto& kube = KubeCluster::shared();
  LEARNINGPLANE_NEED(kube.missing().empty(), kube.missing());
  TempDir dir;
  Rooms rooms;
  LivePrometheus prometheus(rooms.port);
  LEARNINGPLANE_NEED(!prometheus.missing(), "the program prometheus is missing");
  REQUIRE(prometheus.runs());
  kube.deploy("live", "node-1", 1);
  kube.deploy("live-owned", "node-1", 1);
  const auto generation = kube.generation("live");
  dir.write("agent.yaml", fmt::format(fmt::runtime(agent_yaml), fmt::arg("url", prometheus.url()),
                                      fmt::arg("kubeconfig", kube.kubeconfig("admin"))));
  const std::string state = dir / "state";
  const auto start = [&] {
    return std::make_unique<Process>(LEARNINGPLANE_PROGRAM,
                                     std::vector<std::string>{"run", dir / "agent.yaml", "--quiet"},
                                     dir / "agent.log");
  };
  const auto replicas = [&] {
    return kube.deployment("live").find("spec")->get("replicas", std::int64_t{-1});
  };
  /// So many decisions of that rule since the moment, with that in their reason.
  const auto held = [&](TimePoint since, const char* reason) {
    int n = 0;
    for (const auto& e : written(state, EntryKind::decision, "live"))
      n += e.at > since && e.body.get("rule", "") == "unknown_data" &&
           e.body.get("reason", "").find(reason) != std::string::npos;
    return n;
  };
  const auto outcome_of_owned = [&](const char* status) {
    const auto all = written(state, EntryKind::outcome, "live-owned");
    return !all.empty() && all.back().body.get("status", "") == std::string(status);
  };
  auto agent = start();
  CHECK(KubeCluster::eventually([&] { return replicas() == 2; }));

  // Another writer owns the field of the other Deployment: reported, never forced.
  CHECK(KubeCluster::eventually([&] { return outcome_of_owned("conflict"); }));
  kube.call(
      "PATCH", "/apis/apps/v1/namespaces/default/deployments/live-owned/scale?fieldManager=kubectl",
      value_or_throw(parse_json(R"({"spec":{"replicas":6}})")), "application/merge-patch+json");
  CHECK(KubeCluster::eventually([&] {
    const auto all = written(state, EntryKind::outcome, "live-owned");
    return !all.empty() && all.back().body.get("message", "").find("kubectl") != std::string::npos;
  }));
  CHECK(kube.deployment("live-owned").find("spec")->get("replicas", std::int64_t{0}) == 6);

  // The metric vanishes and Prometheus forgets everything, while nobody is in any room.
  TimePoint since = SystemClock().now();
  rooms.rooms = std::nan("");
  prometheus.empty();
  REQUIRE(prometheus.runs());
  CHECK(KubeCluster::eventually([&] { return held(since, "load is not known") >= 3; }));
  CHECK(replicas() == 2);
  rooms.rooms = 14;
  CHECK(KubeCluster::eventually([&] { return replicas() == 3; }));

  // The API server dies: how many there are is not known; it goes on when the server is back.
  since = SystemClock().now();
  kube.kill_api();
  CHECK(KubeCluster::eventually([&] { return held(since, "how many instances") >= 2; }));
  CHECK(agent->running());  // a connection that is reset ends no program
  rooms.rooms = 20;
  kube.start_api();
  CHECK(KubeCluster::eventually([&] { return replicas() == 4; }, 60));

  // Somebody else changes the number: taken as it stands, and told.
  kube.call("PATCH", "/apis/apps/v1/namespaces/default/deployments/live/scale?fieldManager=kubectl",
            value_or_throw(parse_json(R"({"spec":{"replicas":5}})")),
            "application/merge-patch+json");
  CHECK(KubeCluster::eventually([&] {
    for (const auto& e : written(state, EntryKind::decision, "live")) {
      const Value* others = e.body.find("details")->find("changed_by_others");
      if (others != nullptr && others->get("to", std::int64_t{0}) == 5) return true;
    }
    return false;
  }));

  // Killed again and again while it has to act.
  for (int i = 0; i < 6; ++i) {
    // Up from few, down from many: whatever the last telemetry still leads to, something changes.
    const auto before = kube.generation("live");
    rooms.rooms = replicas() <= 3 ? 30 : 0;
    CHECK(KubeCluster::eventually([&] { return kube.generation("live") != before; }));
    agent->kill_hard();
    agent = start();
  }
  rooms.rooms = 8;
  CHECK(KubeCluster::eventually([&] { return replicas() == 2 || replicas() == 3; }));
  CHECK(KubeCluster::eventually([&] {
    const auto j =
        adapters::sqlite::open_journal(state + "/journal.sqlite", adapters::sqlite::Access::read);
    return value_or_throw(j->open_intents()).empty();
  }));
  agent.reset();
  std::int64_t done = 0;
  for (const auto& e : written(state, EntryKind::outcome, "live"))
    done += e.body.get("status", "") == "done";
  MESSAGE(done, " changes by the agent, 1 by somebody else");
  CHECK(kube.generation("live") == generation + done + 1);
}

#endif
