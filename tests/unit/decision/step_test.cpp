#include "learningplane/decision/step.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

TEST_CASE("step: a change for each range of the metric") {
  StepOptions o;
  o.metric = "load_per_instance";
  o.steps = {{5, 8, 1}, {8, 1e9, 3}, {0, 2, -1}};
  Step policy(o);
  ScalingInput in;
  in.replicas = 4;
  const auto after = [&](double load) {
    in.at += 1min;
    in.load = load;
    policy.reset();
    return policy.plan(in).replicas;
  };
  CHECK(after(4) == 3);
  CHECK(after(8) == 4);
  CHECK(after(20) == 5);
  CHECK(after(32) == 7);
  CHECK(after(std::nan("")) == 4);
}

TEST_CASE("step: overlapping, empty and inside-out steps are refused") {
  StepOptions o;
  CHECK_THROWS_AS(Step{o}, ConfigError);
  o.steps = {{1, 3, 1}, {2, 4, 1}};
  CHECK_THROWS_AS(Step{o}, ConfigError);
  o.steps = {{3, 3, 1}};
  CHECK_THROWS_AS(Step{o}, ConfigError);
  CHECK_THROWS_AS(step_manifest().check(Value::object()), ConfigError);
}
