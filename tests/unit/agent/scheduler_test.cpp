#include "learningplane/agent/scheduler.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "learningplane/trigger/cron.hpp"
#include "learningplane/trigger/date.hpp"
#include "learningplane/trigger/interval.hpp"

namespace lp = learningplane;
using namespace lp::agent;
using namespace std::chrono_literals;
using Kind = SchedulerEvent::Kind;

namespace {

lp::TimePoint at(const char* text) { return lp::parse_iso8601(text).value(); }

std::shared_ptr<lp::trigger::Trigger> every(lp::Duration d,
                                            std::optional<lp::TimePoint> start = {}) {
  return std::make_shared<lp::trigger::Interval>(
      lp::trigger::IntervalOptions{.every = d, .start = start});
}

/// A scheduler on a manual clock, with everything written down.
struct Bench {
  lp::ManualClock clock{at("2024-04-12T10:00:00Z")};
  lp::ManualExecutor executor{clock};
  std::vector<std::string> log;
  std::vector<Kind> kinds;
  std::vector<JobRun> runs;
  std::vector<Done> open;
  std::unique_ptr<Scheduler> scheduler =
      std::make_unique<Scheduler>(executor, [this](const SchedulerEvent& e) {
        log.push_back(to_log_line(e));
        kinds.push_back(e.kind);
        counted[e.kind] += e.count;
      });
  std::map<Kind, std::size_t> counted;

  /// Work that ends at once.
  Work quick() {
    return [this](const JobRun& run, const Done& done) {
      runs.push_back(run);
      done({});
    };
  }
  /// Work that goes on until the test calls what is in `open`.
  Work slow() {
    return [this](const JobRun& run, Done done) {
      runs.push_back(run);
      open.push_back(std::move(done));
    };
  }
  void finish_one() {
    REQUIRE_FALSE(open.empty());
    Done done = open.front();
    open.erase(open.begin());
    done({});
    executor.run_ready();
  }
  std::size_t count(Kind kind) const {
    return static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), kind));
  }
  JobStatus status() const { return scheduler->jobs().at(0); }
};

}  // namespace

TEST_CASE("scheduler: writes the lines of the reference log") {
  Bench b;
  b.scheduler->add({.name = "watch_qos", .trigger = every(5min, at("2024-04-12T10:44:31.706882Z"))},
                   b.quick());
  b.executor.run_until(at("2024-04-12T10:44:32Z"));
  REQUIRE(b.log.size() == 3);
  CHECK(b.log[0] == "watch_qos has been added. first run will start at 2024-04-12 10:44:31 UTC");
  CHECK(b.log[1] ==
        "Running job \"watch_qos (trigger: interval[0:05:00], next run at: 2024-04-12 10:49:31 "
        "UTC)\" "
        "(scheduled at 2024-04-12 10:44:31.706882+00:00)");
  CHECK(b.log[2] ==
        "Job \"watch_qos (trigger: interval[0:05:00], next run at: 2024-04-12 10:49:31 UTC)\" "
        "executed "
        "successfully");
}

TEST_CASE("scheduler: runs at each time of the trigger and no other") {
  Bench b;
  b.scheduler->add({.name = "a", .trigger = every(5min)}, b.quick());
  b.executor.run_until(at("2024-04-12T11:00:00Z"));
  REQUIRE(b.runs.size() == 12);
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK(b.runs[i].scheduled == at("2024-04-12T10:05:00Z") + i * 5min);
    CHECK(b.runs[i].started == b.runs[i].scheduled);
    CHECK(b.runs[i].cause == Cause::trigger);
  }
  CHECK(b.status().next == at("2024-04-12T11:05:00Z"));
  CHECK(b.status().last == at("2024-04-12T11:00:00Z"));
  CHECK(b.count(Kind::finished) == 12);
}

TEST_CASE("scheduler: a job that fails is reported and goes on") {
  Bench b;
  b.scheduler->add({.name = "told", .trigger = every(1h)}, [](const JobRun&, const Done& done) {
    done(lp::fail(lp::Errc::timeout, "no answer"));
  });
  b.scheduler->add({.name = "thrown", .trigger = every(1h)},
                   [](const JobRun&, const Done&) { throw std::runtime_error("broken"); });
  b.executor.run_until(at("2024-04-12T12:00:00Z"));
  CHECK(b.count(Kind::failed) == 4);
  CHECK(std::any_of(b.log.begin(), b.log.end(),
                    [](auto& l) { return l.find("failed: no answer (timeout)") != l.npos; }));
  CHECK(std::any_of(b.log.begin(), b.log.end(),
                    [](auto& l) { return l.find("failed: broken (internal)") != l.npos; }));
}

TEST_CASE("scheduler: overlap skip drops the times that fall due while the job runs") {
  Bench b;
  b.scheduler->add({.name = "a", .trigger = every(1min)}, b.slow());
  b.executor.run_until(at("2024-04-12T10:03:30Z"));
  CHECK(b.runs.size() == 1);
  CHECK(b.count(Kind::skipped) == 2);
  b.finish_one();
  CHECK(b.runs.size() == 1);
  b.executor.run_until(at("2024-04-12T10:04:00Z"));
  CHECK(b.runs.size() == 2);
}

TEST_CASE("scheduler: overlap queue_one keeps the newest, queue_all keeps all") {
  Bench one;
  one.scheduler->add({.name = "a", .trigger = every(1min), .overlap = Overlap::queue_one},
                     one.slow());
  one.executor.run_until(at("2024-04-12T10:04:30Z"));
  CHECK(one.status().queued == 1);
  one.finish_one();
  REQUIRE(one.runs.size() == 2);
  CHECK(one.runs[1].scheduled == at("2024-04-12T10:04:00Z"));
  CHECK(one.runs[1].started == at("2024-04-12T10:04:30Z"));

  Bench all;
  all.scheduler->add({.name = "a", .trigger = every(1min), .overlap = Overlap::queue_all},
                     all.slow());
  all.executor.run_until(at("2024-04-12T10:04:30Z"));
  CHECK(all.status().queued == 3);
  for (int i = 0; i < 4; ++i) all.finish_one();
  REQUIRE(all.runs.size() == 4);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(all.runs[i].scheduled == at("2024-04-12T10:01:00Z") + i * 1min);
}

TEST_CASE("scheduler: a time noticed after the grace is missed, within it it runs late") {
  Bench b;
  b.scheduler->add({.name = "a", .trigger = every(1h), .misfire_grace = 2min}, b.quick());
  b.clock.set(at("2024-04-12T11:01:30Z"));
  b.executor.run_ready();
  REQUIRE(b.runs.size() == 1);
  CHECK(b.runs[0].scheduled == at("2024-04-12T11:00:00Z"));
  CHECK(b.runs[0].started == at("2024-04-12T11:01:30Z"));
  b.clock.set(at("2024-04-12T12:02:01Z"));
  b.executor.run_ready();
  CHECK(b.runs.size() == 1);
  CHECK(b.log.back() ==
        "Run time of job \"a (trigger: interval[1:00:00], next run at: 2024-04-12 13:00:00 UTC)\" "
        "was missed by "
        "0:02:01");
}

TEST_CASE(
    "scheduler: the clock put forward an hour: what lies behind is missed once, and the job goes "
    "on") {
  Bench b;
  b.scheduler->add({.name = "a", .trigger = every(5min), .misfire_grace = 1min}, b.quick());
  b.clock.set(at("2024-04-12T11:00:30Z"));
  b.executor.run_ready();
  REQUIRE(b.runs.size() == 1);
  CHECK(b.runs[0].scheduled == at("2024-04-12T11:00:00Z"));
  CHECK(b.count(Kind::missed) == 1);
  CHECK(b.counted[Kind::missed] == 11);
  CHECK(b.status().next == at("2024-04-12T11:05:00Z"));
}

TEST_CASE(
    "scheduler: the clock set back an hour: frequent jobs go on, a daily one does not run twice") {
  Bench b;
  b.scheduler->add({.name = "often", .trigger = every(5min)}, b.quick());
  b.scheduler->add({.name = "daily",
                    .trigger = std::make_shared<lp::trigger::Cron>(
                        lp::trigger::CronOptions{.expression = "30 10 * * *"})},
                   b.quick());
  b.executor.run_until(at("2024-04-12T11:00:00Z"));
  CHECK(b.runs.size() == 13);
  b.clock.set(at("2024-04-12T10:02:00Z"));
  b.executor.run_ready();
  CHECK(b.count(Kind::clock_set_back) == 1);
  b.executor.run_until(at("2024-04-12T11:00:00Z"));
  CHECK(b.runs.size() == 13 + 12);
  CHECK(std::count_if(b.runs.begin(), b.runs.end(), [](auto& r) { return r.job == "daily"; }) == 1);
  b.executor.run_until(at("2024-04-13T11:00:00Z"));
  CHECK(std::count_if(b.runs.begin(), b.runs.end(), [](auto& r) { return r.job == "daily"; }) == 2);
}

TEST_CASE("scheduler: a clock that steps back a little runs nothing twice") {
  Bench b;
  b.scheduler->add({.name = "a", .trigger = every(5min)}, b.quick());
  b.executor.run_until(at("2024-04-12T10:05:00Z"));
  b.clock.set(at("2024-04-12T10:04:59.9Z"));
  b.executor.run_until(at("2024-04-12T10:09:00Z"));
  CHECK(b.runs.size() == 1);
  CHECK(b.status().next == at("2024-04-12T10:10:00Z"));
}

TEST_CASE("scheduler: catch-up after a restart runs none, the newest or all missed times") {
  const auto last = at("2024-04-12T09:00:00Z");
  for (const auto& [mode, expected] : std::vector<std::pair<CatchUp, std::size_t>>{
           {CatchUp::none, 0}, {CatchUp::one, 1}, {CatchUp::all, 12}}) {
    Bench b;
    b.scheduler->add({.name = "a", .trigger = every(5min), .catch_up = mode, .last_run = last},
                     b.quick());
    b.executor.run_ready();
    REQUIRE(b.runs.size() == expected);
    if (expected > 0) {
      CHECK(b.runs.back().scheduled == at("2024-04-12T10:00:00Z"));
      CHECK(b.runs.back().cause == Cause::catch_up);
    }
    if (mode == CatchUp::one) CHECK(b.counted[Kind::missed] == 11);
    if (mode == CatchUp::all) CHECK(b.runs.front().scheduled == at("2024-04-12T09:05:00Z"));
    b.executor.run_until(at("2024-04-12T10:05:00Z"));
    CHECK(b.runs.size() == expected + 1);
  }
}

TEST_CASE("scheduler: catch-up of a long sleep is bounded") {
  Bench b;
  b.scheduler->add(
      {.name = "a", .trigger = every(1s), .catch_up = CatchUp::all, .last_run = at("2020-01-01")},
      b.quick());
  b.executor.run_ready();
  REQUIRE(b.runs.size() == 1000);
  CHECK(b.runs.front().scheduled == at("2024-04-12T10:00:00Z") - 999s);
  CHECK(b.runs.back().scheduled == at("2024-04-12T10:00:00Z"));
}

TEST_CASE("scheduler: first run at once, then on the trigger") {
  Bench b;
  b.clock.set(at("2024-04-12T10:01:00Z"));
  b.scheduler->add({.name = "a", .trigger = every(5min), .first_run = FirstRun::at_once},
                   b.quick());
  CHECK(b.runs.empty());
  b.executor.run_ready();
  REQUIRE(b.runs.size() == 1);
  CHECK(b.runs[0].scheduled == at("2024-04-12T10:01:00Z"));
  b.executor.run_until(at("2024-04-12T10:05:00Z"));
  CHECK(b.runs.size() == 2);
}

TEST_CASE("scheduler: start and end bound a job") {
  Bench b;
  b.scheduler->add({.name = "a",
                    .trigger = every(5min),
                    .start = at("2024-04-12T10:12:00Z"),
                    .end = at("2024-04-12T10:25:00Z")},
                   b.quick());
  b.executor.run_until(at("2024-04-12T12:00:00Z"));
  REQUIRE(b.runs.size() == 3);
  CHECK(b.runs[0].scheduled == at("2024-04-12T10:15:00Z"));
  CHECK(b.runs[2].scheduled == at("2024-04-12T10:25:00Z"));
  CHECK(b.count(Kind::ended) == 1);
  CHECK_FALSE(b.status().next);
}

TEST_CASE("scheduler: pause, resume, run now, remove") {
  Bench b;
  b.scheduler->add({.name = "a", .trigger = every(5min)}, b.slow());
  CHECK(b.scheduler->pause("a"));
  b.executor.run_until(at("2024-04-12T10:12:00Z"));
  CHECK(b.runs.empty());
  CHECK(b.status().paused);
  CHECK(b.scheduler->run_now("a"));
  b.executor.run_ready();
  REQUIRE(b.runs.size() == 1);
  CHECK(b.runs[0].cause == Cause::manual);
  CHECK(b.scheduler->run_now("a").error().code == lp::Errc::conflict);
  b.finish_one();
  CHECK(b.scheduler->resume("a"));
  CHECK(b.status().next == at("2024-04-12T10:15:00Z"));
  b.executor.run_until(at("2024-04-12T10:15:00Z"));
  CHECK(b.runs.size() == 2);
  CHECK(b.scheduler->running() == 1);
  CHECK(b.scheduler->remove("a"));
  CHECK(b.executor.waiting() == 0);
  b.finish_one();  // late: nobody listens
  CHECK(b.count(Kind::finished) == 1);
  CHECK(b.scheduler->remove("a").error().code == lp::Errc::not_found);
  CHECK(b.scheduler->pause("a").error().code == lp::Errc::not_found);
}

TEST_CASE("scheduler: done said twice, or after the scheduler is gone, does no harm") {
  Bench b;
  b.scheduler->add({.name = "a", .trigger = every(1min)}, b.slow());
  b.executor.run_until(at("2024-04-12T10:01:00Z"));
  const Done done = b.open.at(0);
  done({});
  done({});
  b.executor.run_ready();
  CHECK(b.count(Kind::finished) == 1);
  b.executor.run_until(at("2024-04-12T10:02:00Z"));
  done({});  // of the first run, while the second goes on
  b.executor.run_ready();
  CHECK(b.scheduler->running() == 1);
  b.scheduler.reset();
  b.open.at(1)({});
  b.executor.run_until(at("2024-04-12T11:00:00Z"));
  CHECK(b.runs.size() == 2);
}

TEST_CASE("scheduler: refuses jobs without name, trigger or work, and a name twice") {
  Bench b;
  CHECK_THROWS_AS(b.scheduler->add({.name = "", .trigger = every(1h)}, b.quick()), lp::LogicError);
  CHECK_THROWS_AS(b.scheduler->add({.name = "a"}, b.quick()), lp::LogicError);
  CHECK_THROWS_AS(b.scheduler->add({.name = "a", .trigger = every(1h)}, {}), lp::LogicError);
  b.scheduler->add({.name = "a", .trigger = every(1h)}, b.quick());
  CHECK_THROWS_AS(b.scheduler->add({.name = "a", .trigger = every(1h)}, b.quick()), lp::LogicError);
}

TEST_CASE("scheduler: a hundred jobs, one of them once") {
  Bench b;
  for (int i = 0; i < 100; ++i)
    b.scheduler->add({.name = "job" + std::to_string(i), .trigger = every(1min)}, b.quick());
  b.scheduler->add(
      {.name = "once", .trigger = std::make_shared<lp::trigger::Date>(at("2024-04-12T10:30:00Z"))},
      b.quick());
  b.executor.run_until(at("2024-04-12T11:00:00Z"));
  CHECK(b.runs.size() == 6001);
}
