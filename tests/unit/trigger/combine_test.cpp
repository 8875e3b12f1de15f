#include "learningplane/trigger/combine.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"
#include "learningplane/trigger/cron.hpp"
#include "learningplane/trigger/date.hpp"
#include "learningplane/trigger/interval.hpp"

namespace lp = learningplane;
using namespace lp::trigger;
using namespace std::chrono_literals;

namespace {
lp::TimePoint at(const char* text) { return lp::parse_iso8601(text).value(); }
std::shared_ptr<Trigger> cron(const char* e) {
  return std::make_shared<Cron>(CronOptions{.expression = e});
}
std::shared_ptr<Trigger> every(lp::Duration d, std::optional<lp::TimePoint> start = {}) {
  return std::make_shared<Interval>(IntervalOptions{.every = d, .start = start});
}
std::shared_ptr<Trigger> date(const char* t) { return std::make_shared<Date>(at(t)); }
}  // namespace

TEST_CASE("or: fires whenever a child does, once where several do") {
  const Or either({every(20min), cron("0 * * * *"), date("2024-01-01T00:30:00Z")});
  auto t = at("2024-01-01T00:00:00Z");
  std::vector<lp::Duration> seen;
  for (int i = 0; i < 5; ++i) {
    const auto next = either.next(t);
    REQUIRE(next);
    seen.push_back(*next - at("2024-01-01T00:00:00Z"));
    t = *next;
  }
  CHECK(seen == std::vector<lp::Duration>{20min, 30min, 40min, 60min, 80min});
  CHECK(Or({date("2024-01-01"), date("2024-01-02")}).next(at("2024-01-02")) == std::nullopt);
}

TEST_CASE("and: fires where all children fire") {
  const And friday_13({cron("0 0 13 * *"), cron("0 0 * * FRI")});
  CHECK(friday_13.next(at("2024-01-01")) == at("2024-09-13"));
  CHECK(friday_13.next(at("2024-09-13")) == at("2024-12-13"));
  // Both count from 1970, so they meet: every six hours and every four.
  CHECK(And({every(6h), every(4h)}).next(at("2024-01-01T01:00:00Z")) == at("2024-01-01T12:00:00Z"));
  CHECK(And({every(90min), cron("0 * * * *")}).next(at("2024-01-01T01:00:00Z")) ==
        at("2024-01-01T03:00:00Z"));
  CHECK(And({date("2024-09-13"), cron("0 0 13 * *")}).next(at("2024-01-01")) == at("2024-09-13"));
}

TEST_CASE("and: what never meets ends instead of searching for ever") {
  CHECK_FALSE(And({every(1h), every(1h, at("2024-01-01T00:30:00Z"))}).next(at("2024-01-02")));
  CHECK_FALSE(And({cron("0 * * * *"), cron("30 * * * *")}).next(at("2024-01-01")));
  CHECK_FALSE(And({date("2024-01-01"), date("2024-01-02")}).next(at("2023-01-01")));
}

TEST_CASE("and, or: nest") {
  // At midnight on Fridays the 13th, and on every first of January.
  const Or nested({std::make_shared<And>(Children{cron("0 0 13 * *"), cron("0 0 * * FRI")}),
                   cron("0 0 1 1 *")});
  CHECK(nested.next(at("2024-01-01")) == at("2024-09-13"));
  CHECK(nested.next(at("2024-12-13")) == at("2025-01-01"));
  CHECK(nested.describe() == "or[and[cron[0 0 13 * *], cron[0 0 * * FRI]], cron[0 0 1 1 *]]");
  const And inner({std::make_shared<Or>(Children{every(4h), every(6h)}), cron("0 12 * * *")});
  CHECK(inner.next(at("2024-01-01")) == at("2024-01-01T12:00:00Z"));
}

TEST_CASE("and, or: refuse to have no children") {
  CHECK_THROWS_AS(And({}), lp::ConfigError);
  CHECK_THROWS_AS(Or({}), lp::ConfigError);
  CHECK_THROWS_AS(Or({nullptr}), lp::ConfigError);
}
