// The whole agent on a manual clock: sensors, models, policy, journal, actuator, schedules.
#include <doctest/doctest.h>

#include <algorithm>

#include "support/agent_fixture.hpp"

using namespace support;
using namespace std::chrono_literals;
using journal::EntryKind;

namespace {

const TimePoint t0 = from_ns(1'715'762'700'000'000'000);  // 08:45:00, a multiple of 5 minutes

/// Site a is at 0.8 for 20 minutes and at 0.4 afterwards; b stays at 0.6.
std::optional<double> falls(const std::string& site, TimePoint t) {
  return site == "b" ? 0.6 : (t < t0 + 20min ? 0.8 : 0.4);
}

class Broken final : public actuator::Actuator {
 public:
  actuator::Delivery delivery() const override { return actuator::Delivery::at_least_once; }
  std::string describe() const override { return "broken"; }
  int acts = 0;

 protected:
  actuator::Outcome do_act(const actuator::Command&) override {
    ++acts;
    return {actuator::OutcomeStatus::failed, "for a test"};
  }
  actuator::Outcome do_plan(const actuator::Command&) override { return {}; }
};

class NoAnswer final : public actuator::Actuator {
 public:
  actuator::Delivery delivery() const override { return actuator::Delivery::at_least_once; }
  std::string describe() const override { return "no answer"; }
  Result<std::string> current_site(const std::string&) override {
    return fail(Errc::unavailable, "the server is down");
  }
  int acts = 0;

 protected:
  actuator::Outcome do_act(const actuator::Command&) override {
    ++acts;
    return {};
  }
  actuator::Outcome do_plan(const actuator::Command&) override { return {}; }
};

class FullDisk final : public journal::Journal {
 public:
  Result<std::int64_t> append(const journal::Entry& e) override {
    if (broken) return fail(Errc::unavailable, "the disk is full");
    return inner.append(e);
  }
  Result<std::vector<journal::Entry>> read(const journal::Query& q) const override {
    return inner.read(q);
  }
  Result<std::vector<journal::Entry>> open_intents() const override { return inner.open_intents(); }
  Result<std::size_t> drop_before(TimePoint t) override { return inner.drop_before(t); }
  bool broken = false;
  journal::MemoryJournal inner{};
};

}  // namespace

TEST_CASE("loop: places, stays, and moves when the forecast says so") {
  AgentFixture f(falls);
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 30min);
  CHECK(f.rules() == std::vector<std::string>{"highest_forecast", "already_best", "already_best",
                                              "highest_forecast", "already_best", "already_best"});
  CHECK(f.moves() == std::vector<std::string>{"node-a", "node-b"});
  CHECK(f.entries(EntryKind::intent).size() == 2);
  CHECK(f.entries(EntryKind::outcome).size() == 2);
  CHECK(f.entries(EntryKind::forecast).size() == 12);
  CHECK(f.entries(EntryKind::run).size() == 6);
  // The journal says what a decision rested on.
  const auto d = f.entries(EntryKind::decision).at(3);
  CHECK(d.body.get("current", "") == "a");
  CHECK(d.body.find("considered")->as_array()[0].find("value")->as_double() ==
        doctest::Approx(0.4));
  CHECK(d.body.find("considered")->as_array()[1].find("value")->as_double() ==
        doctest::Approx(0.6));
}

TEST_CASE("loop: the log reads as the reference log") {
  AgentFixture f([](const std::string& site, TimePoint) -> std::optional<double> {
    return site == "a" ? 0.25 : 0.5;  // exact in binary, so that means are too
  });
  f.parts.forecast.horizon = 4;
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 5min);
  std::string all;
  for (const std::string& l : f.log.lines) all += l + "\n";
  CAPTURE(all);
  CHECK(
      f.log.has("Running job \"watch_qos (trigger: interval[0:05:00], next run at: 2024-05-15 "
                "08:55:00 UTC)\" (scheduled at 2024-05-15 08:50:00+00:00)"));
  CHECK(f.log.has("INFO max_qos 0.5, index 1"));
  CHECK(
      f.log.has("INFO agent is patch deployment to node - {'spec': {'template': {'spec': "
                "{'nodeSelector': {'kubernetes.io/hostname': 'node-b'}}}}}"));
  CHECK(f.log.has("INFO update_deployment_with_patch succeeded"));
  CHECK(f.log.has("executed successfully"));
}

TEST_CASE("loop: intent is written before the act and the outcome after it") {
  AgentFixture f(falls);
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 5min);
  std::vector<EntryKind> kinds;
  const std::string id = f.entries(EntryKind::decision).at(0).decision_id;
  for (const auto& e : value_or_throw(f.journal->read({.decision_id = id})))
    kinds.push_back(e.kind);
  CHECK(kinds == std::vector<EntryKind>{EntryKind::forecast, EntryKind::forecast,
                                        EntryKind::decision, EntryKind::intent,
                                        EntryKind::outcome});
  CHECK(f.actuator->commands().at(0).id == id);
}

TEST_CASE("loop: a failing sensor makes the agent hold, and it recovers") {
  AgentFixture f(falls);
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 5min);
  f.sensor->failure = Failure{Errc::timeout, "no answer in 5 s", {}};
  f.executor.run_until(t0 + 15min);
  f.sensor->failure.reset();
  f.executor.run_until(t0 + 20min);
  CHECK(f.rules() == std::vector<std::string>{"highest_forecast", "unknown_data", "unknown_data",
                                              "highest_forecast"});
  const auto held = f.entries(EntryKind::decision).at(1);
  const Value& first = held.body.find("considered")->as_array()[0];
  CHECK(first.find("value")->is_null());
  CHECK(first.get("unknown", "") == "failed");
  CHECK(first.get("detail", "").find("no answer in 5 s") != std::string::npos);
  CHECK(f.entries(EntryKind::run).at(1).body.get("status", "") == "failed");
}

TEST_CASE("loop: no telemetry, stale telemetry and an unknown current site hold") {
  SUBCASE("nothing at all") {
    AgentFixture f([](const std::string&, TimePoint) { return std::optional<double>(); });
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(t0 + 5min);
    CHECK(f.rules() == std::vector<std::string>{"unknown_data"});
    CHECK(f.moves().empty());
  }
  SUBCASE("the current site's data are too old") {
    AgentFixture f([](const std::string& site, TimePoint t) -> std::optional<double> {
      if (site == "a" && t > t0 + 6min) return std::nullopt;
      return site == "a" ? 0.8 : 0.9;
    });
    f.actuator->set_site("app", "node-a");
    f.parts.policy =
        std::make_unique<decision::Placement>(decision::PlacementOptions{.hysteresis = 0.5});
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(t0 + 15min);
    CHECK(f.rules() == std::vector<std::string>{"hysteresis", "hysteresis", "unknown_data"});
    const auto held = f.entries(EntryKind::decision).at(2);
    CHECK(held.body.find("considered")->as_array()[0].get("unknown", "") == "stale");
    CHECK(f.moves().empty());
  }
  SUBCASE("the orchestrator does not say where it runs") {
    AgentFixture f(falls);
    auto silent = std::make_unique<NoAnswer>();
    NoAnswer* actuator = silent.get();
    f.parts.actuators["cluster"] = std::move(silent);
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(t0 + 5min);
    CHECK(f.rules() == std::vector<std::string>{"unknown_data"});
    CHECK(f.entries(EntryKind::decision).at(0).body.get("reason", "").find("server is down") !=
          std::string::npos);
    CHECK(actuator->acts == 0);
  }
}

TEST_CASE("loop: an empty check is logged as the reference log does") {
  AgentFixture f(falls);
  f.parts.clean = [](const telemetry::Frame&) {
    return Result<telemetry::Frame>(telemetry::Frame());
  };
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 5min);
  CHECK(f.log.has("INFO no data in last check"));
  CHECK(f.moves().empty());
}

TEST_CASE("loop: where no site meets the constraint and it must, nothing moves") {
  AgentFixture f(falls);
  f.parts.policy = std::make_unique<decision::Placement>(
      decision::PlacementOptions{.constraint = 0.9, .on_infeasible = decision::OnInfeasible::hold});
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 5min);
  CHECK(f.log.has("INFO all machine can not archive qos sla no actions"));
  CHECK(f.rules() == std::vector<std::string>{"below_constraint"});
  CHECK(f.moves().empty());
}

TEST_CASE("loop: a failed act is recorded and tried again by the next decision") {
  AgentFixture f(falls);
  auto broken = std::make_unique<Broken>();
  Broken* actuator = broken.get();
  f.parts.actuators["cluster"] = std::move(broken);
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 10min);
  CHECK(actuator->acts == 2);
  CHECK(f.log.has("ERROR update_deployment_with_patch failed: for a test"));
  const auto outcomes = f.entries(EntryKind::outcome);
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].body.get("status", "") == "failed");
  CHECK(outcomes[0].decision_id != outcomes[1].decision_id);
}

TEST_CASE("loop: the cool-down counts from what took effect") {
  // The better site changes every 5 minutes.
  AgentFixture f([](const std::string& site, TimePoint t) -> std::optional<double> {
    const bool even = ((t - t0) / 5min) % 2 == 0;
    return (site == "a") == even ? 0.8 : 0.4;
  });
  f.parts.policy =
      std::make_unique<decision::Placement>(decision::PlacementOptions{.cooldown = 12min});
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 60min);
  const auto rules = f.rules();
  CHECK(std::count(rules.begin(), rules.end(), "cooldown") >= 2);
  const auto intents = f.entries(EntryKind::intent);
  REQUIRE(intents.size() >= 3);
  for (std::size_t i = 1; i < intents.size(); ++i)
    CHECK(intents[i].at - intents[i - 1].at >= 12min);
}

TEST_CASE("loop: a dry run decides and plans but never acts") {
  AgentFixture f(falls);
  f.parts.act = actuator::Mode::dry_run;
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 30min);
  CHECK(f.moves().empty());
  CHECK(f.entries(EntryKind::intent).empty());
  REQUIRE_FALSE(f.entries(EntryKind::outcome).empty());
  CHECK(f.entries(EntryKind::outcome).at(0).body.get("status", "") == "planned");
}

TEST_CASE("loop: without a journal nothing is done") {
  auto disk = std::make_shared<FullDisk>();
  AgentFixture f(falls, disk);
  auto agent = f.make();
  REQUIRE(agent.start());
  disk->broken = true;
  f.executor.run_until(t0 + 5min);
  CHECK(f.moves().empty());
  disk->broken = false;
  f.executor.run_until(t0 + 10min);
  CHECK(f.moves() == std::vector<std::string>{"node-a"});
}

TEST_CASE("loop: a mode stops a task where it ends") {
  for (const agent::Mode mode : {agent::Mode::train, agent::Mode::update, agent::Mode::forecast}) {
    AgentFixture f(falls);
    f.parts.mode = mode;
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(t0 + 5min);
    CAPTURE(std::string(to_string(mode)));
    CHECK(f.moves().empty());
    CHECK(f.rules().empty());
    CHECK(f.entries(EntryKind::forecast).size() == (mode == agent::Mode::forecast ? 2 : 0));
  }
}

TEST_CASE("loop: run_once does each task once, in order") {
  AgentFixture f(falls);
  agent::Schedule retrain = f.parts.schedules.at(0);
  retrain.job.name = "retrain";
  retrain.task = agent::Task::train;
  f.parts.schedules.push_back(retrain);
  auto agent = f.make();
  REQUIRE(agent.run_once());
  const auto runs = f.entries(EntryKind::run);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].body.get("task", "") == "train");
  CHECK(runs[1].body.get("task", "") == "decide");
  CHECK(f.moves() == std::vector<std::string>{"node-a"});
}

TEST_CASE("loop: the planned quantile decides") {
  AgentFixture f([](const std::string& site, TimePoint) -> std::optional<double> {
    return site == "a" ? 0.70 : 0.65;
  });
  // Site a is better in the middle; on a low quantile its spread makes it worse. Models are made in
  // the order of the sites.
  auto made = std::make_shared<int>(0);
  f.parts.make_model = [made] { return std::make_unique<LastValue>((*made)++ == 0 ? 1.0 : 0.1); };
  f.parts.forecast.quantile = 0.1;
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 5min);
  CHECK(f.moves() == std::vector<std::string>{"node-b"});
}
