#include "learningplane/decision/hybrid.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {

const TimePoint start = from_ns(1'704'067'200'000'000'000);

/// A service watched minute by minute, whose instances are ready at once.
struct Bench {
  explicit Bench(HybridOptions o) : policy(o, Capacity::from_throughput(5, 22)) {}
  ScalingDecision minute(double load, double plan) {
    in.at += 1min;
    in.load = load;
    in.latency = 10;
    in.forecast.assign(60, plan);
    in.forecast_mean = in.forecast;
    const ScalingDecision d = policy.plan(in);
    in.replicas = d.replicas;
    in.ready = d.replicas;
    return d;
  }
  Hybrid policy;
  ScalingInput in = [] {
    ScalingInput first;
    first.at = start;
    return first;
  }();
};

}  // namespace

TEST_CASE("hybrid: goes up by the load and its headroom, as far as the plan goes") {
  Bench b({});
  CHECK(b.minute(4, 8).rule == "plan");  // 4 and a reach of 3 make 7 possible while one starts
  Bench c({});
  CHECK(c.minute(1, 8).replicas == 1);  // the plan is not believed so far above the load
  CHECK(c.minute(5, 5).replicas == 1);  // no more is planned for
  CHECK(c.minute(6, 5).replicas == 2);  // but the load rules
}

TEST_CASE("hybrid: goes down only where plan, load and memory agree, and calmly") {
  HybridOptions o;
  o.calm = 3min;
  o.memory = 10min;
  Bench b(o);
  CHECK(b.minute(8, 8).replicas == 2);
  CHECK(b.minute(3, 8).rule == "fits");  // planned for
  CHECK(b.minute(4, 4).rule == "fits");  // too little slack
  CHECK(b.minute(3, 3).rule == "calm");
  for (int i = 0; i < 3; ++i) b.minute(3, 3);
  CHECK(b.minute(3, 3).rule == "memory");
  ScalingDecision d;
  for (int i = 0; i < 5 && !d.acts(); ++i) d = b.minute(3, 3);
  CHECK(d.rule == "plan_under");
  CHECK(d.replicas == 1);
  CHECK(b.in.at - start == 11min);  // ten after it came
}

TEST_CASE("hybrid: a load above the plan keeps everything") {
  HybridOptions o;
  o.calm = 0min;
  o.memory = 0min;
  Bench b(o);
  CHECK(b.minute(8, 1).replicas == 2);
  CHECK(b.minute(3, 1).rule == "fallback");  // 3 where 1 was planned
  CHECK(b.minute(2, 1).rule == "plan_under");
}

TEST_CASE("hybrid: without a forecast it goes up by the load and never down") {
  Bench b({});
  b.in.forecast.clear();
  b.in.at += 1min;
  b.in.load = 12;
  ScalingDecision d = b.policy.plan(b.in);
  CHECK(d.replicas == 3);
  b.in.replicas = b.in.ready = 3;
  for (int i = 0; i < 500; ++i) {
    b.in.at += 1min;
    b.in.load = 0;
    d = b.policy.plan(b.in);
    REQUIRE(d.replicas == 3);
  }
  CHECK(d.rule == "unknown_data");
}

TEST_CASE("hybrid: without the load the plan may still start instances") {
  Bench b({});
  b.minute(1, 1);
  const ScalingDecision d = b.minute(std::nan(""), 12);
  CHECK(d.replicas == 3);
  CHECK(d.rule == "plan");
  CHECK(!b.minute(std::nan(""), 1).acts());
}

TEST_CASE("hybrid: measures how long instances take to start and plans that far ahead") {
  Bench b({});
  CHECK(b.policy.measured_startup() == 0min);
  ScalingInput in;
  in.at = start;
  in.load = 8;
  in.latency = 10;
  in.forecast.assign(60, 8);
  CHECK(b.policy.plan(in).replicas == 2);
  in.replicas = 2;
  for (int i = 0; i < 6; ++i) {
    in.at += 1min;
    in.ready = i == 5 ? 2 : 1;
    b.policy.plan(in);
  }
  CHECK(b.policy.measured_startup() == 5min);
  // The plan rises six minutes from now: soon enough to begin.
  in.load = 9;
  in.forecast.assign(60, 9);
  in.forecast[5] = 12;
  CHECK(b.policy.plan(in).replicas == 3);
}

TEST_CASE("hybrid: a slow service asks for one more though its load should be carried") {
  Bench b({});
  b.minute(2, 2);
  b.in.at += 1min;
  b.in.latency = 30;
  const ScalingDecision d = b.policy.plan(b.in);
  CHECK(d.replicas == 2);
  CHECK(d.rule == "over_objective");
}

TEST_CASE("hybrid: options are refused with their names") {
  const Capacity capacity = Capacity::from_throughput(5, 22);
  const auto refused = [&](auto change) {
    HybridOptions o;
    change(o);
    CHECK_THROWS_AS(Hybrid(o, capacity), ConfigError);
  };
  refused([](HybridOptions& o) { o.quantile = 1; });
  refused([](HybridOptions& o) { o.headroom = -1; });
  refused([](HybridOptions& o) { o.reach = -1; });
  refused([](HybridOptions& o) { o.slack = -1; });
  refused([](HybridOptions& o) { o.step = 0s; });
  refused([](HybridOptions& o) { o.window = 10s; });
  refused([](HybridOptions& o) { o.startup = -1s; });
  refused([](HybridOptions& o) { o.calm = -1s; });
  refused([](HybridOptions& o) { o.memory = -1s; });
  refused([](HybridOptions& o) { o.objective.latency = 1; });  // no instance keeps it
  const HybridOptions same =
      hybrid_options(hybrid_manifest().check(Value::object().set("calm", "7m")));
  CHECK(same.calm == 7min);
  CHECK(same.quantile == HybridOptions{}.quantile);
}
