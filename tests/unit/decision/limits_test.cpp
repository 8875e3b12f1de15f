#include "learningplane/decision/limits.hpp"

#include <doctest/doctest.h>

#include "learningplane/decision/scaling_random.hpp"
#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {
const TimePoint start = from_ns(1'704'067'200'000'000'000);
}

TEST_CASE("limits: each rule binds where it should") {
  Limits l;
  l.minimum = 2;
  l.maximum = 10;
  l.cooldown_up = 1min;
  l.cooldown_down = 5min;
  l.stage_down = 3;
  l.rate_up = 4;
  l.rate_down = 4;
  l.period = 10min;
  Limiter limiter(l);
  const auto apply = [&](Duration at, std::int64_t current, std::int64_t wish) {
    return limiter.apply(start + at, current, wish);
  };
  CHECK(apply(0s, 5, 5).rule.empty());
  CHECK(apply(0s, 9, 20).replicas == 10);
  CHECK(apply(0s, 9, 20).rule == "maximum");
  CHECK(apply(0s, 3, 0).replicas == 2);
  CHECK(apply(0s, 3, 0).rule == "minimum");
  CHECK(apply(0s, 9, 3).replicas == 6);
  CHECK(apply(0s, 9, 3).rule == "stage_down");
  CHECK(apply(0s, 3, 9).replicas == 7);
  CHECK(apply(0s, 3, 9).rule == "rate_up");
  limiter.changed(start, 3);
  CHECK(apply(30s, 6, 8).rule == "cooldown");
  CHECK(apply(30s, 6, 8).replicas == 6);
  CHECK(apply(1min, 6, 9).replicas == 7);  // one of four is left in the period
  CHECK(apply(4min, 6, 5).rule == "cooldown");
  CHECK(apply(5min, 6, 5).replicas == 5);
  CHECK(apply(10min, 6, 10).replicas == 10);  // the change at 0 has left the period
  // A number that somebody set outside the bounds is corrected at once.
  CHECK(apply(1s, 30, 20).replicas == 10);
  CHECK(apply(1s, 0, 0).replicas == 2);
}

TEST_CASE("limits: options are refused with their names") {
  const auto refused = [](auto change) {
    Limits l;
    change(l);
    CHECK_THROWS_AS(Limiter{l}, ConfigError);
  };
  refused([](Limits& l) { l.minimum = -1; });
  refused([](Limits& l) { l.maximum = 0; });
  refused([](Limits& l) { l.cooldown_up = -1s; });
  refused([](Limits& l) { l.cooldown_down = -1s; });
  refused([](Limits& l) { l.stage_down = -1; });
  refused([](Limits& l) { l.rate_up = -1; });
  refused([](Limits& l) { l.rate_down = -1; });
  refused([](Limits& l) { l.period = 0s; });
}

TEST_CASE("limits: a checked mapping gives the same limits") {
  Manifest m{"x", "", limit_parameters()};
  const Value given = Value::object().set("maximum", 7).set("cooldown_down", "90s");
  const Limits l = limits_from(m.check(given));
  CHECK(l.minimum == 1);
  CHECK(l.maximum == 7);
  CHECK(l.cooldown_down == 90s);
  CHECK(l.period == 1min);
}
