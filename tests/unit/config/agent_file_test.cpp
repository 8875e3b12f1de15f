#include "learningplane/config/agent_file.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "learningplane/error.hpp"
#include "learningplane/registries.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;

namespace {

const std::string head = R"(
agent: rooms
sensors: {prom: {kind: prometheus, url: "http://127.0.0.1:9090", queries: [{query: load, name: load}]}}
actuators: {cluster: {kind: recording}}
schedules: {scale: {trigger: {kind: interval, every: 1m}, run: decide}}
applications: [surgery]
)";
const std::string days = "models: {days: {kind: day_profile, target: load}}\n";

agent::AgentFile load(const std::string& text) {
  static const Registries registries = [] {
    Registries r;
    register_core(r);
    register_net(r);
    return r;
  }();
  support::TempDir dir;
  const std::string path = dir / "agent.yaml";
  std::ofstream(path) << text;
  std::ofstream(dir / "table.csv") << "streams,p50,p95\n1,9,10\n2,9,12\n3,10,30\n";
  SystemClock clock;
  config::Secrets secrets;
  return config::load_agent(path, registries, clock, agent::Purpose::replay, secrets);
}

std::string refusal(const std::string& text) {
  try {
    (void)load(text);
  } catch (const Error& e) {
    return e.what();
  }
  return "taken";
}

bool refuses(const std::string& text, const char* part) {
  const std::string why = refusal(text);
  CAPTURE(why);
  const bool found = why.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("agent file: a policy of instances, as the simulator's policy file has it") {
  const agent::AgentFile file = load(head + days + R"(
policy: {kind: hybrid, name: ours, forecasts: model, throughput: 5, quantile: 0.8, window: 30m, maximum: 4}
scaling: {latency: p95, metrics: [queue], ready: ready, step: 1m, forecast_every: 10m, record: changes}
forecast: {training: 14d}
)");
  CHECK_FALSE(file.parts.make_baseline);  // as its simulation
  REQUIRE(file.parts.make_scaling);
  CHECK(file.parts.policy == nullptr);
  CHECK(file.parts.sites.empty());
  const auto policy = file.parts.make_scaling();
  CHECK(policy->kind() == "hybrid");
  CHECK(policy->needs().quantile == 0.8);
  CHECK(policy->needs().horizon == std::chrono::minutes(30));
  CHECK(policy->limits().maximum == 4);
  CHECK(file.parts.make_scaling() != policy);
  const agent::ScalingPlan& p = file.parts.scaling;
  CHECK(p.load == "load");
  CHECK(p.latency == "p95");
  CHECK(p.metrics == std::vector<std::string>{"queue"});
  CHECK(p.ready == "ready");
  CHECK(p.step == std::chrono::minutes(1));
  CHECK(p.forecast_every == std::chrono::minutes(10));
  CHECK(p.record == agent::RecordedDecisions::changes);
  CHECK(file.parts.forecast.training == std::chrono::hours(24 * 14));
  CHECK(file.parts.forecast.target == "load");
}

TEST_CASE("agent file: every kind of scaling policy, without models where none is needed") {
  for (const char* policy :
       {"{kind: reactive, window: 5m}", "{kind: reactive_memory}",
        "{kind: hpa, metrics: [{name: load, target: 4}]}",
        "{kind: step, steps: [{from: 20, change: 1}]}",
        "{kind: schedule, periods: [{from: '07:00', to: '17:00', replicas: 2}]}"}) {
    CAPTURE(policy);
    const agent::AgentFile file = load(head + "policy: " + policy + "\n");
    CHECK(file.parts.make_scaling);
    CHECK_FALSE(file.parts.make_model);
  }
  CHECK(load(head + days + "policy: {kind: predictive, throughput: 5}\n").parts.make_model);
}

TEST_CASE("agent file: a policy of sizes, as the replay's policy file has it") {
  const agent::AgentFile file = load(head + R"(
policy: {kind: sizing_window, name: careful, cpu_window: 6h, cpu_maximum: 8, cooldown_down: 6h}
sizing: {cpu: used, memory: resident, cpu_unit: 0.001, memory_unit: 1024, instances_quantile: 0.9,
         requested_cpu: 2, requested_memory: 1073741824, step: 5m, history: 12h, forget: 2h, record: changes}
)");
  REQUIRE(file.parts.make_sizing);
  CHECK_FALSE(file.parts.make_scaling);
  CHECK_FALSE(file.parts.make_model);
  CHECK(file.parts.policy == nullptr);
  const auto policy = file.parts.make_sizing();
  CHECK(policy->kind() == "sizing_window");
  CHECK(policy->limits().cpu_maximum == 8);
  CHECK(policy->needs().look_back == std::chrono::hours(6));
  CHECK(file.parts.make_sizing() != policy);
  const agent::SizingPlan& p = file.parts.sizing;
  CHECK(p.cpu == "used");
  CHECK(p.memory == "resident");
  CHECK(p.cpu_unit == 0.001);
  CHECK(p.memory_unit == 1024);
  CHECK(p.instances_quantile == 0.9);
  CHECK(p.requested.cpu_cores == 2);
  CHECK(p.requested.memory_bytes == 1073741824);
  CHECK(p.step == std::chrono::minutes(5));
  CHECK(p.history == std::chrono::hours(12));
  CHECK(p.forget == std::chrono::hours(2));
  CHECK(p.record == agent::RecordedDecisions::changes);
  for (const char* kind : {"sizing_request", "sizing_histogram", "sizing_theta_scan"})
    CHECK(load(head + "policy: {kind: " + kind + "}\n").parts.make_sizing);
}

TEST_CASE("agent file: what a policy of sizes cannot be") {
  const std::string window = head + "policy: {kind: sizing_window}\n";
  refuses(head + "policy: {kind: sizing_oracle}\n", "only a replay");
  refuses(head + "policy: {kind: sizing_window, cpu_windw: 1h}\n", "did you mean 'cpu_window'?");
  refuses(head + "policy: {kind: sizing_window, cpu_quantile: 2}\n", "policy.cpu_quantile");
  refuses(window + "sizing: {cpuu: used}\n", "sizing.cpuu");
  refuses(window + "sizing: {instances_quantile: 0}\n", "sizing.instances_quantile");
  refuses(window + "sizing: {step: soon}\n", "sizing.step");
  refuses(window + "scaling: {load: x}\n", "scaling");
  refuses(window + days, "models");
  refuses(window + "sites: {a: {}}\n", "sites");
  refuses(window + "forecast: {horizon: 4}\n", "forecast");
  refuses(head + "policy: {kind: reactive}\nsizing: {by: pod}\n", "how large an instance is");
  // Sizes of phases stand in a file beside the agent's, which is looked at now.
  refuses(head + "policy: {kind: sizing_phases}\n", "policy.model");
  refuses(head + "policy: {kind: sizing_phases, model: nowhere.json}\n", "agent.yaml");
  refuses(head + "policy: {kind: sizing_phases, model: table.csv}\n", "table.csv");
}

TEST_CASE("agent file: what a policy of instances cannot be") {
  refuses(head + "policy: {kind: hybrid, throughput: 5}\n", "models");
  refuses(head + "policy: {kind: hpa, maximun: 4}\n", "maximun");
  refuses(head + days + "policy: {kind: hybrid, throughput: 5, forecasts: trace}\n",
          "nobody knows the future");
  refuses(head + "policy: {kind: reactive}\nscaling: {recod: all}\n", "recod");
  refuses(head + "policy: {kind: reactive}\nscaling: {metrics: [1]}\n", "names of columns");
  // Of where applications run: sites stay needed, and `scaling` says nothing.
  refuses(head + days + "policy: {kind: placement}\n", "sites");
  refuses(head + days + "sites: {a: {}}\npolicy: {kind: placement}\nscaling: {by: pod}\n",
          "scaling");
}
