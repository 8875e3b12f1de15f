#include "learningplane/decision/reactive.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

TEST_CASE("reactive: one more above the tolerance, one less below") {
  Reactive policy{ReactiveOptions{}};
  ScalingInput in;
  in.replicas = 3;
  struct Case {
    double latency;
    std::int64_t replicas;
    const char* rule;
  };
  for (const Case& c : {Case{22.1, 4, "over_objective"}, Case{22, 3, "within_tolerance"},
                        Case{18, 3, "within_tolerance"}, Case{17.9, 2, "under_objective"},
                        Case{0, 2, "under_objective"}}) {
    in.at += 1min;
    in.latency = c.latency;
    const ScalingDecision d = policy.plan(in);
    CHECK(d.replicas == c.replicas);
    CHECK(d.rule == c.rule);
    policy.reset();
  }
  in.replicas = 1;
  CHECK(policy.plan(in).replicas == 1);  // the last one stays
}

TEST_CASE("reactive: options are refused with their names") {
  ReactiveOptions o;
  o.window = 0s;
  CHECK_THROWS_AS(Reactive{o}, ConfigError);
  o = {};
  o.objective.tolerance = 1;
  CHECK_THROWS_AS(Reactive{o}, ConfigError);
  o = {};
  o.objective.latency = 0;
  CHECK_THROWS_AS(Reactive{o}, ConfigError);
  o = {};
  o.objective.quantile = 1;
  CHECK_THROWS_AS(Reactive{o}, ConfigError);
  const ReactiveOptions read =
      reactive_options(reactive_manifest().check(Value::object().set("window", "20m")));
  CHECK(read.window == 20min);
  CHECK(read.objective.upper() == doctest::Approx(22));
}
