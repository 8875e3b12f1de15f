#include "learningplane/decision/memory.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

TEST_CASE("memory: does not fall back to the load that made it grow") {
  ReactiveMemory policy{ReactiveOptions{}};
  ScalingInput in;
  in.replicas = 1;
  in.load = 6;
  in.latency = 24;
  CHECK(policy.plan(in).replicas == 2);
  CHECK(policy.remembered() == 3);
  in.replicas = 2;
  in.latency = 12;
  in.at += 1min;
  CHECK(policy.plan(in).rule == "memory");  // 3 on each still
  in.load = 5;
  in.at += 1min;
  CHECK(policy.plan(in).replicas == 1);
  CHECK(policy.remembered() == 5);
  policy.reset();
  CHECK(std::isnan(policy.remembered()));
}

TEST_CASE("memory: holds where the load is not known") {
  ReactiveMemory policy{ReactiveOptions{}};
  ScalingInput in;
  in.replicas = 2;
  in.latency = 5;
  const ScalingDecision d = policy.plan(in);
  CHECK(!d.acts());
  CHECK(d.rule == "unknown_data");
}
