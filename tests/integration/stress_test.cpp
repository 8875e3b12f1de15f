// A schedule followed by the real stress-ng on this machine, and what is left of it: nothing.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "learningplane/net/asio_executor.hpp"
#include "learningplane/stress/control_groups.hpp"
#include "learningplane/stress/stress_run.hpp"
#include "support/skip.hpp"

using namespace learningplane;
using namespace learningplane::stress;
using namespace std::chrono_literals;

namespace {

/// Processes named stress-ng… whose parent is this one, or that stand in one of its groups.
std::size_t left_over(const std::vector<Launcher::Id>& groups) {
  std::size_t out = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "stat");
    std::string line;
    if (!std::getline(in, line) || line.find("(stress-ng") == std::string::npos) continue;
    const auto rest = line.substr(line.rfind(')') + 2);
    char state = 0;
    long long parent = 0, group = 0;
    std::sscanf(rest.c_str(), "%c %lld %lld", &state, &parent, &group);
    for (const Launcher::Id id : groups) out += group == id ? 1 : 0;
  }
  return out;
}

/// Remembers which groups were started.
class Watched final : public Launcher {
 public:
  explicit Watched(ProcessLauncherOptions options) : inner_(std::move(options)) {}
  Result<Id> start(const std::vector<std::string>& command, const std::string& group) override {
    auto id = inner_.start(command, group);
    if (id) started.push_back(*id);
    return id;
  }
  std::map<Id, ProcessUsage> usage() override { return inner_.usage(); }
  ProcessUsage stop(Id id) override { return inner_.stop(id); }
  std::vector<Id> started{};

 private:
  ProcessLauncher inner_;
};

StressSchedule short_schedule() {
  return {.phases = 2,
          .jobs = {{"job-0001", {{0, 3, 0, 0.4, 6e7}, {3, 3, 1, 0.1, 1.2e8}}},
                   {"job-0002", {{1, 4, 1, 0.2, 3e7}}}}};
}

}  // namespace

TEST_CASE("stress-ng: memory and processor time follow the plan, and no process is left") {
  LEARNINGPLANE_NEED(find_program("stress-ng").has_value(), "the program stress-ng is missing");
  const StressSchedule schedule = short_schedule();
  const ControlGroups groups(schedule, {.memory = false});
  net::AsioExecutor executor;
  Watched launcher({.joins = groups.joins()});
  StressRun run(schedule, executor, launcher, {.room = value_or_throw(machine_room())});
  run.start([&] { executor.stop(); });
  executor.run();
  CHECK(run.report().steps == 3);
  REQUIRE(launcher.started.size() == 3);
  CHECK(left_over(launcher.started) == 0);
  double cpu = 0;
  std::size_t close = 0, whole = 0;
  for (const StressSample& s : run.samples()) {
    cpu += s.cpu_cores;
    if (s.active < 0.95) continue;
    ++whole;
    close += std::abs(s.memory_bytes - s.plan_memory_bytes) < 0.15 * s.plan_memory_bytes ? 1 : 0;
  }
  // How much time it gets is the machine's to say; that it got some, and no more than it was to
  // have, is ours.
  CHECK(cpu > 0.1);
  CHECK(cpu < 2 * (3 * 0.4 + 3 * 0.1 + 4 * 0.2));
  CHECK(whole >= 6);
  CHECK(close >= whole / 2);
}

TEST_CASE("stress-ng: stopped amid a step, no process is left") {
  LEARNINGPLANE_NEED(find_program("stress-ng").has_value(), "the program stress-ng is missing");
  const StressSchedule schedule = short_schedule();
  net::AsioExecutor executor;
  Watched launcher({});
  StressRun run(schedule, executor, launcher, {.room = value_or_throw(machine_room())});
  run.start([] {});
  executor.at(executor.clock().now() + 1500ms, [&] {
    run.stop();
    executor.stop();
  });
  executor.run();
  CHECK(launcher.started.size() == 2);
  CHECK(left_over(launcher.started) == 0);
}
