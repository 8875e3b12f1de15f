// The victim of kill_test: an agent that acts in every cycle, tells what was acknowledged, and
// stops where it is told to.
//   kill_child STATE DELIVERY HOOK COUNT RUN
// STATE holds the journal and the file `acts`, one line an act. HOOK: intent, before_act,
// after_act, outcome (it stops at the COUNT-th of these, having written PAUSE) or none (COUNT
// cycles, then it ends). RUN shifts the clock.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "hook.hpp"
#include "learningplane/adapters/sqlite/journal.hpp"
#include "learningplane/net/state_lock.hpp"
#include "support/agent_fixture.hpp"

using namespace support;
using namespace kill_support;

namespace {

class Counting final : public actuator::Actuator {
 public:
  Counting(const std::string& path, actuator::Delivery delivery, Hook& hook)
      : delivery_(delivery), hook_(hook) {
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0) std::_Exit(4);
  }
  ~Counting() override { ::close(file_); }
  actuator::Delivery delivery() const override { return delivery_; }
  std::string describe() const override { return "counting"; }

 protected:
  actuator::Outcome do_act(const actuator::Command& c) override {
    hook_.pass("before_act");
    const std::string line = c.id + "\n";
    if (::write(file_, line.data(), line.size()) < 0 || ::fsync(file_) != 0)
      return {actuator::OutcomeStatus::unknown, "the counter could not be written"};
    hook_.pass("after_act");
    return {actuator::OutcomeStatus::done, "counted"};
  }
  actuator::Outcome do_plan(const actuator::Command&) override { return {}; }

 private:
  actuator::Delivery delivery_;
  Hook& hook_;
  int file_ = -1;
};

class Watcher final : public agent::Observer {
 public:
  explicit Watcher(Hook& hook) : hook_(hook) {}
  void on_intent(const actuator::Command&) override { hook_.pass("intent"); }
  void on_outcome(const actuator::Command& c, const actuator::Outcome& o) override {
    hook_.pass("outcome");
    if (o.in_effect()) say("ACK " + c.id);
  }

 private:
  Hook& hook_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const std::string state = argv[1];
  const auto delivery = std::string(argv[2]) == "at_most_once" ? actuator::Delivery::at_most_once
                                                               : actuator::Delivery::at_least_once;
  Hook hook{argv[3], std::atoi(argv[4])};
  const int cycles = hook.at == "none" ? std::atoi(argv[4]) : 1000;
  Watcher watcher(hook);

  // The better site changes every 5 minutes, so that every cycle acts.
  AgentFixture f([](const std::string& site, TimePoint t) -> std::optional<double> {
    const bool even = (to_ns(t) / 300'000'000'000) % 2 == 0;
    return (site == "a") == even ? 0.8 : 0.4;
  });
  net::StateLock lock(state);
  f.parts.journal = adapters::sqlite::open_journal(state + "/journal.sqlite");
  f.parts.actuators["cluster"] = std::make_unique<Counting>(state + "/acts", delivery, hook);
  f.parts.observer = &watcher;
  f.parts.resend_within = std::chrono::hours(24 * 365);
  f.parts.retention = Duration(0);
  f.clock.advance(std::chrono::hours(100) * std::atoi(argv[5]));
  auto agent = f.make();
  if (!agent.start()) return 1;
  say("STARTED");
  for (int i = 0; i < cycles; ++i) f.executor.run_until(f.clock.now() + std::chrono::minutes(5));
  agent.stop();
  return 0;
}
