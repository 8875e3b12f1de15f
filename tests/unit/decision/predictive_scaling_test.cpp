#include "learningplane/decision/predictive_scaling.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {
/// One instance carries two streams under 18, three under 22, no more.
Capacity small() {
  return Capacity(
      {{1, {0, 1}, {5, 5}}, {2, {0, 1}, {15, 15}}, {3, {0, 1}, {20, 20}}, {4, {0, 1}, {30, 30}}});
}
ScalingInput planned(TimePoint at, std::int64_t replicas, std::vector<double> steps) {
  ScalingInput in;
  in.at = at;
  in.replicas = in.ready = replicas;
  in.forecast_mean = steps;
  in.forecast = std::move(steps);
  return in;
}
}  // namespace

TEST_CASE("predictive: as many as the highest forecast needs, once a window") {
  PredictiveScaling policy({}, small());
  TimePoint at{};
  const auto next = [&](std::int64_t replicas, std::vector<double> steps) {
    at += 1h;
    return policy.plan(planned(at, replicas, std::move(steps)));
  };
  CHECK(next(1, {1, 7, 2}).replicas == 3);
  CHECK(policy.plan(planned(at + 30min, 3, {1})).rule == "between_windows");
  CHECK(next(3, {6}).rule == "forecast_fits");  // 3 on each of two: neither over 22 nor below 18
  CHECK(next(3, {4}).replicas == 2);            // 2 on each of two
  CHECK(next(3, {0}).rule == "forecast_idle");
  CHECK(next(3, {0}).replicas == 1);
  CHECK(next(1, {2.2}).rule == "forecast_fits");  // 2.2 streams are three
  const ScalingDecision d = next(1, {3, std::nan("")});
  CHECK(d.rule == "unknown_data");
  // Tried again at once, not a window later.
  CHECK(policy.plan(planned(at + 1min, 1, {4})).replicas == 2);
}

TEST_CASE("predictive: sampled judgement is the same for a seed") {
  PredictiveScalingOptions o;
  o.samples = 100;
  o.seed = 5;
  const Capacity noisy = value_or_throw(
      Capacity::parse("load,min,p50,p95,max\n4,5,10,14,30\n5,5,12,21.5,60\n10,5,30,60,90\n"));
  PredictiveScaling a(o, noisy), b(o, noisy);
  int more = 0;
  for (int i = 0; i < 200; ++i) {
    const ScalingInput in = planned(TimePoint{} + i * 1h, 1, {5});
    const ScalingDecision d = a.plan(in);
    CHECK(d.replicas == b.plan(in).replicas);
    more += d.replicas > 1;
  }
  CHECK(more > 10);  // chance decides now and then
  CHECK(more < 190);
}

TEST_CASE("predictive: options are refused with their names") {
  PredictiveScalingOptions o;
  o.window = 0s;
  CHECK_THROWS_AS(PredictiveScaling(o, small()), ConfigError);
  o = {};
  o.quantile = 0;
  CHECK_THROWS_AS(PredictiveScaling(o, small()), ConfigError);
  const Value both = Value::object().set("capacity", "x.csv").set("throughput", 3.0);
  CHECK_THROWS_AS(capacity_from(predictive_scaling_manifest().check(both)), ConfigError);
  CHECK_THROWS_AS(capacity_from(predictive_scaling_manifest().check(Value::object())), ConfigError);
  const Value one = Value::object().set("throughput", 3.0);
  CHECK(capacity_from(predictive_scaling_manifest().check(one)).most_streams(0.95, 22) == 3);
}
