#pragma once
#include "learningplane/decision/scaling.hpp"
#include "learningplane/model/day_profile.hpp"
#include "learningplane/simulation/operating_rooms.hpp"
#include "learningplane/simulation/simulator.hpp"
#include "learningplane/telemetry/frame_sensor.hpp"
#include "learningplane/telemetry/function_sensor.hpp"
#include "support/agent_fixture.hpp"

namespace support {

/// Hands everything on to a policy and keeps what it was told.
class Overheard final : public decision::ScalingPolicy {
 public:
  explicit Overheard(std::unique_ptr<decision::ScalingPolicy> inner)
      : ScalingPolicy({.minimum = 0, .maximum = 1'000'000}), inner_(std::move(inner)) {}
  std::string_view kind() const override { return inner_->kind(); }
  decision::ScalingNeeds needs() const override { return inner_->needs(); }
  std::vector<decision::ScalingInput> inputs{};
  std::vector<decision::ScalingDecision> decisions{};

 protected:
  void wish(const decision::ScalingInput& in, decision::ScalingDecision& d) override {
    inputs.push_back(in);
    d = inner_->plan(in);
    decisions.push_back(d);
    d.wish = d.replicas;
    d.known = true;
  }
  void forget() override {
    inner_->reset();
    inputs.clear();
    decisions.clear();
  }

 private:
  std::unique_ptr<decision::ScalingPolicy> inner_;
};

/// An actuator whose instances serve as the test says: so many slots after they were asked for.
class Fleet final : public actuator::Actuator {
 public:
  explicit Fleet(const Clock& clock, Duration startup = Duration(0))
      : clock_(clock), startup_(startup) {}
  actuator::Delivery delivery() const override { return actuator::Delivery::at_least_once; }
  std::string describe() const override { return "fleet"; }
  Result<actuator::Instances> current_instances(const std::string& application) override {
    if (failure) return tl::unexpected(*failure);
    auto& f = fleets[application];
    if (clock_.now() >= f.serve_from) f.ready = f.asked;
    return actuator::Instances{f.asked, std::min(f.ready, f.asked)};
  }
  struct One {
    std::int64_t asked = 1, ready = 1;
    TimePoint serve_from{};
  };
  std::map<std::string, One> fleets{};
  std::optional<Failure> failure{};
  std::optional<actuator::Outcome> answer{};  ///< instead of doing it
  int acts = 0;

 protected:
  actuator::Outcome do_act(const actuator::Command& c) override {
    ++acts;
    if (answer) return *answer;
    One& f = fleets[c.application];
    f.asked = std::get<decision::Scale>(c.action).replicas;
    f.serve_from = clock_.now() + startup_;
    return {actuator::OutcomeStatus::done, "scaled", Value::object(), 1};
  }
  actuator::Outcome do_plan(const actuator::Command&) override {
    return {actuator::OutcomeStatus::planned, "would scale", Value::object(), 0};
  }

 private:
  const Clock& clock_;
  Duration startup_;
};

/// An agent that scales "surgery" each minute by what a frame holds.
struct ScalingFixture {
  ScalingFixture(telemetry::Frame telemetry, TimePoint start,
                 std::shared_ptr<journal::Journal> j = nullptr)
      : clock(start), executor(clock) {
    auto sensed = std::make_unique<telemetry::FunctionSensor>(
        "rooms",
        [this,
         data = std::move(telemetry)](const telemetry::Window& w) -> Result<telemetry::Frame> {
          if (failure) return tl::unexpected(*failure);
          return data.between(w.begin, w.end);
        });
    auto cluster = std::make_unique<Fleet>(clock);
    fleet = cluster.get();
    parts.name = "rooms";
    parts.applications = {{"surgery", {}, {}}};
    parts.sensors["rooms"] = std::move(sensed);
    parts.forecast.target = "load";
    parts.forecast.history = std::chrono::minutes(10);
    parts.forecast.max_age = std::chrono::minutes(1);
    parts.actuators["cluster"] = std::move(cluster);
    parts.journal = j ? std::move(j) : std::make_shared<journal::MemoryJournal>();
    parts.executor = &executor;
    parts.logger = &log;
    agent::Schedule each;
    each.job.name = "scale";
    each.job.trigger = std::make_shared<trigger::Interval>(
        trigger::IntervalOptions{.every = std::chrono::minutes(1)});
    parts.schedules = {each};
  }
  agent::Agent make() {
    journal = parts.journal;
    return agent::Agent(std::move(parts));
  }
  std::vector<journal::Entry> entries(journal::EntryKind kind) const {
    return value_or_throw(journal->read({.kind = kind, .limit = 1'000'000}));
  }

  ManualClock clock;
  ManualExecutor executor;
  LogKeeper log{};
  agent::AgentParts parts{};
  Fleet* fleet = nullptr;
  std::optional<Failure> failure{};
  std::shared_ptr<journal::Journal> journal{};
};

}  // namespace support
