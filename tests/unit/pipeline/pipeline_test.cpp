#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <thread>

#include "learningplane/pipeline/runner.hpp"

using namespace learningplane;
using namespace learningplane::pipeline;
using namespace std::chrono_literals;

namespace {
Stage stage(std::string name, std::vector<std::string> after,
            std::function<Result<void>(Context&)> work) {
  return Stage{.name = std::move(name), .after = std::move(after), .work = std::move(work)};
}
Result<void> nothing(Context&) { return {}; }
}  // namespace

TEST_CASE("graph: stages are ordered, and what cannot be is named") {
  const Graph g(
      "p", {stage("c", {"a", "b"}, nothing), stage("b", {"a"}, nothing), stage("a", {}, nothing)});
  CHECK(g.stages()[0].name == "a");
  CHECK(g.stages()[2].name == "c");
  const auto make = [](std::vector<Stage> s) { return Graph("p", std::move(s)); };
  CHECK_THROWS_WITH_AS(
      make({stage("a", {"b"}, nothing), stage("b", {"c"}, nothing), stage("c", {"b"}, nothing)}),
      doctest::Contains("b -> c -> b"), ConfigError);
  CHECK_THROWS_WITH_AS(make({stage("a", {"a"}, nothing)}), doctest::Contains("a -> a"),
                       ConfigError);
  CHECK_THROWS_WITH_AS(make({stage("a", {"x"}, nothing)}), doctest::Contains("a.after: 'x'"),
                       ConfigError);
  CHECK_THROWS_WITH_AS(make({stage("a", {}, nothing), stage("a", {}, nothing)}),
                       doctest::Contains("twice"), ConfigError);
  CHECK_THROWS_AS(make({}), ConfigError);
  CHECK_THROWS_AS(make({stage("a", {}, {})}), ConfigError);
}

TEST_CASE("context: values are typed, and what is missing is named with what is there") {
  Context c;
  c.put("n", 7);
  c.put<std::string>("s", "x");
  CHECK(**c.get<int>("n") == 7);
  CHECK(c.get<double>("n").error().code == Errc::invalid_argument);
  const auto missing = c.get<int>("m");
  CHECK(missing.error().code == Errc::not_found);
  CHECK(missing.error().message.find("n, s") != std::string::npos);
}

TEST_CASE("runner: hands values on, and independent stages run at the same time") {
  std::atomic<int> inside = 0;
  std::atomic<int> together = 0;
  // Each of the two waits until the other is inside too: alone neither would end.
  const auto meet = [&](Context&) -> Result<void> {
    ++inside;
    inside.notify_all();
    for (int n = inside; n < 2; n = inside) inside.wait(n);
    ++together;
    return {};
  };
  const Graph g("p", {stage("start", {},
                            [](Context& c) {
                              c.put("x", 20);
                              return Result<void>{};
                            }),
                      stage("left", {"start"}, meet), stage("right", {"start"}, meet),
                      stage("end", {"left", "right"}, [](Context& c) -> Result<void> {
                        auto x = c.get<int>("x");
                        if (!x) return tl::unexpected(x.error());
                        c.put("y", **x + 1);
                        return {};
                      })});
  Context c;
  const RunReport report = Runner({.threads = 2}).run(g, c);
  CHECK(report.ok());
  CHECK(together == 2);
  CHECK(**c.get<int>("y") == 21);
}

TEST_CASE(
    "runner: what waits for a failed stage is skipped, other branches go on, nothing half-done is "
    "seen") {
  const Graph g(
      "p", {stage("bad", {},
                  [](Context& c) -> Result<void> {
                    c.put("half", 1);
                    return fail(Errc::unavailable, "no");
                  }),
            stage("throws", {}, [](Context&) -> Result<void> { throw std::runtime_error("boom"); }),
            stage("behind", {"bad"}, nothing), stage("far", {"behind"}, nothing),
            stage("other", {}, nothing)});
  Context c;
  const RunReport report = Runner().run(g, c);
  CHECK_FALSE(report.ok());
  CHECK(report.stages[0].status == StageStatus::failed);
  CHECK(report.stages[1].failure->message == "boom");
  CHECK(report.stages[2].status == StageStatus::skipped);
  CHECK(report.stages[3].status == StageStatus::skipped);
  CHECK(report.stages[4].status == StageStatus::done);
  CHECK_FALSE(c.contains("half"));
  CHECK(report.failure().describe() == "p / bad: no (unavailable)");
}

TEST_CASE("runner: a failed attempt is repeated as often as the stage says") {
  int calls = 0;
  Stage s = stage("flaky", {}, [&](Context&) -> Result<void> {
    if (++calls < 3) return fail(Errc::unavailable, "not yet");
    return {};
  });
  s.retries = 2;
  Context c;
  CHECK(Runner().run(Graph("p", {s}), c).ok());
  calls = 0;
  s.retries = 1;
  const RunReport report = Runner().run(Graph("p", {s}), c);
  CHECK(report.stages[0].attempts == 2);
  CHECK(report.stages[0].status == StageStatus::failed);
}

TEST_CASE("runner: a stage that takes too long is abandoned and its late result discarded") {
  std::mutex mutex;
  std::condition_variable changed;
  bool release = false;
  bool stopped = false;
  {
    Runner runner;
    auto c = std::make_unique<Context>();
    c->put("x", 1);
    Stage s = stage("slow", {}, [&](Context& mine) -> Result<void> {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return release; });
      stopped = mine.stop().stop_requested();
      // The caller's context is gone by now; what was in it can still be read.
      if (**mine.get<int>("x") == 1) mine.put("late", true);
      return {};
    });
    s.timeout = 20ms;
    const RunReport report = runner.run(Graph("p", {s}), *c);
    CHECK(report.stages[0].status == StageStatus::timed_out);
    CHECK(report.stages[0].failure->code == Errc::timeout);
    CHECK_FALSE(c->contains("late"));
    CHECK(runner.abandoned() == 1);
    c.reset();
    const std::lock_guard lock(mutex);
    release = true;
    changed.notify_all();
  }
  CHECK(stopped);
}

TEST_CASE("runner: a run that is asked to stop ends, and says so") {
  std::stop_source stop;
  const Graph g("p", {stage("waits", {},
                            [&](Context& c) -> Result<void> {
                              stop.request_stop();
                              std::mutex m;
                              std::unique_lock lock(m);
                              std::condition_variable_any any;
                              any.wait(lock, c.stop(), [] { return false; });
                              return {};
                            }),
                      stage("behind", {"waits"}, nothing)});
  Context c;
  Runner runner;
  const RunReport report = runner.run(g, c, stop.get_token());
  CHECK(report.stages[0].status == StageStatus::cancelled);
  CHECK(report.stages[1].status == StageStatus::skipped);
}
