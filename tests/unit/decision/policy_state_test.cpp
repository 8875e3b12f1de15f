#include "learningplane/decision/policy_state.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "support/random_scaling.hpp"

using namespace support;

namespace {

const TimePoint start = from_ns(1'704'067'200'000'000'000);

/// As it comes out of a file.
Value kept(ScalingPolicy& policy) { return value_or_throw(parse_json(dump_json(policy.state()))); }

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

std::string unlike(const ScalingDecision& a, const ScalingDecision& b) {
  if (a.replicas != b.replicas) return "another number";
  if (a.wish != b.wish || a.current != b.current) return "another wish";
  if (a.rule != b.rule) return std::string(b.rule) + " instead of " + std::string(a.rule);
  if (a.known != b.known || !same(a.planned, b.planned)) return "other data";
  if (a.wishes.size() != b.wishes.size()) return "other wishes";
  for (std::size_t i = 0; i < a.wishes.size(); ++i) {
    if (a.wishes[i].replicas != b.wishes[i].replicas || !same(a.wishes[i].value, b.wishes[i].value))
      return "another wish of " + std::string(a.wishes[i].metric);
  }
  return {};
}

/// A policy that runs through, and one that is ended and made again now and then.
/// @return where they differ, or empty
std::string run_twice(int kind, std::uint64_t seed, const Capacity& capacity) {
  ScalingRandom r(seed, 11);
  const Limits l = random_limits(r);
  const ScalingRandom same_draws = r;
  const auto make = [&] {
    ScalingRandom again = same_draws;
    return policy_of(kind, again, l, capacity);
  };
  const auto through = make();
  auto restarted = make();
  std::int64_t replicas = std::max<std::int64_t>(1, l.minimum);
  TimePoint at = start;
  for (int i = 0; i < 60; ++i) {
    const TimePoint last = at;
    at += std::chrono::seconds(1 + static_cast<int>(r.uniform() * 90));
    if (r.uniform() < 0.3) {
      const Value state = kept(*restarted);
      restarted = make();
      if (!state.is_null()) {
        if (auto done = restarted->restore(state, at, last); !done) return done.error().message;
      }
    }
    if (r.uniform() < 0.05) replicas = l.minimum + static_cast<std::int64_t>(r.uniform() * 8);
    const ScalingInput in = random_input(r, at, replicas);
    const ScalingDecision a = through->plan(in), b = restarted->plan(in);
    if (auto what = unlike(a, b); !what.empty()) return what;
    if (a.acts() && r.uniform() < 0.3) {
      // Ended after the decision was written and before it was carried out: it did not come about.
      through->revoke();
      if (r.uniform() < 0.5) {
        const Value state = kept(*restarted);
        restarted = make();
        if (!state.is_null()) {
          if (auto done = restarted->restore(state, at, at); !done) return done.error().message;
        }
      }
      restarted->revoke();
      continue;
    }
    replicas = a.replicas;
  }
  return {};
}

HybridOptions minutes() {
  HybridOptions o;
  o.window = 5min;
  o.limits.cooldown_up = 30min;
  return o;
}

/// One that has decided to scale up.
std::unique_ptr<Hybrid> decided() {
  auto policy = std::make_unique<Hybrid>(minutes(), five());
  ScalingInput in;
  in.at = start;
  in.load = 12;
  in.forecast = in.forecast_mean = std::vector<double>(5, 12.0);
  REQUIRE(policy->plan(in).replicas == 3);
  return policy;
}

/// @return why not
std::string refusal(ScalingPolicy& policy, const Value& state, TimePoint now = start + 1min,
                    TimePoint kept_at = start) {
  const auto done = policy.restore(state, now, kept_at);
  REQUIRE(!done);
  return done.error().message;
}

}  // namespace

TEST_CASE("policy state: ended and made again at random moments, every kind decides the same") {
  const Capacity capacity = five();
  for (int kind = 0; kind < policy_kinds; ++kind) {
    CAPTURE(kind);
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
      const std::string what = run_twice(kind, seed, capacity);
      if (!what.empty()) FAIL_CHECK("seed " << seed << ": " << what);
      if (!what.empty()) break;
    }
  }
}

TEST_CASE("policy state: a policy that draws samples goes on with the same ones") {
  PredictiveScalingOptions o;
  o.window = 1min;
  o.samples = 20;
  PredictiveScaling through(o, five());
  auto restarted = std::make_unique<PredictiveScaling>(o, five());
  ScalingInput in;
  in.forecast = in.forecast_mean = {7, 9};
  for (int i = 0; i < 20; ++i) {
    in.at = start + i * 1min;
    in.forecast[0] = 5.0 + i % 7;
    const ScalingDecision a = through.plan(in), b = restarted->plan(in);
    CHECK(unlike(a, b).empty());
    in.replicas = in.ready = a.replicas;
    const Value state = kept(*restarted);
    restarted = std::make_unique<PredictiveScaling>(o, five());
    REQUIRE(restarted->restore(state, in.at + 1min, in.at));
    CHECK(kept(*restarted) == kept(through));
  }
}

TEST_CASE("policy state: who remembers nothing keeps nothing") {
  Reactive reactive(ReactiveOptions{});
  CHECK(reactive.state().is_null());
  ReactiveOptions o;
  o.limits.cooldown_up = 1min;
  CHECK(!Reactive(o).state().is_null());
}

TEST_CASE("policy state: a foreign one is refused, and the policy is as new") {
  const auto policy = decided();
  const Value state = kept(*policy);
  Hybrid fresh(minutes(), five());
  REQUIRE(fresh.restore(state, start + 1min, start));

  Value changed = state;
  CHECK(refusal(fresh, changed.set("version", 2)) == "it is of version 2, this one reads 1");
  HybridOptions other = minutes();
  other.limits.maximum = 7;
  Hybrid bounded(other, five());
  CHECK(refusal(bounded, state) == "it is of a policy with other options");
  other = minutes();
  other.calm = 3min;
  Hybrid calmer(other, five());
  CHECK(refusal(calmer, state) == "it is of a policy with other options");
  Hybrid stronger(minutes(), Capacity::from_throughput(6, 22));
  CHECK(refusal(stronger, state) == "it is of a policy with other options");
  Hpa hpa{HpaOptions{}};
  CHECK(refusal(hpa, state) == "it is of a policy 'hybrid', this one is 'hpa'");
  CHECK(refusal(fresh, state, start + 25h).find("it is 1d1h old") == 0);
  CHECK(refusal(fresh, state, start - 1min, start - 2min) ==
        "it speaks of a time that has not come");
  // Nothing of it is left: no cool-down.
  ScalingInput in;
  in.at = start + 1min;
  in.load = 12;
  in.forecast = in.forecast_mean = std::vector<double>(5, 12.0);
  CHECK(fresh.plan(in).replicas == 3);
}

TEST_CASE("policy state: a damaged one is refused") {
  const auto policy = decided();
  const Value state = kept(*policy);
  Hybrid fresh(minutes(), five());
  CHECK(refusal(fresh, Value(7)).find("version 0") != std::string::npos);
  Value without = Value::object();
  for (const auto& [key, value] : state.as_object()) {
    if (key != "state") without.set(key, value);
  }
  CHECK(refusal(fresh, without).find("'state'") != std::string::npos);
  // Each field with something else in it, and one more.
  const Value fields = *state.find("state");
  REQUIRE(fields.size() >= 5);
  for (const auto& [key, value] : fields.as_object()) {
    CAPTURE(key);
    Value damaged = state, inner = fields;
    CHECK(!refusal(fresh, damaged.set("state", inner.set(key, "x"))).empty());
    CHECK(!refusal(fresh, damaged.set("state", inner.set(key, Value::object()))).empty());
  }
  Value more = state, inner = fields;
  CHECK(refusal(fresh, more.set("state", inner.set("unheard_of", 1))).find("more is kept") == 0);
  CHECK(kept(fresh) == kept(*std::make_unique<Hybrid>(minutes(), five())));
}

TEST_CASE("policy state: lists must be in order, durations not below zero") {
  std::vector<std::pair<TimePoint, std::int64_t>> list{{start, 1}, {start + 1s, 2}};
  PolicyState out;
  out.events("list", list);
  std::vector<Duration> lengths{1s, 2s};
  out.field("lengths", lengths);
  Value written = out.take();
  PolicyState in(written);
  std::vector<std::pair<TimePoint, std::int64_t>> again;
  std::vector<Duration> lengths_again;
  in.events("list", again);
  in.field("lengths", lengths_again);
  CHECK(again == list);
  CHECK(lengths_again == lengths);
  CHECK(in.finish() == start + 1s);
  PolicyState back(Value::object().set("list", Value(Value::Array{5, 1, 4, 1})));
  CHECK_THROWS_AS(back.events("list", again), FormatError);
  PolicyState odd(Value::object().set("list", Value(Value::Array{5})));
  CHECK_THROWS_AS(odd.events("list", again), FormatError);
  PolicyState negative(Value::object().set("lengths", Value(Value::Array{-1})));
  CHECK_THROWS_AS(negative.field("lengths", lengths), FormatError);
}

TEST_CASE("policy state: what was learned of start-ups and loads is kept") {
  Hybrid policy(minutes(), five());
  ScalingInput in;
  in.at = start;
  in.load = 12;
  in.forecast = in.forecast_mean = std::vector<double>(5, 12.0);
  REQUIRE(policy.plan(in).replicas == 3);
  in.replicas = 3;
  in.ready = 1;
  in.at += 4min;
  policy.plan(in);
  in.ready = 3;
  in.at += 1min;
  policy.plan(in);
  REQUIRE(policy.measured_startup() == 4min);
  Hybrid again(minutes(), five());
  REQUIRE(again.restore(kept(policy), in.at + 1min, in.at));
  CHECK(again.measured_startup() == 4min);
  CHECK(kept(again) == kept(policy));
}

TEST_CASE("policy state: recommendations that decide nothing any more are not kept") {
  HpaOptions o;
  o.metrics = {{"load", 4, HpaTarget::average_value}};
  o.limits.maximum = 50;
  Hpa policy(o);
  ScalingInput in;
  for (int i = 0; i < 200; ++i) {
    in.at = start + i * 1s;
    in.load = 100 - i % 3;
    in.replicas = in.ready = policy.plan(in).replicas;
  }
  CHECK(kept(policy).find("state")->find("recommended")->size() <= 6);
}

TEST_CASE("target tracking: a scale-out that did not come about cools nothing down") {
  TargetTrackingOptions o;
  o.target = 4;
  o.scale_out_periods = 1;
  TargetTracking policy(o);
  ScalingInput in;
  in.at = start;
  in.load = 8;
  REQUIRE(policy.plan(in).replicas == 2);
  policy.revoke();
  in.load = 2;
  for (int i = 1; i <= 4; ++i) {
    in.at = start + i * 1min;
    in.replicas = in.ready = 2;
    policy.plan(in);
  }
  CHECK(kept(policy).find("state")->find("last_out") == nullptr);
}
