#include "learningplane/stress/stress_run.hpp"

#include <doctest/doctest.h>

#include <set>

#include "learningplane/error.hpp"
#include "support/stress.hpp"

using namespace learningplane;
using namespace learningplane::stress;
using namespace std::chrono_literals;

namespace {

/// Programs that do exactly as asked: their processor time is their load times the time that the
/// clock says has passed.
class ObedientLauncher final : public Launcher {
 public:
  explicit ObedientLauncher(const Clock& clock) : clock_(clock) {}
  Result<Id> start(const std::vector<std::string>& command, const std::string& group) override {
    if (refuse) return fail(Errc::unavailable, "no more processes");
    Program p{.group = group, .began = clock_.now()};
    for (std::size_t i = 0; i + 1 < command.size(); ++i) {
      if (command[i] == "--cpu") p.cores += std::stod(command[i + 1]);
      if (command[i] == "--cpu-load") p.cores *= std::stod(command[i + 1]) / 100;
      if (command[i] == "--vm-bytes") p.bytes = 1024 * std::stod(command[i + 1]) + 4.5e6;
    }
    programs_[++last_] = p;
    ++started;
    return last_;
  }
  std::map<Id, ProcessUsage> usage() override {
    std::map<Id, ProcessUsage> out;
    for (const auto& [id, p] : programs_)
      out[id] = {p.cores * static_cast<double>((clock_.now() - p.began).count()) * 1e-9, p.bytes,
                 dead.count(id) == 0};
    return out;
  }
  ProcessUsage stop(Id id) override {
    const ProcessUsage out = usage()[id];
    programs_.erase(id);
    return out;
  }
  std::size_t alive() const { return programs_.size(); }
  bool refuse = false;
  std::size_t started = 0;
  std::set<Id> dead{};

 private:
  struct Program {
    std::string group{};
    TimePoint began{};
    double cores = 0, bytes = 0;
  };
  const Clock& clock_;
  std::map<Id, Program> programs_{};
  Id last_ = 0;
};

struct World {
  ManualClock clock{from_seconds(1.7e9)};
  ManualExecutor executor{clock};
  ObedientLauncher launcher{clock};
  StressSchedule schedule = support::two_jobs();
  StressRunOptions options{.room = {2, 1e9}};
  bool done = false;
  TimePoint at(double s) const { return from_seconds(1.7e9 + s); }
};

}  // namespace

TEST_CASE("stress run: programs follow the steps, and nothing is left at the end") {
  World w;
  StressRun run(w.schedule, w.executor, w.launcher, w.options);
  run.start([&] { w.done = true; });
  w.executor.run_until(w.at(0.5));
  CHECK(w.launcher.alive() == 1);
  w.executor.run_until(w.at(7));
  CHECK(w.launcher.alive() == 2);
  w.executor.run_until(w.at(22));
  CHECK(w.launcher.alive() == 1);
  CHECK_FALSE(w.done);
  w.executor.run_until(w.at(25));
  CHECK(w.done);
  CHECK(w.launcher.alive() == 0);
  CHECK(run.report().steps == 3);
  CHECK(run.report().processes == 3);
  CHECK(run.report().early == 0);
  CHECK(run.report().late_max_s == doctest::Approx(0));
}

TEST_CASE("stress run: measurement equals the plan where programs obey") {
  World w;
  w.options.sample = 2s;
  StressRun run(w.schedule, w.executor, w.launcher, w.options);
  run.start([&] { w.done = true; });
  w.executor.run_until(w.at(30));
  // Job 1 in 10 readings; job 2, which begins amid one, in 11, and its last ends after it did.
  const auto frame = value_or_throw(run.recording());
  const Labels first{{"job", "job-0001"}}, second{{"job", "job-0002"}};
  REQUIRE(frame.rows() == 13);
  const auto cell = [&](const char* name, const Labels& job, std::size_t row) {
    return value_or_throw(frame.require(name, job))->values[row];
  };
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(cell("active", first, i) == doctest::Approx(1));
    CHECK(cell("cpu_cores", first, i) == doctest::Approx(i < 5 ? 0.5 : 1));
    CHECK(cell("plan_cpu_cores", first, i) == doctest::Approx(i < 5 ? 0.5 : 1));
    CHECK(cell("memory_bytes", first, i) == doctest::Approx(i < 5 ? 2e7 : 4e7).epsilon(1e-4));
    CHECK(cell("phase", first, i) == (i < 5 ? 0 : 1));
  }
  CHECK_FALSE(value_or_throw(frame.require("active", first))->known(10));
  CHECK_FALSE(value_or_throw(frame.require("active", second))->known(1));
  CHECK(cell("active", second, 2) == doctest::Approx(0.5));
  CHECK(cell("cpu_cores", second, 2) == doctest::Approx(0.125));
  CHECK(cell("plan_cpu_cores", second, 2) == doctest::Approx(0.125));
  CHECK(cell("cpu_cores", second, 7) == doctest::Approx(0.25));
  CHECK(cell("active", second, 12) == doctest::Approx(0.5));
  CHECK(cell("cpu_cores", second, 12) == doctest::Approx(0.125));
}

TEST_CASE("stress run: stopped amid a step it leaves nothing, and calls nobody") {
  World w;
  {
    StressRun run(w.schedule, w.executor, w.launcher, w.options);
    run.start([&] { w.done = true; });
    w.executor.run_until(w.at(12));
    CHECK(w.launcher.alive() == 2);
    run.stop();
    CHECK(w.launcher.alive() == 0);
    w.executor.run_until(w.at(40));
    CHECK_FALSE(w.done);
    CHECK(w.launcher.started == 3);
  }
  {
    StressRun run(w.schedule, w.executor, w.launcher, w.options);
    run.start([] {});
    w.executor.run_until(w.at(52));
    CHECK(w.launcher.alive() == 2);
  }
  CHECK(w.launcher.alive() == 0);
  w.executor.run_until(w.at(100));
}

TEST_CASE("stress run: load over the room is refused, unless asked for") {
  World w;
  w.options.room = {1, 1e9};
  CHECK_THROWS_WITH_AS(StressRun(w.schedule, w.executor, w.launcher, w.options),
                       doctest::Contains("1.25 cores"), ConfigError);
  w.options.room = {2, 5e7};
  CHECK_THROWS_AS(StressRun(w.schedule, w.executor, w.launcher, w.options), ConfigError);
  w.options.oversubscribe = StressRunOptions::Oversubscribe::allow;
  const StressRun allowed(w.schedule, w.executor, w.launcher, w.options);
  CHECK(w.launcher.started == 0);
  w.options.sample = Duration(0);
  CHECK_THROWS_AS(StressRun(w.schedule, w.executor, w.launcher, w.options), ConfigError);
}

TEST_CASE("stress run: programs that end early or do not start are counted and named") {
  World w;
  StressRun run(w.schedule, w.executor, w.launcher, w.options);
  run.start([] {});
  w.executor.run_until(w.at(2));
  w.launcher.dead.insert(1);
  w.executor.run_until(w.at(7));
  CHECK(run.report().early == 1);
  CHECK(run.report().failures.at(0).find("job-0001") == 0);
  w.launcher.refuse = true;
  w.executor.run_until(w.at(30));
  CHECK(run.report().early == 2);
  CHECK(run.report().failures.at(1).find("no more processes") != std::string::npos);
  CHECK(w.launcher.alive() == 0);
}

TEST_CASE("stress run: a page for Prometheus") {
  World w;
  StressRun run(w.schedule, w.executor, w.launcher, w.options);
  run.start([] {});
  w.executor.run_until(w.at(12));
  const std::string page = run.expose();
  CHECK(page.find("stress_cpu_cores 1.25\n") != std::string::npos);
  CHECK(page.find("stress_plan_cpu_cores 1.25\n") != std::string::npos);
  CHECK(page.find("stress_jobs 2\n") != std::string::npos);
}
