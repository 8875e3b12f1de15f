#pragma once
#include <map>

#include "learningplane/decision/sizing.hpp"
#include "learningplane/simulation/sizing_replay.hpp"
#include "learningplane/telemetry/function_sensor.hpp"
#include "support/agent_fixture.hpp"

namespace support {

/// An application "shop" that asks for what a trace says, and a meter that shows what it gets: from
/// sample `judged` on never more than the limit in effect when the sample ends, which is when it is
/// first read; memory above the limit is a kill then. A sample's slot ends at its time. Outlives
/// the agents that it is shown to.
class SizedWorld {
 public:
  SizedWorld(simulation::UsageTrace trace, std::size_t judged)
      : step(trace.samples[1].at - trace.samples[0].at), trace_(std::move(trace)), judged_(judged) {
    sizes[trace_.name].current = sizes[trace_.name].requested = trace_.requested;
  }
  /// Just before the last sample that is history.
  TimePoint start() const { return trace_.samples[judged_ - 1].at - std::chrono::seconds(1); }
  TimePoint time(std::size_t sample) const { return trace_.samples[sample].at; }
  actuator::WorkloadSize& shop() { return sizes[trace_.name]; }

  Result<telemetry::Frame> read(const telemetry::Window& w) {
    windows.push_back(w);
    if (sensor_failure) return tl::unexpected(*sensor_failure);
    std::vector<std::int64_t> times;
    Cells cpu, memory;
    for (std::size_t i = 0; i < trace_.samples.size(); ++i) {
      const TimePoint begin = trace_.samples[i].at - step;
      if (begin < w.begin || begin >= w.end) continue;
      const decision::UsageSample shown = show(i);
      times.push_back(to_ns(begin));
      cpu.add(shown.cpu_cores);
      memory.add(shown.memory_bytes);
    }
    return telemetry::Frame::make(
        std::move(times), {{"cpu", {}, "", std::move(cpu.values), std::move(cpu.flags)},
                           {"memory", {}, "", std::move(memory.values), std::move(memory.flags)}});
  }

  Duration step;
  std::map<std::string, actuator::WorkloadSize> sizes{};
  std::vector<telemetry::Window> windows{};  ///< that the sensor was asked for
  std::optional<Failure> sensor_failure{}, size_failure{};
  std::optional<actuator::Outcome> answer{};  ///< instead of resizing
  std::vector<actuator::Command> commands{};

 private:
  struct Cells {
    std::vector<double> values{};
    std::vector<std::uint8_t> flags{};
    void add(double v) {
      values.push_back(v);
      flags.push_back(static_cast<std::uint8_t>(
          std::isfinite(v) ? telemetry::CellFlag::observed : telemetry::CellFlag::not_a_number));
    }
  };
  decision::UsageSample show(std::size_t i) {
    decision::UsageSample s = trace_.samples[i];
    if (i < judged_) return s;
    const auto known = shown_.find(i);
    if (known != shown_.end()) return known->second;
    actuator::WorkloadSize& size = shop();
    if (s.memory_bytes > size.current.memory_bytes)
      size.out_of_memory = {{s.at, size.current.memory_bytes}};
    if (s.cpu_cores > size.current.cpu_cores) s.cpu_cores = size.current.cpu_cores;
    if (s.memory_bytes > size.current.memory_bytes) s.memory_bytes = size.current.memory_bytes;
    return shown_[i] = s;
  }
  simulation::UsageTrace trace_;
  std::size_t judged_;
  std::map<std::size_t, decision::UsageSample> shown_{};
};

/// The in-memory twin of what resizes pods.
class Pods final : public actuator::Actuator {
 public:
  explicit Pods(SizedWorld& world) : world_(world) {}
  actuator::Delivery delivery() const override { return actuator::Delivery::at_least_once; }
  std::string describe() const override { return "pods"; }
  Result<actuator::WorkloadSize> current_size(const std::string& application) override {
    if (world_.size_failure) return tl::unexpected(*world_.size_failure);
    return world_.sizes[application];
  }

 protected:
  actuator::Outcome do_act(const actuator::Command& c) override {
    world_.commands.push_back(c);
    if (world_.answer) return *world_.answer;
    const auto& to = std::get<decision::Resize>(c.action);
    decision::Size& now = world_.sizes[c.application].current;
    if (to.cpu_cores > 0) now.cpu_cores = to.cpu_cores;
    if (to.memory_bytes > 0) now.memory_bytes = to.memory_bytes;
    return {actuator::OutcomeStatus::done, "resized", Value::object(), 1};
  }
  actuator::Outcome do_plan(const actuator::Command&) override {
    return {actuator::OutcomeStatus::planned, "would resize", Value::object(), 0};
  }
  actuator::Outcome do_probe(const actuator::Command& c) override {
    const auto& to = std::get<decision::Resize>(c.action);
    const decision::Size& now = world_.sizes[c.application].current;
    const bool so = (to.cpu_cores == 0 || to.cpu_cores == now.cpu_cores) &&
                    (to.memory_bytes == 0 || to.memory_bytes == now.memory_bytes);
    return {
        so ? actuator::OutcomeStatus::done : actuator::OutcomeStatus::failed, "looked at", {}, 1};
  }

 private:
  SizedWorld& world_;
};

/// An agent that sizes "shop" at each sample of the world's trace.
struct SizingFixture {
  SizingFixture(SizedWorld& world, TimePoint start, std::shared_ptr<journal::Journal> j = nullptr)
      : clock(start), executor(clock) {
    parts.sensors["usage"] = std::make_unique<telemetry::FunctionSensor>(
        "usage", [&world](const telemetry::Window& w) { return world.read(w); });
    parts.name = "sizes";
    parts.applications = {{"shop", {}, {}}};
    parts.sizing.step = world.step;
    parts.actuators["cluster"] = std::make_unique<Pods>(world);
    parts.journal = j ? std::move(j) : std::make_shared<journal::MemoryJournal>();
    parts.executor = &executor;
    parts.logger = &log;
    agent::Schedule each;
    each.job.name = "size";
    each.job.trigger =
        std::make_shared<trigger::Interval>(trigger::IntervalOptions{.every = world.step});
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
  std::shared_ptr<journal::Journal> journal{};
};

}  // namespace support
