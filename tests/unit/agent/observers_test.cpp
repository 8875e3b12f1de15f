#include "learningplane/agent/observers.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

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
