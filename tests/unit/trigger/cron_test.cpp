#include "learningplane/trigger/cron.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "support/skip.hpp"
#include "support/source_dir.hpp"

namespace lp = learningplane;
using lp::Zone;
using lp::trigger::Cron;

namespace {
lp::TimePoint at(const char* text) { return lp::parse_iso8601(text).value(); }

Cron cron(const char* expression, const char* zone = "UTC") {
  return Cron({.expression = expression, .zone = lp::value_or_throw(Zone::load(zone))});
}

std::vector<std::string> times(const Cron& c, const char* after, std::size_t n) {
  std::vector<std::string> out;
  for (auto t = c.next(at(after)); t && out.size() < n; t = c.next(*t))
    out.push_back(lp::to_iso8601(*t));
  return out;
}
using Times = std::vector<std::string>;
bool has_zones() { return Zone::load("Europe/Berlin").has_value(); }
}  // namespace

TEST_CASE("cron: fires in the zone it was given") {
  LEARNINGPLANE_NEED(has_zones(), "no tzdata");
  CHECK(times(cron("0 9 * * *"), "2024-01-15", 1) == Times{"2024-01-15T09:00:00Z"});
  CHECK(times(cron("0 9 * * *", "Europe/Berlin"), "2024-01-15", 1) ==
        Times{"2024-01-15T08:00:00Z"});
  CHECK(times(cron("0 9 * * *", "Europe/Berlin"), "2024-07-15", 1) ==
        Times{"2024-07-15T07:00:00Z"});
  CHECK(times(cron("0 9 * * *", "Asia/Kolkata"), "2024-01-15", 1) == Times{"2024-01-15T03:30:00Z"});
}

TEST_CASE("cron: a fraction of a second after a time is after it, before a time is before it") {
  CHECK(cron("* * * * *").next(at("2024-01-01T00:00:59.999Z")) == at("2024-01-01T00:01:00Z"));
  CHECK(cron("* * * * *").next(at("2024-01-01T00:01:00.001Z")) == at("2024-01-01T00:02:00Z"));
  CHECK(cron("* * * * *").next(at("2024-01-01T00:01:00Z")) == at("2024-01-01T00:02:00Z"));
}

TEST_CASE("cron: clocks put forward: fixed times run once, at the first instant after the gap") {
  LEARNINGPLANE_NEED(has_zones(), "no tzdata");
  // Berlin, 2026-03-29: 02:00 becomes 03:00, at 01:00 UTC.
  CHECK(times(cron("30 2 * * *", "Europe/Berlin"), "2026-03-28T12:00:00Z", 2) ==
        Times{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"});
  CHECK(times(cron("0 30 2 * * *", "Europe/Berlin"), "2026-03-28T12:00:00Z", 2) ==
        Times{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"});
  CHECK(times(cron("0,15,30 2,3 * * *", "Europe/Berlin"), "2026-03-28T22:00:00Z", 4) ==
        Times{"2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z", "2026-03-29T01:30:00Z",
              "2026-03-30T00:00:00Z"});
}

TEST_CASE("cron: clocks put forward: recurring times leave the gap out") {
  LEARNINGPLANE_NEED(has_zones(), "no tzdata");
  CHECK(times(cron("*/30 * * * *", "Europe/Berlin"), "2026-03-29T00:10:00Z", 3) ==
        Times{"2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"});
  CHECK(times(cron("* 2 * * *", "Europe/Berlin"), "2026-03-29T00:10:00Z", 1) ==
        Times{"2026-03-30T00:00:00Z"});
}

TEST_CASE("cron: clocks put back: fixed times run once, recurring times every real interval") {
  LEARNINGPLANE_NEED(has_zones(), "no tzdata");
  // Berlin, 2026-10-25: 03:00 becomes 02:00, at 01:00 UTC.
  CHECK(times(cron("30 2 * * *", "Europe/Berlin"), "2026-10-24T12:00:00Z", 2) ==
        Times{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"});
  CHECK(times(cron("30 2 * * *", "Europe/Berlin"), "2026-10-25T01:10:00Z", 1) ==
        Times{"2026-10-26T01:30:00Z"});
  CHECK(times(cron("*/30 * * * *", "Europe/Berlin"), "2026-10-24T23:50:00Z", 5) ==
        Times{"2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z",
              "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"});
}

TEST_CASE("cron: a change by half an hour, at midnight, of a whole day") {
  LEARNINGPLANE_NEED(has_zones(), "no tzdata");
  // Lord Howe, 2026-10-04: 02:00 becomes 02:30, at 15:30 UTC the day before.
  CHECK(times(cron("10 2 * * *", "Australia/Lord_Howe"), "2026-10-03T10:00:00Z", 1) ==
        Times{"2026-10-03T15:30:00Z"});
  CHECK(times(cron("*/15 3 * * *", "Australia/Lord_Howe"), "2026-10-03T15:20:00Z", 1) ==
        Times{"2026-10-03T16:00:00Z"});
  // Beirut, 2024-03-31: 00:00 becomes 01:00, at 22:00 UTC the day before.
  CHECK(times(cron("0 0 * * *", "Asia/Beirut"), "2024-03-30T12:00:00Z", 1) ==
        Times{"2024-03-30T22:00:00Z"});
  // Apia had no 2011-12-30.
  CHECK(times(cron("0 12 30 12 *", "Pacific/Apia"), "2011-12-01", 1) ==
        Times{"2011-12-30T10:00:00Z"});
  CHECK(times(cron("* * 30 12 *", "Pacific/Apia"), "2011-12-01", 1) ==
        Times{"2012-12-29T10:00:00Z"});
}

TEST_CASE("cron: start and end bound it") {
  const Cron c({.expression = "0 * * * *",
                .start = at("2024-01-01T10:00:00Z"),
                .end = at("2024-01-01T11:00:00Z")});
  CHECK(times(c, "2023-01-01", 9) == Times{"2024-01-01T10:00:00Z", "2024-01-01T11:00:00Z"});
}

TEST_CASE("cron: jitter keeps the order and is a pure function of the time asked from") {
  const Cron c({.expression = "*/10 * * * * *", .jitter = std::chrono::minutes(1), .seed = 3});
  auto t = *c.next(at("2024-01-01T00:00:00Z"));
  for (int i = 0; i < 200; ++i) {
    const auto next = c.next(t);
    REQUIRE(next);
    CHECK(*next > t);
    CHECK(c.next(t + (*next - t) / 2) == next);
    t = *next;
  }
}

TEST_CASE("cron: what never comes is none, at once") {
  CHECK_FALSE(
      cron("0 0 */31 * MON#5").next(at("2024-01-01")));  // the first that is the fifth Monday
  CHECK_FALSE(cron("* * * * *").next(lp::TimePoint::max()));
  CHECK_FALSE(Cron({.expression = "0 0 29 2 *", .end = at("2024-02-28")}).next(at("2023-01-01")));
}

TEST_CASE("cron: no call takes a millisecond of computing") {
  LEARNINGPLANE_NEED(has_zones(), "no tzdata");
  const char* expressions[] = {"0 0 */31 * MON#5", "0 0 29 2 */7", "* * 29 2 MON#5",
                               "59 59 23 31 12 *", "*/7 3 */30 * 1L"};
  for (const char* zone : {"Europe/Berlin", "Africa/Casablanca", "Australia/Lord_Howe"})
    for (const char* e : expressions) {
      CAPTURE(e);
      const Cron c = cron(e, zone);
      // The best of five: a shared machine may take the processor away in the middle.
      auto best = std::chrono::nanoseconds::max();
      for (int i = 0; i < 5; ++i) {
        const auto before = std::chrono::steady_clock::now();
        (void)c.next(at("2024-01-01"));
        best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - before);
      }
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
      CHECK(best < std::chrono::milliseconds(20));
#else
      CHECK(best < std::chrono::milliseconds(1));
#endif
    }
}

TEST_CASE("cron: describes itself, and refuses a bad expression by name") {
  CHECK(cron("*/5 * * * *").describe() == "cron[*/5 * * * *]");
  CHECK_THROWS_WITH_AS(cron("61 * * * *"), doctest::Contains("minute '61'"), lp::ConfigError);
  CHECK_THROWS_AS(Cron({.expression = "* * * * *", .zone = nullptr}), lp::LogicError);
}

TEST_CASE("cron: agrees with cronsim on stored triples, or differs as documented") {
  LEARNINGPLANE_NEED(has_zones(), "no tzdata");
  std::ifstream file(support::source_dir() + "/tests/data/cron_triples.json");
  const auto stored =
      lp::value_or_throw(lp::parse_json(std::string(std::istreambuf_iterator<char>(file), {})));
  std::size_t compared = 0, refused = 0, zone_changed = 0;
  for (const lp::Value& one : stored.find("triples")->as_array()) {
    const std::string expression = one.get("expression", "");
    CAPTURE(expression);
    CAPTURE(one.get("zone", ""));
    const auto zone = Zone::load(one.get("zone", ""));
    const lp::Value& next = *one.find("next");
    if (next.is_null()) {
      CHECK_THROWS_AS(Cron({.expression = expression}), lp::ConfigError);
      ++refused;
      continue;
    }
    // Where the zone data of this machine say something else about these times, they prove nothing.
    const auto& offsets = one.find("offsets")->as_array();
    bool same_zone = zone.has_value() &&
                     (*zone)->span(one.get("start", std::int64_t{0})).offset == offsets[0].as_int();
    for (std::size_t i = 0; same_zone && i < next.size(); ++i)
      same_zone = (*zone)->span(next.as_array()[i].as_int()).offset == offsets[i + 1].as_int();
    if (!same_zone) {
      ++zone_changed;
      continue;
    }
    const Cron c({.expression = expression, .zone = *zone});
    auto t = lp::TimePoint(std::chrono::seconds(one.get("start", std::int64_t{0})));
    for (std::size_t i = 0; i < 3; ++i) {
      const auto got = c.next(t);
      REQUIRE(got.has_value() == (i < next.size()));
      if (!got) break;
      CHECK(lp::to_ns(*got) / 1'000'000'000 == next.as_array()[i].as_int());
      t = *got;
    }
    ++compared;
  }
  CHECK(compared > 250);
  CHECK(refused >= 20);
  CHECK(zone_changed * 10 < compared);
}
