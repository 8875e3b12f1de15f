#include "learningplane/simulation/simulator.hpp"

#include <doctest/doctest.h>

#include "learningplane/decision/memory.hpp"
#include "learningplane/decision/predictive_scaling.hpp"
#include "learningplane/error.hpp"
#include "learningplane/simulation/operating_rooms.hpp"
#include "learningplane/simulation/what_if.hpp"
#include "support/skip.hpp"

using namespace learningplane;
using namespace learningplane::simulation;
using decision::Capacity;

namespace {

/// Asks for what a list says, slot by slot.
class Scripted final : public decision::ScalingPolicy {
 public:
  explicit Scripted(std::vector<std::int64_t> wishes)
      : ScalingPolicy({}), wishes_(std::move(wishes)) {}
  std::string_view kind() const override { return "scripted"; }
  decision::ScalingNeeds needs() const override { return {}; }

 protected:
  void wish(const decision::ScalingInput&, decision::ScalingDecision& d) override {
    d.wish = at_ < wishes_.size() ? wishes_[at_++] : d.current;
    d.rule = "script";
  }
  void forget() override { at_ = 0; }

 private:
  std::vector<std::int64_t> wishes_;
  std::size_t at_ = 0;
};

WorkloadTrace steady(double load, std::size_t slots) {
  WorkloadTrace t;
  t.load.assign(slots, load);
  return t;
}

SimulationOptions exact(std::size_t slots) {
  SimulationOptions o;
  o.start_slot = 0;
  o.slots = slots;
  o.latencies = Latencies::exact;
  return o;
}

}  // namespace

TEST_CASE("simulator: a change takes effect in the next slot, a start-up delay later") {
  const WorkloadTrace trace = steady(8, 10);
  const Capacity capacity = Capacity::from_throughput(5, 19);
  Scripted policy({1, 3, 3, 3, 3, 1});
  SimulationOptions o = exact(10);
  SimulationResult r = simulate(trace, capacity, policy, nullptr, o);
  CHECK(r.ready == std::vector<std::int32_t>{1, 1, 3, 3, 3, 3, 1, 1, 1, 1});
  CHECK(r.events == 2);
  CHECK(r.instance_minutes == 18);
  CHECK(r.max_instances == 3);
  CHECK(r.violations[2] == doctest::Approx(60));  // the slots with one instance
  CHECK(r.penalty_percentile == doctest::Approx(80));
  CHECK(r.decisions.size() == 2);
  o.startup_slots = 2;
  r = simulate(trace, capacity, policy, nullptr, o);
  CHECK(r.replicas == std::vector<std::int32_t>{1, 1, 3, 3, 3, 3, 1, 1, 1, 1});
  CHECK(r.ready == std::vector<std::int32_t>{1, 1, 1, 1, 3, 3, 1, 1, 1, 1});
  o.startup_slots = 9;  // given up before they serve
  r = simulate(trace, capacity, policy, nullptr, o);
  CHECK(r.ready == std::vector<std::int32_t>(10, 1));
  CHECK(r.penalty_percentile == 100);
}

TEST_CASE("simulator: unknown slots are no violations and nothing is scaled down in them") {
  WorkloadTrace trace = steady(1, 6);
  trace.load[2] = trace.load[3] = std::nan("");
  decision::ReactiveOptions ro;
  ro.window = std::chrono::minutes(1);
  decision::Reactive policy(ro);
  SimulationOptions o = exact(6);
  o.first_instances = 4;
  const SimulationResult r = simulate(trace, Capacity::from_throughput(5, 10), policy, nullptr, o);
  CHECK(r.unknown_slots == 2);
  CHECK(r.replicas == std::vector<std::int32_t>{4, 3, 2, 2, 2, 1});
}

TEST_CASE("simulator: sampled latencies tend to the exact ones, and a seed fixes everything") {
  const WorkloadTrace trace = operating_rooms({.weeks = 1});
  const Capacity capacity =
      value_or_throw(Capacity::parse("load,min,p50,p95,max\n1,8,9,10,30\n5,8,11,19.5,45\n"
                                     "6,8,13,24,45\n10,8,20,40,75\n"));
  decision::ReactiveMemory policy{decision::ReactiveOptions{}};
  SimulationOptions o;
  o.start_slot = 0;
  const SimulationResult a = simulate(trace, capacity, policy, nullptr, o);
  const SimulationResult b = simulate(trace, capacity, policy, nullptr, o);
  CHECK(a.latency == b.latency);
  CHECK(a.replicas == b.replicas);
  o.latencies = Latencies::exact;
  const SimulationResult e = simulate(trace, capacity, policy, nullptr, o);
  CHECK(a.violations[2] == doctest::Approx(e.violations[2]).epsilon(0.2));
  CHECK(a.instance_minutes == doctest::Approx(e.instance_minutes).epsilon(0.05));
  // Every frame once: 1,800 a stream and minute.
  double streams = 0;
  for (const double v : trace.load) streams += v;
  CHECK(static_cast<double>(a.samples) == doctest::Approx(1800 * streams));
}

TEST_CASE("simulator: what-ifs do not depend on the number of threads") {
  const WorkloadTrace trace = operating_rooms({.weeks = 1});
  const Capacity capacity = Capacity::from_throughput(5, 19);
  std::vector<WhatIf> runs;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    WhatIf w;
    w.trace = &trace;
    w.capacity = &capacity;
    w.options = exact(2'000);
    w.options.seed = seed;
    w.options.arrivals = true;
    w.options.failure_probability = 0.001;
    w.policy = [] {
      return std::make_unique<decision::ReactiveMemory>(decision::ReactiveOptions{});
    };
    runs.push_back(std::move(w));
  }
  const auto one = what_if(runs, 1), four = what_if(runs, 4);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    CHECK(one[i].replicas == four[i].replicas);
    CHECK(one[i].latency == four[i].latency);
    CHECK(one[i].failures == four[i].failures);
  }
  CHECK(one[0].load != one[1].load);  // arrivals are drawn
  runs[3].options.slots = 0;
  CHECK_THROWS_AS(what_if(runs, 4), ConfigError);
}

TEST_CASE("simulator: protocols are never mixed, and a wanted forecast must be given") {
  SimulationResult a, b;
  b.protocol = Protocol::published;
  CHECK_THROWS_AS(to_value({a, b}), LogicError);
  const WorkloadTrace trace = steady(1, 3);
  const Capacity capacity = Capacity::from_throughput(5, 10);
  decision::PredictiveScaling policy({}, capacity);
  CHECK_THROWS_AS(simulate(trace, capacity, policy, nullptr, exact(3)), LogicError);
  SimulationOptions late = exact(3);
  late.start_slot = 3;
  Scripted scripted({});
  CHECK_THROWS_AS(simulate(trace, capacity, scripted, nullptr, late), ConfigError);
}

// The document's own values beside the bands of an independent re-implementation (guide, 3.3):
// events 1310, 44, 10, 12; slots above 22 ms 5.82, 0.36, 0, 0.62 %.
TEST_CASE("simulator: the published protocol reproduces the document on the surgery trace") {
  const auto dir = support::data_dir("nct");
  LEARNINGPLANE_NEED(!dir.empty(), "the surgery trace is not there");
  const WorkloadTrace trace =
      value_or_throw(read_trace((dir / "rooms_weeks_1-4_1min.csv").string()));
  const Capacity capacity =
      value_or_throw(Capacity::read((dir / "pravega_latency_quantiles_ms.csv").string()));
  const OracleSource oracle(trace, 0);
  const AlignedSource lstm(published_forecast(trace), 10'080);
  SimulationOptions o;
  o.protocol = Protocol::published;
  o.seed = 1;
  decision::Reactive vanilla{decision::ReactiveOptions{}};
  SimulationResult r = simulate(trace, capacity, vanilla, nullptr, o);
  CHECK(r.slots == 10'081);
  CHECK(r.events >= 1306);
  CHECK(r.events <= 1326);
  CHECK(r.violations[2] > 5.45);
  CHECK(r.violations[2] < 5.65);
  CHECK(r.penalty_percentile == doctest::Approx(86.9).epsilon(0.002));
  CHECK(r.max_instances == 5);
  decision::ReactiveMemory memory{decision::ReactiveOptions{}};
  r = simulate(trace, capacity, memory, nullptr, o);
  CHECK(r.violations[2] > 0.30);
  CHECK(r.violations[2] < 0.49);
  decision::PredictiveScalingOptions po;
  po.samples = 100;
  po.seed = 1;
  decision::PredictiveScaling predictive(po, capacity);
  r = simulate(trace, capacity, predictive, &oracle, o);
  CHECK(r.events >= 10);
  CHECK(r.events <= 12);
  CHECK(r.violations[2] == 0);
  CHECK(r.max_instances == 2);
  r = simulate(trace, capacity, predictive, &lstm, o);
  CHECK(r.events == 12);
  CHECK(r.violations[2] == doctest::Approx(0.62).epsilon(0.02));
  CHECK(r.instance_minutes == 12'241);
}
