#include "learningplane/trigger/interval.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"

namespace lp = learningplane;
using lp::trigger::Interval;
using namespace std::chrono_literals;

namespace {
lp::TimePoint at(const char* text) { return lp::parse_iso8601(text).value(); }
}  // namespace

TEST_CASE("interval: without a start it counts from 1970, so a restart changes nothing") {
  const Interval five({.every = 5min});
  CHECK(five.next(at("2024-04-12T10:44:31.7Z")) == at("2024-04-12T10:45:00Z"));
  CHECK(five.next(at("2024-04-12T10:45:00Z")) == at("2024-04-12T10:50:00Z"));
  CHECK(five.next(at("1969-12-31T23:58:00Z")) == at("1970-01-01T00:00:00Z"));
  CHECK(five.next(at("1969-12-31T23:55:00Z")) == at("1970-01-01T00:00:00Z"));
}

TEST_CASE("interval: a start is the first time and the point to count from") {
  const Interval five({.every = 5min, .start = at("2024-04-12T10:39:31.706882Z")});
  CHECK(five.next(at("2020-01-01")) == at("2024-04-12T10:39:31.706882Z"));
  CHECK(five.next(at("2024-04-12T10:39:31.706882Z")) == at("2024-04-12T10:44:31.706882Z"));
  CHECK(five.next(at("2024-04-12T10:50:00Z")) == at("2024-04-12T10:54:31.706882Z"));
}

TEST_CASE("interval: the end is included, and nothing comes after it") {
  const Interval hourly({.every = 1h, .end = at("2024-01-01T02:00:00Z")});
  CHECK(hourly.next(at("2024-01-01T01:30:00Z")) == at("2024-01-01T02:00:00Z"));
  CHECK_FALSE(hourly.next(at("2024-01-01T02:00:00Z")));
}

TEST_CASE("interval: ends where time ends") {
  CHECK_FALSE(Interval({.every = 1h}).next(lp::TimePoint::max()));
  CHECK_FALSE(Interval({.every = 1h}).next(lp::TimePoint::max() - 1s));
  CHECK(Interval({.every = 1h}).next(lp::TimePoint::min()).has_value());
  CHECK(Interval({.every = 1h, .start = lp::TimePoint::min()}).next(at("2200-01-01")).has_value());
}

TEST_CASE(
    "interval: jitter delays each time by its own amount, keeps the order and is a pure function") {
  const Interval calm({.every = 10s});
  const Interval jumpy({.every = 10s, .jitter = 1min, .seed = 7});
  auto nominal = at("2024-01-01T00:00:00Z");
  auto t = *jumpy.next(nominal);
  int moved = 0;
  for (int i = 0; i < 500; ++i) {
    const auto next = jumpy.next(t);
    REQUIRE(next);
    CHECK(*next > t);
    // Asked from anywhere in between, the answer is the same.
    CHECK(jumpy.next(t + (*next - t) / 2) == next);
    CHECK(jumpy.next(*next - 1ns) == next);
    CHECK(*next - t < 20s);
    moved += lp::to_ns(*next) % 10'000'000'000 != 0;
    t = *next;
  }
  CHECK(moved > 450);
  CHECK(Interval({.every = 10s, .jitter = 1min, .seed = 7}).next(t) == jumpy.next(t));
  CHECK(Interval({.every = 10s, .jitter = 1min, .seed = 8}).next(t) != jumpy.next(t));
}

TEST_CASE("interval: describes itself like the reference log") {
  CHECK(Interval({.every = 5min}).describe() == "interval[0:05:00]");
  CHECK(Interval({.every = 24h + 1s}).describe() == "interval[1 day, 0:00:01]");
  CHECK(Interval({.every = 48h}).describe() == "interval[2 days, 0:00:00]");
  CHECK(Interval({.every = 500ms}).describe() == "interval[0:00:00.500000]");
}

TEST_CASE("interval: refuses what cannot be scheduled") {
  CHECK_THROWS_AS(Interval({.every = 0s}), lp::ConfigError);
  CHECK_THROWS_AS(Interval({.every = -5s}), lp::ConfigError);
  CHECK_THROWS_AS(Interval({.every = 1s, .jitter = -1s}), lp::ConfigError);
  CHECK_THROWS_AS(Interval({.every = 1s, .start = at("2024-01-02"), .end = at("2024-01-01")}),
                  lp::ConfigError);
}
