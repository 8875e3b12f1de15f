#include "learningplane/telemetry/trace_player.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::telemetry;
using namespace std::chrono_literals;

namespace {

const TimePoint t0 = from_seconds(1.7e9);

/// Four minutes of two rooms: load 1, 2, unknown, 4.
Frame rooms() {
  std::vector<std::int64_t> times;
  for (int i = 0; i < 4; ++i) times.push_back(to_ns(t0 + i * 1min));
  const std::vector<double> first{1, 2, std::nan(""), 4};
  const std::vector<double> second{10, 20, 30, 40};
  return value_or_throw(
      Frame::make(std::move(times), {{"rooms busy", {{"ward", "a"}}, "", first, {}},
                                     {"rooms busy", {{"ward", "b"}}, "", second, {}}}));
}

const TimePoint now = from_seconds(2e9);

}  // namespace

TEST_CASE("trace player: each row holds for its share of the time, at the chosen speed") {
  TracePlayer p(rooms(), {.speed = 60});
  CHECK_FALSE(p.row(now));
  p.start(now);
  CHECK(p.length() == 4s);
  CHECK_FALSE(p.row(now - 1ns));
  CHECK(*p.row(now) == 0);
  CHECK(*p.row(now + 1s - 1ns) == 0);
  CHECK(*p.row(now + 1s) == 1);
  CHECK(*p.row(now + 4s - 1ns) == 3);
  CHECK(*p.position(now + 1500ms) == t0 + 90s);
  CHECK_FALSE(p.row(now + 4s));
  CHECK(p.finished(now + 4s));
  CHECK_FALSE(p.finished(now + 4s - 1ns));
}

TEST_CASE("trace player: a page for Prometheus, without what is not known") {
  TracePlayer p(rooms(), {.speed = 60, .prefix = "nct_", .labels = {{"source", "play"}}});
  p.start(now);
  CHECK(p.expose(now) ==
        "# TYPE nct_rooms_busy gauge\n"
        "nct_rooms_busy{source=\"play\",ward=\"a\"} 1\n"
        "nct_rooms_busy{source=\"play\",ward=\"b\"} 10\n"
        "# TYPE learningplane_play_position_seconds gauge\n"
        "learningplane_play_position_seconds 1700000000.000\n"
        "# TYPE learningplane_play_finished gauge\n"
        "learningplane_play_finished 0\n");
  const std::string third = p.expose(now + 2s);
  CHECK(third.find("ward=\"a\"") == std::string::npos);
  CHECK(third.find("ward=\"b\"} 30\n") != std::string::npos);
  const std::string over = p.expose(now + 5s);
  CHECK(over.find("nct_rooms_busy") == std::string::npos);
  CHECK(over.find("learningplane_play_finished 1\n") != std::string::npos);
}

TEST_CASE("trace player: rows come at their moments, every time the same, and none is lost") {
  const auto run = [](Duration stride) {
    ManualClock clock(now);
    ManualExecutor executor(clock);
    TracePlayer p(rooms(), {.speed = 30});
    std::string seen;
    p.play(
        executor,
        [&](const Frame& f, std::size_t row) {
          seen += std::to_string(static_cast<int>(f.column(1).values[row])) + "@" +
                  std::to_string((clock.now() - now) / 1s) + " ";
        },
        [&] { seen += "done@" + std::to_string((clock.now() - now) / 1s); });
    for (Duration d{0}; d <= 10s; d += stride) executor.run_until(now + d);
    CHECK(executor.waiting() == 0);
    return seen;
  };
  CHECK(run(1s) == "10@0 20@2 30@4 40@6 done@8");
  CHECK(run(10s) == run(1s));
}

TEST_CASE("trace player: a part of it, again and again") {
  ManualClock clock(now);
  ManualExecutor executor(clock);
  TracePlayer p(rooms(), {.speed = 60, .from = t0 + 1min, .to = t0 + 3min, .loop = true});
  std::vector<double> seen;
  p.play(executor,
         [&](const Frame& f, std::size_t row) { seen.push_back(f.column(1).values[row]); });
  executor.run_until(now + 4s);
  CHECK(seen == std::vector<double>{20, 30, 20, 30, 20});
  CHECK(*p.row(now + 5s) == 1);
  CHECK_FALSE(p.finished(now + 100s));
}

TEST_CASE("trace player: nothing comes after it is gone") {
  ManualClock clock(now);
  ManualExecutor executor(clock);
  int rows = 0;
  {
    TracePlayer p(rooms(), {.speed = 60});
    p.play(executor, [&](const Frame&, std::size_t) { ++rows; });
    executor.run_until(now + 1s);
  }
  executor.run_until(now + 10s);
  CHECK(rows == 2);
}

TEST_CASE("trace player: what cannot be played is refused") {
  CHECK_THROWS_AS(TracePlayer(rooms(), {.speed = 0}), ConfigError);
  CHECK_THROWS_AS(TracePlayer(rooms(), {.speed = -1}), ConfigError);
  CHECK_THROWS_AS(TracePlayer(rooms(), {.speed = std::nan("")}), ConfigError);
  CHECK_THROWS_AS(TracePlayer(rooms(), {.from = t0 + 1h}), ConfigError);
  CHECK_THROWS_AS(TracePlayer(rooms(), {.to = t0}), ConfigError);
  CHECK_THROWS_AS(TracePlayer(Frame(), {}), ConfigError);
  // The added label hides what told the two columns apart.
  CHECK_THROWS_AS(TracePlayer(rooms(), {.labels = {{"ward", "c"}}}), ConfigError);
}
