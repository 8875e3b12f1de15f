#include "agent_host.hpp"

#include <chrono>

#include "cli/site_store.hpp"
#include "learningplane/adapters/sqlite/journal.hpp"
#include "learningplane/agent/worker.hpp"
#include "learningplane/journal/memory.hpp"
#include "learningplane/net/asio_executor.hpp"
#include "learningplane/net/state_lock.hpp"
#include "learningplane/telemetry/csv_sensor.hpp"
#include "learningplane/telemetry/frame_sensor.hpp"

namespace learningplane::python {

/// Runs once, when told: the clock shows the time it was told.
struct AgentHost::Live {
  ManualClock clock{};
  ManualExecutor executor{clock};
  std::unique_ptr<agent::Agent> agent{};
};

AgentHost::AgentHost(Registries registries, Load load, std::unique_ptr<Logger> logger)
    : registries_(std::move(registries)),
      load_(std::move(load)),
      logger_(std::move(logger)),
      journal_(std::make_shared<journal::MemoryJournal>()) {
  load_(registries_, SystemClock{}, agent::Purpose::replay, secrets_);  // mistakes are told at once
}

AgentHost::~AgentHost() = default;

void AgentHost::keep_in(const std::string& folder) {
  const SystemClock clock;
  const std::string where = folder.empty() ? load(clock, agent::Purpose::replay).state : folder;
  lock_ = std::make_unique<net::StateLock>(where);
  state_ = where;
  journal_ = adapters::sqlite::open_journal(where + "/journal.sqlite");
}

agent::AgentFile AgentHost::load(const Clock& clock, agent::Purpose purpose) {
  return load_(registries_, clock, purpose, secrets_);
}

std::string AgentHost::name() {
  const SystemClock clock;
  return load(clock, agent::Purpose::replay).parts.name;
}

void AgentHost::complete(agent::AgentFile& file, Executor& executor) {
  file.parts.journal = journal_;
  file.parts.executor = &executor;
  file.parts.logger = logger_.get();
  file.parts.act = act_;
  if (!state_.empty()) cli::keep_models(file.parts, state_, registries_);
}

telemetry::Frame AgentHost::read(const std::string& csv) {
  const SystemClock clock;
  const agent::AgentFile file = load(clock, agent::Purpose::replay);
  Value options = file.csv;
  options.set("path", csv);
  const Value checked = registries_.sensors.manifest("csv").check(options, file.sensor);
  return value_or_throw(telemetry::read_csv(telemetry::CsvSensor::options(checked, "")));
}

void AgentHost::run_once(TimePoint t) {
  if (!live_) {
    auto live = std::make_unique<Live>();
    live->clock.set(t);
    agent::AgentFile file = load(live->clock, agent::Purpose::live);
    complete(file, live->executor);
    live->agent = std::make_unique<agent::Agent>(std::move(file.parts));
    live_ = std::move(live);
  }
  live_->clock.set(t);
  value_or_throw(live_->agent->run_once());
}

void AgentHost::replay(telemetry::Frame data, const GoOn& go_on) {
  if (data.empty()) throw Error(Failure{Errc::not_enough_data, "there are no data to replay", {}});
  const TimePoint end = data.time(data.rows() - 1);
  ManualClock clock(data.time(0));
  ManualExecutor executor(clock);
  agent::AgentFile file = load(clock, agent::Purpose::replay);
  complete(file, executor);
  file.parts.retention = Duration::zero();  // the replayed past would be dropped at once
  file.parts.sensors[file.sensor] =
      std::make_unique<telemetry::FrameSensor>(std::move(data), file.sensor);
  agent::Agent agent(std::move(file.parts));
  value_or_throw(agent.start());
  while (executor.next_due() <= end && go_on()) executor.run_until(executor.next_due());
  agent.stop();
}

void AgentHost::run(const GoOn& go_on) {
  net::AsioExecutor executor;
  agent::AgentFile file = load(executor.clock(), agent::Purpose::live);
  complete(file, executor);
  std::unique_ptr<agent::WorkerThread> worker;
  file.parts.worker = [&worker](std::function<void()> work) { worker->post(std::move(work)); };
  agent::Agent agent(std::move(file.parts));
  worker = std::make_unique<agent::WorkerThread>();  // joined before the agent goes
  value_or_throw(agent.start());
  std::function<void()> look = [&] {
    if (go_on()) {
      executor.at(executor.clock().now() + std::chrono::milliseconds(200), look);
      return;
    }
    agent.stop();
    executor.stop();
  };
  executor.post(look);
  executor.run();
  worker.reset();
}

}  // namespace learningplane::python
