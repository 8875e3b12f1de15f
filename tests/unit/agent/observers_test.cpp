#include "learningplane/agent/observers.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "learningplane/decision/sizing_window.hpp"
#include "support/agent_fixture.hpp"

using namespace support;
using namespace std::chrono_literals;

namespace {
class Thrower final : public agent::Observer {
 public:
  void on_decision(std::string_view, const decision::Decision&) override {
    throw std::runtime_error("a defect of the embedder");
  }
};
std::optional<double> steady(const std::string& site, TimePoint) {
  return site == "a" ? 0.75 : 0.5;
}
}  // namespace

TEST_CASE("observers: metrics count what the agent does") {
  AgentFixture f(steady);
  Metrics metrics;
  agent::MetricsObserver counter(metrics, "planner");
  agent::ObserverList list;
  list.add(counter);
  f.parts.observer = &list;
  f.parts.forecast.horizon = 4;
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(f.clock.now() + 10min);
  f.sensor->failure = Failure{Errc::timeout, "no answer", {}};
  f.executor.run_until(f.clock.now() + 5min);
  const auto rule = [&](const char* name) {
    return metrics.value("learningplane_decisions_total",
                         {{"agent", "planner"}, {"application", "app"}, {"rule", name}});
  };
  CHECK(rule("highest_forecast") == 1);
  CHECK(rule("already_best") == 1);
  CHECK(rule("unknown_data") == 1);
  CHECK(metrics.value("learningplane_acts_total",
                      {{"agent", "planner"}, {"application", "app"}, {"status", "done"}}) == 1);
  CHECK(metrics.value("learningplane_failures_total",
                      {{"agent", "planner"}, {"where", "sensor telemetry"}, {"code", "timeout"}}) ==
        1);
  CHECK(metrics.value("learningplane_runs_total",
                      {{"agent", "planner"}, {"schedule", "watch_qos"}, {"result", "finished"}}) ==
        2);
  // The newest forecast failed: the gauge is not known, not the last number.
  CHECK(std::isnan(metrics.value("learningplane_forecast", {{"agent", "planner"}, {"site", "a"}})));
}

TEST_CASE("observers: one that throws does not stop the loop") {
  AgentFixture f(steady);
  Thrower thrower;
  f.parts.observer = &thrower;
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(f.clock.now() + 5min);
  CHECK(f.moves() == std::vector<std::string>{"node-a"});
  CHECK(f.log.has("ERROR the observer failed: a defect of the embedder"));
}

TEST_CASE("observers: the sizes that were there, used, wished for and given, or not known") {
  Metrics metrics;
  agent::MetricsObserver counter(metrics, "sizes");
  decision::SizingWindow policy(decision::SizingWindowOptions{});
  decision::SizingInput in;
  in.at = from_ns(1'704'067'200'000'000'000);
  in.current = {1, 4e8};
  for (int i = 60; i >= 0; --i) in.usage.push_back({in.at - i * 1min, 0.5, std::nan("")});
  decision::Decision d = decision::to_decision(policy.plan(in), policy);
  d.application = "shop";
  counter.on_decision("s-1", d);
  const auto gauge = [&](const char* name, const char* size) {
    return metrics.value(name, {{"agent", "sizes"}, {"application", "shop"}, {"size", size}});
  };
  CHECK(gauge("learningplane_cpu_cores", "current") == 1);
  CHECK(gauge("learningplane_cpu_cores", "usage") == 0.5);
  CHECK(gauge("learningplane_cpu_cores", "wish") == 0.5);
  CHECK(gauge("learningplane_cpu_cores", "value") == 0.5);
  CHECK(gauge("learningplane_memory_bytes", "value") == 4e8);
  CHECK(std::isnan(gauge("learningplane_memory_bytes", "usage")));
  CHECK(std::isnan(gauge("learningplane_memory_bytes", "wish")));
}
