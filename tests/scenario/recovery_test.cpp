// What an agent does at its start with what a crash left behind.
#include <doctest/doctest.h>

#include "support/agent_fixture.hpp"

using namespace support;
using namespace std::chrono_literals;
using actuator::Delivery;
using actuator::OutcomeStatus;
using journal::EntryKind;

namespace {

const TimePoint t0 = from_ns(1'715'762'700'000'000'000);

std::optional<double> steady(const std::string& site, TimePoint) { return site == "a" ? 0.8 : 0.6; }

class Probed final : public actuator::Actuator {
 public:
  Probed(Delivery delivery, OutcomeStatus probe) : delivery_(delivery), probe_(probe) {}
  Delivery delivery() const override { return delivery_; }
  std::string describe() const override { return "probed"; }
  std::vector<actuator::Command> acts{};

 protected:
  actuator::Outcome do_act(const actuator::Command& c) override {
    acts.push_back(c);
    return {OutcomeStatus::done, "done now"};
  }
  actuator::Outcome do_plan(const actuator::Command&) override { return {}; }
  actuator::Outcome do_probe(const actuator::Command&) override { return {probe_, "probed"}; }

 private:
  Delivery delivery_;
  OutcomeStatus probe_;
};

journal::Entry intent(const std::string& id, TimePoint at) {
  journal::Entry e{0, at, EntryKind::intent, "planner", "watch_qos", id, "app", Value::object()};
  e.body.set("command", Value::object()
                            .set("id", id)
                            .set("application", "app")
                            .set("action", decision::to_value(decision::Place{"node-b"}))
                            .set("reason", "b is better")
                            .set("at_ns", to_ns(at)));
  return e;
}

}  // namespace

TEST_CASE("recovery: each kind of half-done command is finished or reported") {
  struct Case {
    const char* name;
    Delivery delivery;
    OutcomeStatus probe;
    Duration age;
    std::size_t acts;
    std::string status;
    std::string says;
  };
  const std::vector<Case> cases = {
      {"found done", Delivery::at_least_once, OutcomeStatus::done, 1min, 0, "done",
       "found carried out"},
      {"not done", Delivery::at_least_once, OutcomeStatus::failed, 1min, 1, "done", "sent again"},
      {"may be done", Delivery::at_least_once, OutcomeStatus::unknown, 1min, 1, "done",
       "sent again"},
      {"too old", Delivery::at_least_once, OutcomeStatus::unknown, 11min, 0, "unknown",
       "not sent again, it is 11m old"},
      {"once: found done", Delivery::at_most_once, OutcomeStatus::done, 1min, 0, "done",
       "found carried out"},
      {"once: not done", Delivery::at_most_once, OutcomeStatus::failed, 1min, 0, "failed",
       "not sent again (at most once)"},
      {"once: may be done", Delivery::at_most_once, OutcomeStatus::unknown, 1min, 0, "unknown",
       "may have been carried out"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    AgentFixture f(steady);
    value_or_throw(f.parts.journal->append(intent("old-1", t0 - c.age)));
    auto probed = std::make_unique<Probed>(c.delivery, c.probe);
    Probed* actuator = probed.get();
    f.parts.actuators["cluster"] = std::move(probed);
    auto agent = f.make();
    REQUIRE(agent.start());
    REQUIRE(actuator->acts.size() == c.acts);
    if (c.acts > 0) CHECK(actuator->acts[0].id == "old-1");
    const auto outcomes = f.entries(EntryKind::outcome);
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes[0].decision_id == "old-1");
    CHECK(outcomes[0].body.get("status", "") == c.status);
    CHECK(outcomes[0].body.get("message", "").find(c.says) != std::string::npos);
    CHECK(value_or_throw(f.journal->open_intents()).empty());
  }
}

TEST_CASE("recovery: what was acknowledged is not touched, nor what belongs to another agent") {
  AgentFixture f(steady);
  value_or_throw(f.parts.journal->append(intent("old-1", t0 - 1min)));
  journal::Entry done = intent("old-1", t0 - 1min);
  done.kind = EntryKind::outcome;
  done.body.set("status", "done");
  value_or_throw(f.parts.journal->append(done));
  journal::Entry other = intent("old-2", t0 - 1min);
  other.agent = "somebody";
  value_or_throw(f.parts.journal->append(other));
  auto agent = f.make();
  REQUIRE(agent.start());
  CHECK(f.actuator->commands().empty());
  CHECK(f.entries(EntryKind::outcome).size() == 1);
}

TEST_CASE("recovery: a dry run leaves half-done commands for a real one") {
  AgentFixture f(steady);
  value_or_throw(f.parts.journal->append(intent("old-1", t0 - 1min)));
  f.parts.act = actuator::Mode::dry_run;
  auto agent = f.make();
  REQUIRE(agent.start());
  CHECK(f.actuator->commands().empty());
  CHECK(value_or_throw(f.journal->open_intents()).size() == 1);
}

TEST_CASE("recovery: where an application runs and the cool-down survive a restart") {
  auto journal = std::make_shared<journal::MemoryJournal>();
  {
    AgentFixture f(steady, journal);
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(t0 + 5min);
    REQUIRE(f.moves() == std::vector<std::string>{"node-a"});
  }
  // b is better now, but the move to a was 5 minutes ago.
  AgentFixture f([](const std::string& site,
                    TimePoint) -> std::optional<double> { return site == "a" ? 0.6 : 0.8; },
                 journal);
  f.parts.policy =
      std::make_unique<decision::Placement>(decision::PlacementOptions{.cooldown = 10min});
  f.clock.set(t0 + 6min);
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 15min);
  CHECK(f.rules() == std::vector<std::string>{"highest_forecast", "cooldown", "highest_forecast"});
  CHECK(f.entries(EntryKind::decision).at(1).body.get("current", "") == "a");
  CHECK(f.moves() == std::vector<std::string>{"node-b"});
}

TEST_CASE("recovery: a schedule catches up from the last run in the journal") {
  auto journal = std::make_shared<journal::MemoryJournal>();
  {
    AgentFixture f(steady, journal);
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(t0 + 5min);
  }
  for (const auto& [catch_up, runs] :
       {std::pair{agent::CatchUp::none, 0}, {agent::CatchUp::one, 1}, {agent::CatchUp::all, 3}}) {
    auto copy = std::make_shared<journal::MemoryJournal>();
    for (const auto& e : value_or_throw(journal->read({}))) value_or_throw(copy->append(e));
    AgentFixture f(steady, copy);
    f.parts.schedules.at(0).job.catch_up = catch_up;
    f.parts.schedules.at(0).job.overlap = agent::Overlap::queue_all;
    f.clock.set(t0 + 22min);  // 08:55, 09:00 and 09:05 fell due meanwhile
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(t0 + 22min);
    CHECK(static_cast<int>(f.entries(EntryKind::run).size()) == 1 + runs);
  }
}

TEST_CASE("recovery: decision ids are unlike those of the run before") {
  auto journal = std::make_shared<journal::MemoryJournal>();
  for (int start = 0; start < 2; ++start) {
    AgentFixture f(steady, journal);
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(t0 + 5min);  // the same moment both times
  }
  const auto decisions = value_or_throw(journal->read({.kind = EntryKind::decision}));
  REQUIRE(decisions.size() == 2);
  CHECK(decisions[0].decision_id != decisions[1].decision_id);
}
