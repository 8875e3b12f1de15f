#include "learningplane/decision/target_tracking.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {

const TimePoint start = from_ns(1'704'067'200'000'000'000);

/// A service whose instances serve as soon as they are asked for, a decision a minute.
struct Service {
  explicit Service(TargetTrackingOptions o) : policy(std::move(o)) {}
  ScalingDecision minute(double load) {
    in.at += 1min;
    in.load = load;
    const ScalingDecision d = policy.plan(in);
    in.replicas = d.replicas;
    in.ready = d.replicas;
    return d;
  }
  TargetTracking policy;
  ScalingInput in = [] {
    ScalingInput i;
    i.at = start;
    i.replicas = i.ready = 2;
    return i;
  }();
};

TargetTrackingOptions four() {
  TargetTrackingOptions o;
  o.target = 4;
  return o;
}

}  // namespace

TEST_CASE("target tracking: three periods above bring the metric back to the target") {
  Service s(four());
  CHECK(s.minute(8).rule == "within_target");
  CHECK(s.minute(13).rule == "periods");
  CHECK(s.minute(13).rule == "periods");
  const ScalingDecision d = s.minute(13);
  CHECK(d.rule == "alarm_high");
  CHECK(d.replicas == 4);  // ceil(13 / 4)
  // A break starts the row anew.
  CHECK(s.minute(15).rule == "within_target");
  CHECK(!s.minute(20).acts());
  CHECK(!s.minute(16).acts());
  CHECK(!s.minute(20).acts());
  CHECK(!s.minute(20).acts());
  CHECK(s.minute(20).replicas == 5);
}

TEST_CASE("target tracking: gives up late, once a cool-down, never within the band") {
  Service s(four());
  s.in.replicas = s.in.ready = 10;
  for (int i = 0; i < 30; ++i) CHECK(s.minute(37).rule == "within_target");  // 3.7: above 90 %
  for (int i = 0; i < 14; ++i) CHECK(s.minute(30).rule == "periods");
  CHECK(s.minute(30).replicas == 8);
  // 2.5 each is below again: the row goes on, but the cool-down holds.
  for (int i = 0; i < 4; ++i) {
    const ScalingDecision d = s.minute(20);
    CHECK(d.rule == "scale_in_cooldown");
    CHECK(!d.acts());
  }
  CHECK(s.minute(20).replicas == 5);
}

TEST_CASE("target tracking: while instances start, what was added counts") {
  TargetTrackingOptions o;
  o.metric = "latency";
  o.target = 20;
  TargetTracking policy(o);
  ScalingInput in;
  in.at = start;
  in.replicas = in.ready = 2;
  in.latency = 40;
  for (int i = 0; i < 2; ++i, in.at += 1min) CHECK(!policy.plan(in).acts());
  CHECK(policy.plan(in).replicas == 4);
  in.replicas = 4;  // two still start, so that the latency is as before
  in.at += 1min;
  ScalingDecision d = policy.plan(in);
  CHECK(!d.acts());
  CHECK(d.rule == "scale_out_cooldown");
  in.latency = 60;
  in.at += 1min;
  d = policy.plan(in);
  CHECK(d.replicas == 6);
  CHECK(d.rule == "alarm_high");
}

TEST_CASE("target tracking: unknown data break the row and move nothing") {
  Service s(four());
  s.minute(13);
  s.minute(13);
  CHECK(s.minute(std::nan("")).rule == "unknown_data");
  CHECK(!s.minute(13).acts());
  CHECK(!s.minute(13).acts());
  CHECK(s.minute(13).acts());
  // A value after a long silence does not stand for all of it.
  Service quiet(four());
  quiet.in.replicas = quiet.in.ready = 9;
  quiet.minute(8);
  quiet.in.at += 2h;
  CHECK(!quiet.minute(8).acts());
}

TEST_CASE("target tracking: long slots stand for their periods, scale-in can be off") {
  TargetTrackingOptions o = four();
  TargetTracking policy(o);
  ScalingInput in;
  in.at = start;
  in.replicas = in.ready = 5;
  in.load = 8;
  CHECK(!policy.plan(in).acts());  // one period
  in.at += 5min;
  CHECK(!policy.plan(in).acts());  // six
  in.at += 5min;
  CHECK(!policy.plan(in).acts());  // eleven
  in.at += 5min;
  CHECK(policy.plan(in).replicas == 2);
  o.scale_in = false;
  TargetTracking never(o);
  in.at = start;
  for (int i = 0; i < 40; ++i, in.at += 1min) CHECK(!never.plan(in).acts());
  CHECK(never.plan(in).rule == "disabled");
}

TEST_CASE("target tracking: a datapoint is the mean of its period") {
  TargetTracking policy(four());
  ScalingInput in;
  in.at = start;
  in.replicas = in.ready = 2;
  // Bursts of one value in four: the mean is 5 a minute, above the target of 4.
  int changes = 0;
  for (int i = 0; i < 12 && changes == 0; ++i) {
    in.at += 15s;
    in.load = i % 4 == 0 ? 40 : 0;
    const ScalingDecision d = policy.plan(in);
    if (!d.acts()) continue;
    ++changes;
    CHECK(i == 11);
    CHECK(d.replicas == 3);  // ceil(2 * 5 / 4)
  }
  CHECK(changes == 1);
}

TEST_CASE("target tracking: options from a mapping, and refusals") {
  const Manifest m = target_tracking_manifest();
  const Value given = Value::object()
                          .set("metric", "queue")
                          .set("target", 30)
                          .set("scale_in_periods", 5)
                          .set("scale_in", false)
                          .set("scale_out_cooldown", "90s");
  const TargetTrackingOptions o = target_tracking_options(m.check(given));
  CHECK(o.metric == "queue");
  CHECK(o.target == 30);
  CHECK(o.scale_in_periods == 5);
  CHECK(!o.scale_in);
  CHECK(o.scale_out_cooldown == 90s);
  CHECK(o.scale_in_cooldown == 5min);
  const auto refused = [](auto change) {
    TargetTrackingOptions wrong;
    change(wrong);
    CHECK_THROWS_AS(TargetTracking{wrong}, ConfigError);
  };
  refused([](TargetTrackingOptions& x) { x.target = 0; });
  refused([](TargetTrackingOptions& x) { x.scale_in_below = 0; });
  refused([](TargetTrackingOptions& x) { x.scale_in_below = 1.5; });
  refused([](TargetTrackingOptions& x) { x.scale_out_periods = 0; });
  refused([](TargetTrackingOptions& x) { x.scale_in_periods = 0; });
  refused([](TargetTrackingOptions& x) { x.period = 0s; });
  refused([](TargetTrackingOptions& x) { x.window = 0s; });
  refused([](TargetTrackingOptions& x) { x.scale_out_cooldown = -1s; });
  refused([](TargetTrackingOptions& x) { x.scale_in_cooldown = -1s; });
}
