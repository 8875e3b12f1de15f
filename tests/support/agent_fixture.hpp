#pragma once
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "learningplane/actuator/recording.hpp"
#include "learningplane/agent/agent.hpp"
#include "learningplane/decision/placement.hpp"
#include "learningplane/journal/memory.hpp"
#include "learningplane/trigger/interval.hpp"

namespace support {

using namespace learningplane;

/// Answers what the test says: a value for each site at each time, on a 15 s grid.
class ScriptedSensor final : public telemetry::Sensor {
 public:
  using Script = std::function<std::optional<double>(const std::string& site, TimePoint t)>;
  ScriptedSensor(std::vector<std::string> sites, Script script)
      : sites_(std::move(sites)), script_(std::move(script)) {}
  std::string describe() const override { return "scripted"; }
  std::optional<Failure> failure{};  ///< answered instead, where set

 protected:
  Result<telemetry::Frame> do_read(const telemetry::Window& w) override {
    if (failure) return tl::unexpected(*failure);
    constexpr std::int64_t step = 15'000'000'000;
    std::vector<std::int64_t> times;
    for (std::int64_t t = (to_ns(w.begin) + step - 1) / step * step; t < to_ns(w.end); t += step)
      times.push_back(t);
    std::vector<telemetry::Column> columns;
    for (const std::string& site : sites_) {
      std::vector<double> values;
      for (std::int64_t t : times)
        values.push_back(script_(site, from_ns(t)).value_or(std::nan("")));
      columns.push_back({"qos", {{"site", site}}, "", std::move(values), {}});
    }
    return telemetry::Frame::make(std::move(times), std::move(columns));
  }

 private:
  std::vector<std::string> sites_;
  Script script_;
};

/// Says that the future is the last known value; quantile level q lies (q - 0.5) x spread off it.
class LastValue final : public model::Forecaster {
 public:
  explicit LastValue(double spread = 0) : spread_(spread) {}
  std::string_view kind() const override { return "last_value"; }
  Result<model::FitReport> fit(const telemetry::Frame& data) override {
    if (auto taken = take(data); !taken) return tl::unexpected(taken.error());
    return model::FitReport{data.rows()};
  }
  Result<void> update(const telemetry::Frame& data) override { return take(data); }
  bool fitted() const override { return last_.has_value(); }
  model::ModelState save() const override { return {}; }
  Result<void> load(const model::ModelState&) override { return {}; }
  Result<model::Forecast> forecast(std::size_t horizon, std::span<const double> levels) override {
    model::Forecast f;
    f.target = "qos";
    f.model = "last_value";
    f.levels.assign(levels.begin(), levels.end());
    for (std::size_t i = 0; i < horizon; ++i) {
      f.times_ns.push_back(last_ns_ + static_cast<std::int64_t>(i + 1) * 15'000'000'000);
      f.mean.push_back(*last_);
      for (double q : levels) f.quantiles.push_back(*last_ + (q - 0.5) * spread_);
    }
    return f;
  }

 private:
  Result<void> take(const telemetry::Frame& data) {
    auto column = data.require("qos");
    if (!column) return tl::unexpected(column.error());
    for (std::size_t row = data.rows(); row-- > 0;) {
      if ((*column)->known(row)) {
        last_ = (*column)->values[row];
        last_ns_ = to_ns(data.time(row));
        return {};
      }
    }
    return fail(Errc::not_enough_data, "nothing known");
  }
  double spread_;
  std::optional<double> last_{};
  std::int64_t last_ns_ = 0;
};

/// Keeps log lines for looking at.
class LogKeeper final : public Logger {
 public:
  void log(LogLevel level, std::string_view message) override {
    lines.push_back(std::string(to_string(level)) + " " + std::string(message));
  }
  bool has(std::string_view part) const {
    for (const std::string& l : lines) {
      if (l.find(part) != std::string::npos) return true;
    }
    return false;
  }
  std::vector<std::string> lines{};
};

/// An agent on a manual clock with two sites, a and b, and the application "app"; what the test
/// changes in `parts` before make() counts.
struct AgentFixture {
  explicit AgentFixture(ScriptedSensor::Script script,
                        std::shared_ptr<journal::Journal> j = nullptr)
      : clock(from_ns(1'715'762'700'000'000'000)), executor(clock) {
    auto scripted =
        std::make_unique<ScriptedSensor>(std::vector<std::string>{"a", "b"}, std::move(script));
    auto recording = std::make_unique<actuator::RecordingActuator>();
    sensor = scripted.get();
    actuator = recording.get();
    parts.name = "planner";
    parts.applications = {{"app", {}, {}}};
    parts.sites = {{"a", {{"site", "a"}}, "node-a"}, {"b", {{"site", "b"}}, "node-b"}};
    parts.sensors["telemetry"] = std::move(scripted);
    parts.make_model = [] { return std::make_unique<LastValue>(); };
    parts.forecast.target = "qos";
    parts.policy = std::make_unique<decision::Placement>(decision::PlacementOptions{});
    parts.actuators["cluster"] = std::move(recording);
    parts.journal = j ? std::move(j) : std::make_shared<journal::MemoryJournal>();
    parts.executor = &executor;
    parts.logger = &log;
    agent::Schedule watch;
    watch.job.name = "watch_qos";
    watch.job.trigger = std::make_shared<trigger::Interval>(
        trigger::IntervalOptions{.every = std::chrono::minutes(5)});
    parts.schedules = {watch};
  }
  agent::Agent make() {
    journal = parts.journal;
    return agent::Agent(std::move(parts));
  }
  std::vector<journal::Entry> entries(journal::EntryKind kind) const {
    return value_or_throw(journal->read({.kind = kind}));
  }
  std::vector<std::string> rules() const {
    std::vector<std::string> out;
    for (const journal::Entry& e : entries(journal::EntryKind::decision))
      out.push_back(e.body.get("rule", ""));
    return out;
  }
  /// Where commands went, in order.
  std::vector<std::string> moves() const {
    std::vector<std::string> out;
    for (const actuator::Command& c : actuator->commands())
      out.push_back(std::get<decision::Place>(c.action).site);
    return out;
  }

  ManualClock clock;
  ManualExecutor executor;
  LogKeeper log{};
  agent::AgentParts parts{};
  ScriptedSensor* sensor = nullptr;
  actuator::RecordingActuator* actuator = nullptr;
  std::shared_ptr<journal::Journal> journal{};
};

}  // namespace support
