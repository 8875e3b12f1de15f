#include "learningplane/decision/sizing.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/decision/sizing_request.hpp"
#include "learningplane/decision/sizing_window.hpp"
#include "learningplane/error.hpp"
#include "learningplane/registries.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {
constexpr double mib = 1'048'576, unknown = std::numeric_limits<double>::quiet_NaN();
TimePoint at(Duration d) { return from_ns(1'700'000'000'000'000'000) + d; }

SizingInput input(Duration when, double cpu, double memory, Size current) {
  SizingInput in;
  in.at = at(when);
  in.current = current;
  in.usage = {{in.at, cpu, memory}};
  return in;
}

/// Wishes what it saw last, and counts.
class Last final : public SizingPolicy {
 public:
  explicit Last(SizingLimits l = {}) : SizingPolicy(l) {}
  std::string_view kind() const override { return "last"; }
  SizingNeeds needs() const override { return {}; }
  std::size_t seen = 0, kills = 0;

 protected:
  void observe(const UsageSample& s) override {
    last_ = s;
    ++seen;
  }
  void killed(const OutOfMemory&) override { ++kills; }
  void wish(const SizingInput&, SizingDecision& d) override {
    d.cpu.wish = last_.cpu_cores;
    d.memory.wish = last_.memory_bytes;
    d.cpu.rule = d.memory.rule = "last";
  }

 private:
  UsageSample last_{};
};
}  // namespace

TEST_CASE("sizing: what was seen is passed over, what is to come is not looked at") {
  Last policy;
  SizingInput in = input(10min, 0.5, 200 * mib, {1, 400 * mib});
  in.usage = {{at(8min), 3, 1}, {at(9min), 2, 1}, {at(10min), 0.5, 200 * mib}, {at(11min), 9, 9}};
  in.out_of_memory = {{at(7min), 100 * mib}};
  const SizingDecision d = policy.plan(in);
  CHECK(policy.seen == 3);
  CHECK(policy.kills == 1);
  CHECK(d.cpu.value == doctest::Approx(0.5));
  CHECK(d.memory.value == 200 * mib);
  CHECK(d.cpu.rule == "last");
  (void)policy.plan(in);
  CHECK(policy.seen == 3);
  CHECK(policy.kills == 1);
}

TEST_CASE("sizing: unknown, stale and negative usage hold, each resource for itself") {
  Last policy;
  SizingDecision d = policy.plan(input(0min, unknown, 200 * mib, {1, 400 * mib}));
  CHECK_FALSE(d.cpu.acts());
  CHECK(d.cpu.rule == "unknown_data");
  CHECK(d.memory.value == 200 * mib);
  d = policy.plan(input(1min, -0.5, 200 * mib, {1, 200 * mib}));
  CHECK_FALSE(d.acts());
  CHECK(d.cpu.rule == "unknown_data");
  CHECK_FALSE(policy.plan(input(2min, 0.5, 200 * mib, {1, 200 * mib})).cpu.known == false);
  // 15 minutes old is known, 16 is not.
  SizingInput late = input(17min, 0, 0, {1, 400 * mib});
  late.usage.clear();
  CHECK(policy.plan(late).cpu.value == doctest::Approx(0.5));
  late.at = at(18min);
  CHECK(policy.plan(late).cpu.rule == "unknown_data");
  CHECK_FALSE(policy.plan(late).acts());
  // A kill is known all the same.
  late.out_of_memory = {{at(18min), 400 * mib}};
  d = policy.plan(late);
  CHECK(d.memory.value == 500 * mib);
  CHECK(d.memory.rule == "out_of_memory");
}

TEST_CASE("sizing: a resource that is not managed stays") {
  Last policy({.manage = Managed::memory});
  const SizingDecision d = policy.plan(input(0min, 0.5, 200 * mib, {1, 400 * mib}));
  CHECK(d.cpu.value == 1);
  CHECK(d.cpu.rule == "not_managed");
  CHECK(d.memory.value == 200 * mib);
}

TEST_CASE("sizing: as a record, with both sizes and why") {
  Last policy;
  Observation seen;
  seen.application = "shop";
  CHECK(policy.decide(seen).rule == "unknown_data");
  CHECK_FALSE(policy.decide(seen).acts());
  seen.sizing = input(0min, 0.5, unknown, {1, 400 * mib});
  const Decision d = policy.decide(seen);
  // Nothing is known of memory: 0 leaves it, whatever sizes the pods have.
  CHECK(d.action == Action{Resize{0.5, 0}});
  CHECK(d.application == "shop");
  CHECK(d.rule == "last");
  CHECK(d.reason.find("cpu from 1 cores to 0.5 cores (last)") != std::string::npos);
  CHECK(d.reason.find("memory stays at 400 MiB (unknown_data)") != std::string::npos);
  CHECK(d.details.find("memory")->get("known", true) == false);
  seen.sizing = input(1min, 0.25, unknown, {0.5, unknown});
  CHECK(policy.decide(seen).action == Action{Resize{0.25, 0}});
}

TEST_CASE("sizing request: what the user asked for, or fixed numbers, and no bump") {
  SizingRequest asked{SizingRequestOptions{}};
  SizingInput in = input(0min, 0.5, 900 * mib, {1, 400 * mib});
  in.requested = {2, 512 * mib};
  in.out_of_memory = {{at(0min), 400 * mib}};
  in.usage[0].memory_bytes = 400 * mib;
  SizingDecision d = asked.plan(in);
  CHECK(d.cpu.value == 2);
  CHECK(d.memory.value == 512 * mib);
  CHECK(d.memory.rule == "request");
  in.at += 1min;
  in.requested = {};
  d = asked.plan(in);
  CHECK_FALSE(d.cpu.acts());
  SizingRequest fixed{SizingRequestOptions{.cpu_cores = 0.7, .memory_bytes = 600 * mib}};
  d = fixed.plan(in);
  CHECK(d.cpu.value == doctest::Approx(0.7));
  CHECK(d.memory.value == 600 * mib);
  CHECK_THROWS_AS(SizingRequest{SizingRequestOptions{.cpu_cores = -1}}, ConfigError);
}

TEST_CASE("sizing window: maximum and percentile of what is not too old") {
  const auto run = [](double q, Duration every) {
    SizingWindowOptions o;
    o.cpu_window = o.memory_window = 10min;
    o.cpu_quantile = o.memory_quantile = q;
    o.cpu_margin = 0.1;
    o.every = every;
    o.limits.cpu_bump_ratio = 1;
    return std::make_unique<SizingWindow>(o);
  };
  auto policy = run(1, 0s);
  Size size{100, 1000 * mib};
  SizingDecision d;
  for (int i = 0; i < 5; ++i) d = policy->plan(input(i * 1min, i == 0 ? 9 : i, 300 * mib, size));
  CHECK_FALSE(d.acts());  // four minutes are less than half a window
  CHECK(d.cpu.rule == "warming_up");
  for (int i = 5; i < 10; ++i) d = policy->plan(input(i * 1min, i, 300 * mib, size));
  CHECK(d.cpu.value == doctest::Approx(9.9));  // of the first nine, and a tenth
  CHECK(d.memory.value == 300 * mib);
  d = policy->plan(input(10min, 1, 300 * mib, size));
  CHECK(d.cpu.value == doctest::Approx(9.9));  // 9 again at minute 9
  for (int i = 11; i < 20; ++i) d = policy->plan(input(i * 1min, 1, 300 * mib, size));
  CHECK(d.cpu.value == doctest::Approx(1.1));
  // The fifth of ten.
  policy = run(0.5, 0s);
  for (int i = 1; i <= 10; ++i) d = policy->plan(input(i * 1min, i, 300 * mib, size));
  CHECK(d.cpu.value == doctest::Approx(5.5));
  // A new wish only every hour.
  policy = run(1, 1h);
  for (int i = 0; i <= 65; ++i) {
    d = policy->plan(input(i * 1min, i < 50 ? 2 : 4, 300 * mib, size));
    if (i == 64) CHECK(d.cpu.value == doctest::Approx(2.2));
  }
  CHECK(d.cpu.value == doctest::Approx(4.4));
  CHECK(d.cpu.rule == "window");
}

TEST_CASE("sizing window: options are refused with their names") {
  SizingWindowOptions o;
  o.cpu_window = 0s;
  CHECK_THROWS_AS(SizingWindow{o}, ConfigError);
  o = {};
  o.memory_quantile = 0;
  CHECK_THROWS_AS(SizingWindow{o}, ConfigError);
  o = {};
  o.cpu_margin = -0.1;
  CHECK_THROWS_AS(SizingWindow{o}, ConfigError);
  o = {};
  o.every = -1s;
  CHECK_THROWS_AS(SizingWindow{o}, ConfigError);
}

TEST_CASE("sizing: every policy is built by its name, with its options checked") {
  Registries r;
  register_core(r);
  for (const char* name : {"sizing_request", "sizing_window", "sizing_histogram",
                           "sizing_theta_scan", "sizing_oracle"}) {
    const auto policy = r.policies.build(name, Value::object().set("minimal_change", 0.2));
    CHECK(policy->kind() == name);
    CHECK(dynamic_cast<SizingPolicy&>(*policy).limits().minimal_change == 0.2);
    CHECK_THROWS_AS(r.policies.build(name, Value::object().set("minimal_change", 2)), ConfigError);
  }
  CHECK_THROWS_AS(r.policies.build("sizing_phases", Value::object()), ConfigError);
  CHECK_THROWS_AS(r.policies.build("sizing_phases", Value::object().set("model", "/nowhere")),
                  ConfigError);
}

TEST_CASE("sizing: what did not come about cools nothing down, what was before a restart does") {
  Last policy({.cooldown_up = 1h, .cooldown_down = 1h});
  CHECK(policy.plan(input(0min, 0.5, 200 * mib, {1, 400 * mib})).acts());
  policy.revoke();
  policy.revoke();  // there is nothing more to take back
  SizingDecision d = policy.plan(input(1min, 0.5, 200 * mib, {1, 400 * mib}));
  CHECK(d.cpu.value == doctest::Approx(0.5));
  CHECK(d.memory.value == 200 * mib);
  d = policy.plan(input(2min, 0.25, 200 * mib, {0.5, 200 * mib}));
  CHECK(d.cpu.rule == "cooldown");
  policy.revoke();  // that changed nothing: the change of minute 1 stands
  CHECK(policy.plan(input(3min, 0.25, 200 * mib, {0.5, 200 * mib})).cpu.rule == "cooldown");
  Last later({.cooldown_down = 1h});
  later.recall(Resource::cpu, at(0min));
  d = later.plan(input(10min, 0.5, 200 * mib, {1, 400 * mib}));
  CHECK(d.cpu.rule == "cooldown");
  CHECK(d.memory.value == 200 * mib);
  CHECK(later.plan(input(60min, 0.5, 200 * mib, {1, 200 * mib})).cpu.value == doctest::Approx(0.5));
}

TEST_CASE("sizing: kills and usage of a look-back are learned from in the order of time") {
  class Order final : public SizingPolicy {
   public:
    Order() : SizingPolicy({}) {}
    std::string_view kind() const override { return "order"; }
    SizingNeeds needs() const override { return {}; }
    std::string seen{};

   protected:
    void observe(const UsageSample&) override { seen += 'u'; }
    void killed(const OutOfMemory&) override { seen += 'k'; }
    void wish(const SizingInput&, SizingDecision&) override {}
  } policy;
  SizingInput in = input(4min, 1, mib, {1, 400 * mib});
  in.usage = {{at(1min), 1, mib}, {at(2min), 1, mib}, {at(3min), 1, mib}};
  in.out_of_memory = {{at(2min), mib}, {at(5min), mib}};
  (void)policy.plan(in);
  CHECK(policy.seen == "ukuuk");
}

TEST_CASE("sizing: usage of before a change does not say that the new limit is reached") {
  Last policy;
  SizingDecision d = policy.plan(input(0min, 0.5, 200 * mib, {1, 400 * mib}));
  CHECK(d.cpu.value == doctest::Approx(0.5));
  SizingInput again = input(0min, 0.5, 200 * mib, {0.5, 200 * mib});
  again.at += 10s;
  CHECK_FALSE(policy.plan(again).cpu.acts());
  d = policy.plan(input(1min, 0.5, 200 * mib, {0.5, 200 * mib}));
  CHECK(d.cpu.value == doctest::Approx(0.6));
  CHECK(d.cpu.rule == "at_limit");
}
