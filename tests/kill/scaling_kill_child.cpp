// The victim of scaling_kill_test: an agent that scales through a morning, minute by minute, on a
// clock of its own, and stops where it is told to.
//   scaling_kill_child STATE HOOK COUNT
// STATE holds the journal, the models, and the file `fleet`: a line for each act, the last one says
// how many instances there are. HOOK: run, intent, before_act, after_act, outcome (it stops at the
// COUNT-th of these, having written PAUSE) or none. It goes on after the last decision of the
// journal and says DONE at noon.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "hook.hpp"
#include "learningplane/adapters/sqlite/journal.hpp"
#include "learningplane/catalogue/model_store.hpp"
#include "learningplane/net/state_lock.hpp"
#include "support/scaling_day.hpp"

using namespace support;
using namespace kill_support;
using journal::EntryKind;

namespace {

/// Instances that are there from one look to the next, as a file says.
class FileFleet final : public actuator::Actuator {
 public:
  FileFleet(std::string path, Hook& hook) : path_(std::move(path)), hook_(hook) {}
  actuator::Delivery delivery() const override { return actuator::Delivery::at_least_once; }
  std::string describe() const override { return "file"; }
  Result<actuator::Instances> current_instances(const std::string&) override {
    std::int64_t n = 1;
    std::ifstream in(path_);
    for (std::string id; in >> id >> n;) {
    }
    return actuator::Instances{n, n};
  }

 protected:
  actuator::Outcome do_act(const actuator::Command& c) override {
    hook_.pass("before_act");
    const std::string line =
        c.id + " " + std::to_string(std::get<decision::Scale>(c.action).replicas) + "\n";
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const bool fine =
        file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    if (!fine) std::_Exit(4);
    hook_.pass("after_act");
    return {actuator::OutcomeStatus::done, "scaled", Value::object(), 1};
  }
  actuator::Outcome do_plan(const actuator::Command&) override { return {}; }

 private:
  std::string path_;
  Hook& hook_;
};

class Watcher final : public agent::Observer {
 public:
  explicit Watcher(Hook& hook) : hook_(hook) {}
  void on_intent(const actuator::Command&) override { hook_.pass("intent"); }
  void on_outcome(const actuator::Command&, const actuator::Outcome&) override {
    hook_.pass("outcome");
  }

 private:
  Hook& hook_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string state = argv[1];
  Hook hook{argv[2], std::atoi(argv[3])};
  Watcher watcher(hook);
  Registries registries;
  register_core(registries);
  const WorkloadTrace trace = rooms();
  constexpr std::size_t first = start_slot + 6 * 60, last = start_slot + 12 * 60;

  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < trace.size(); ++i) times.push_back(to_ns(trace.time(i)));
  std::vector<double> load(trace.load.begin(), trace.load.end());
  auto telemetry = value_or_throw(
      telemetry::Frame::make(std::move(times), {{"load", {}, "", std::move(load), {}}}));
  std::shared_ptr<journal::Journal> journal =
      adapters::sqlite::open_journal(state + "/journal.sqlite");
  std::size_t slot = first;
  const auto newest = value_or_throw(journal->read({.kind = EntryKind::decision, .limit = 1}));
  if (!newest.empty())
    slot = static_cast<std::size_t>((newest[0].at - trace.time(0)) / std::chrono::minutes(1)) + 1;

  ScalingFixture f(std::move(telemetry), trace.time(slot) - 30s, journal);
  const Value options = with_bounds(
      Value::object().set("throughput", 3.0).set("cooldown_down", "10m").set("calm", "5m"));
  set_up(f, [&] { return build(registries, "hybrid", options); });
  f.parts.scaling.latency.clear();
  f.parts.scaling.ready.clear();
  catalogue::ModelStore store(state + "/models", registries.forecasters);
  f.parts.publish = [&](const std::string& name, const model::Forecaster& m,
                        const model::ModelCard& card) -> Result<std::string> {
    auto version = store.publish(name, m, card);
    if (!version) return tl::unexpected(version.error());
    return std::to_string(version->version);
  };
  f.parts.recall = [&](const std::string& name) -> Result<std::shared_ptr<model::Forecaster>> {
    auto loaded = store.load(name);
    if (!loaded) return tl::unexpected(loaded.error());
    return std::shared_ptr<model::Forecaster>(std::move(loaded->model));
  };
  f.parts.actuators["cluster"] = std::make_unique<FileFleet>(state + "/fleet", hook);
  f.parts.observer = &watcher;
  f.parts.resend_within = std::chrono::hours(24 * 365);
  auto agent = f.make();
  if (!agent.start()) return 1;
  for (; slot < last; ++slot) {
    f.executor.run_until(trace.time(slot) + 10s);
    say("SLOT");
    hook.pass("run");
  }
  agent.stop();
  say("DONE");
  return 0;
}
