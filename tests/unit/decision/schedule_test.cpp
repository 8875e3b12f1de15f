#include "learningplane/decision/schedule.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {
const TimePoint monday = from_ns(1'704'067'200'000'000'000);  // 2024-01-01T00:00Z
}

TEST_CASE("schedule: as many as the time of the week says") {
  const Value given =
      Value::object()
          .set("otherwise", 1)
          .set("periods",
               Value(Value::Array{
                   Value::object()
                       .set("days", Value(Value::Array{"mon", "fri"}))
                       .set("from", "07:30")
                       .set("to", "18:00")
                       .set("replicas", 4),
                   Value::object().set("from", "00:00").set("to", "01:00").set("replicas", 2)}));
  Schedule policy(schedule_options(schedule_manifest().check(given)));
  const auto at = [&](Duration d) {
    ScalingInput in;
    in.at = monday + d;
    policy.reset();
    return policy.plan(in).replicas;
  };
  CHECK(at(0h) == 2);
  CHECK(at(1h) == 1);
  CHECK(at(7h + 29min + 59s) == 1);
  CHECK(at(7h + 30min) == 4);
  CHECK(at(18h) == 1);
  CHECK(at(24h + 8h) == 1);      // Tuesday
  CHECK(at(4 * 24h + 8h) == 4);  // Friday
}

TEST_CASE("schedule: wrong times, days and periods are refused") {
  const auto refused = [](Value period) {
    const Value given = Value::object().set("periods", Value(Value::Array{std::move(period)}));
    CHECK_THROWS_AS(Schedule(schedule_options(schedule_manifest().check(given))), ConfigError);
  };
  refused(Value::object().set("from", "7:30"));
  refused(Value::object().set("from", "25:00"));
  refused(Value::object().set("from", "08:00").set("to", "08:00"));
  refused(Value::object().set("days", Value(Value::Array{"monday"})));
}
