#include "learningplane/simulation/lineup.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"
#include "learningplane/simulation/operating_rooms.hpp"
#include "support/skip.hpp"

using namespace learningplane;
using namespace learningplane::simulation;

namespace {
Registries builtins() {
  Registries r;
  register_core(r);
  return r;
}
}  // namespace

// The goals for the hybrid: at most 12 events, 0.10 % of slots above 22 ms, instance time
// within 2 % of the 60-minute oracle's; 0.15 % where instances take five minutes to start.
TEST_CASE("lineup: the hybrid keeps its goals on the surgery trace, honest protocol") {
  const auto dir = support::data_dir("nct");
  LEARNINGPLANE_NEED(!dir.empty(), "the surgery trace is not there");
  const Registries registries = builtins();
  const WorkloadTrace trace =
      value_or_throw(read_trace((dir / "rooms_weeks_1-4_1min.csv").string()));
  LineupOptions o;
  o.capacity_file = (dir / "pravega_latency_quantiles_ms.csv").string();
  const auto capacity = value_or_throw(decision::Capacity::read(o.capacity_file));
  o.simulation.slots = 10'080;
  o.simulation.latencies = Latencies::exact;
  for (const std::size_t start : {10'080U, 20'160U, 30'240U}) {
    CAPTURE(start);
    o.simulation.start_slot = start;
    o.simulation.startup_slots = 0;
    const std::vector<LineupEntry> both{lineup_entry("hybrid", o, capacity, registries),
                                        lineup_entry("oracle", o, capacity, registries)};
    const auto r = compare(trace, capacity, both, o, registries);
    CHECK(r[0].events <= 12);
    CHECK(r[0].violations[2] <= 0.10);
    CHECK(r[0].instance_minutes <= 1.02 * r[1].instance_minutes);
    o.simulation.startup_slots = 5;
    CHECK(compare(trace, capacity, {both[0]}, o, registries)[0].violations[2] <= 0.15);
  }
}

TEST_CASE("lineup: names, policy files and what is refused") {
  const Registries registries = builtins();
  LineupOptions o;
  const auto capacity = decision::Capacity::from_throughput(5, 22);
  CHECK(lineup_entry("vanilla", o, capacity, registries).kind == "reactive");
  const LineupEntry hpa = lineup_entry("hpa", o, capacity, registries);
  CHECK(hpa.options.find("metrics")->as_array()[0].find("target")->as_double() == 4);
  CHECK_THROWS_AS(lineup_entry("best", o, capacity, registries), ConfigError);
  CHECK_THROWS_AS(lineup_entry("placement", o, capacity, registries), ConfigError);
  const Value file =
      Value::object().set("kind", "hybrid").set("name", "ours").set("throughput", 5.0);
  const LineupEntry ours = lineup_entry(file, o, registries);
  CHECK(ours.name == "ours");
  CHECK(ours.forecasts == Forecasts::model);
  Value wrong = file;
  wrong.set("forecasts", "future");
  CHECK_THROWS_AS(lineup_entry(wrong, o, registries), ConfigError);
  wrong = file;
  wrong.set("calmness", 1);
  CHECK_THROWS_AS(lineup_entry(wrong, o, registries), ConfigError);
  // The published protocol plans on its own forecast only.
  o.simulation.protocol = Protocol::published;
  LineupEntry model = ours;
  CHECK_THROWS_AS(compare(operating_rooms({.weeks = 2}), capacity, {model}, o, registries),
                  ConfigError);
}

TEST_CASE("lineup: an honest forecast knows nothing of what is to come") {
  const Registries registries = builtins();
  WorkloadTrace trace = operating_rooms({.weeks = 3});
  LineupOptions o;
  o.simulation.slots = 5'000;
  o.simulation.latencies = Latencies::exact;
  const auto capacity = decision::Capacity::from_throughput(5, 19);
  const Value file = Value::object().set("kind", "hybrid").set("throughput", 5.0);
  const LineupEntry entry = lineup_entry(file, o, registries);
  const auto before = compare(trace, capacity, {entry}, o, registries);
  const std::size_t change = 10'080 + 3'000;
  for (std::size_t i = change; i < trace.size(); ++i) trace.load[i] = 10;
  const auto after = compare(trace, capacity, {entry}, o, registries);
  for (std::size_t i = 0; i <= 3'000; ++i) REQUIRE(before[0].replicas[i] == after[0].replicas[i]);
}
