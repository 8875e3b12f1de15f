// The agent of agent.yaml made from objects, over the second day of the shipped sample.
#include <cstdio>

#include "learningplane/learningplane.hpp"

namespace lp = learningplane;
using namespace std::chrono_literals;

int main() {
  const auto start = *lp::parse_iso8601("2026-01-06T00:00:00Z");
  lp::ManualClock clock(start);
  lp::ManualExecutor executor(clock);
  lp::telemetry::CsvOptions csv;
  csv.paths = {"../data/edge_sites.csv"};
  csv.label_columns = {"site"};

  lp::agent::AgentParts p;
  p.name = "planner";
  p.applications = {{.name = "video-analytics"}};
  for (const char* site : {"edge-1", "edge-2", "cloud-1"}) {
    p.sites.push_back({.name = site, .labels = {{"site", site}}});
  }
  p.sensors["telemetry"] = std::make_unique<lp::telemetry::CsvSensor>(csv);
  p.make_model = [] {
    lp::model::RidgeOptions ridge;
    ridge.window = {.target = "qos",
                    .inputs = {"node_cpu_share", "latency_seconds", "frames_per_second"},
                    .lags = 10,
                    .horizon = 10};
    return std::make_unique<lp::model::Ridge>(ridge);
  };
  p.forecast = {.target = "qos", .horizon = 10};
  p.policy = std::make_unique<lp::decision::Placement>(
      lp::decision::PlacementOptions{.constraint = 0.6, .hysteresis = 0.03, .cooldown = 10min});
  p.actuators["orchestrator"] = std::make_unique<lp::actuator::RecordingActuator>();
  p.schedules.push_back({.job = {.name = "retrain",
                                 .trigger = std::make_shared<lp::trigger::Cron>(
                                     lp::trigger::CronOptions{.expression = "0 */6 * * *"})},
                         .task = lp::agent::Task::train});
  p.schedules.push_back({.job = {.name = "watch_qos",
                                 .trigger = std::make_shared<lp::trigger::Interval>(
                                     lp::trigger::IntervalOptions{5min})},
                         .task = lp::agent::Task::decide});
  const auto journal = std::make_shared<lp::journal::MemoryJournal>();
  p.journal = journal;
  p.executor = &executor;
  p.retention = 0s;
  struct Quiet final : lp::Logger {
    void log(lp::LogLevel, std::string_view) override {}
  } quiet;
  p.logger = &quiet;

  lp::agent::Agent agent(std::move(p));
  lp::value_or_throw(agent.start());
  executor.run_until(start + 24h - 1min);
  std::size_t decisions = 0, moves = 0;
  const auto entries = lp::value_or_throw(
      journal->read({.kind = lp::journal::EntryKind::decision, .limit = 10'000}));
  for (const auto& entry : entries) {
    const auto decision = *lp::decision::decision_from_value(entry.body);
    ++decisions;
    if (decision.acts() && ++moves <= 3) {
      std::printf("%s %s\n", lp::to_iso8601(entry.at).c_str(),
                  lp::decision::explain(decision).c_str());
    }
  }
  std::printf("%zu decisions, %zu moves\n", decisions, moves);
}
