// An agent that scales, on a manual clock: the same policies on the same inputs as the simulator.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/scaling_day.hpp"

using namespace support;
using namespace std::chrono_literals;
using journal::EntryKind;
using simulation::WorkloadTrace;

TEST_CASE("scaling loop: on the same inputs the agent decides as the simulator does") {
  Registries registries;
  register_core(registries);
  const WorkloadTrace trace = rooms();
  for (const Case& c : cases()) {
    CAPTURE(c.kind);
    const Simulated s = simulate_day(trace, build(registries, c.kind, c.options));
    REQUIRE(s.decisions.size() == 1440);
    ScalingFixture f(telemetry_of(trace, s), trace.time(start_slot) + 30s);
    set_up(f, [&] { return build(registries, c.kind, c.options); });
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(trace.time(start_slot + 1440));
    const auto entries = f.entries(EntryKind::decision);
    REQUIRE(entries.size() == 1440);
    std::size_t changes = 0, unlike = 0;
    for (std::size_t i = 0; i < 1440; ++i) {
      const Value& d = *entries[i].body.find("details");
      const decision::ScalingDecision& wanted = s.decisions[i];
      const bool same = d.get("replicas", std::int64_t{-1}) == wanted.replicas &&
                        d.get("current", std::int64_t{-1}) == wanted.current &&
                        d.get("wish", std::int64_t{-1}) == wanted.wish &&
                        entries[i].body.get("rule", "") == wanted.rule;
      changes += wanted.acts();
      if (!same && unlike++ == 0)
        MESSAGE("slot ", i, ": ", entries[i].body.get("rule", ""), " ",
                d.get("replicas", std::int64_t{-1}), " instead of ", std::string(wanted.rule), " ",
                wanted.replicas);
    }
    CHECK(unlike == 0);
    CHECK(changes >= 2);  // the day does ask for something
    CHECK(f.fleet->acts == static_cast<int>(changes));
    CHECK(f.entries(EntryKind::outcome).size() == changes);
  }
}

TEST_CASE("scaling loop: what is not known holds, and the journal says what and why") {
  Registries registries;
  register_core(registries);
  const WorkloadTrace trace = rooms();
  const Value options = with_bounds(Value::object().set("throughput", 5.0));
  const Simulated s = simulate_day(trace, build(registries, "hybrid", options));
  ScalingFixture f(telemetry_of(trace, s), trace.time(start_slot + 9 * 60) + 30s);
  set_up(f, [&] { return build(registries, "hybrid", options); });
  f.fleet->fleets["surgery"] = {4, 4, {}};
  auto agent = f.make();
  REQUIRE(agent.start());
  const auto last = [&] { return f.entries(EntryKind::decision).back(); };
  const auto unknown = [&](const char* name) {
    const journal::Entry newest = last();
    const Value* list = newest.body.find("details")->find("unknown");
    if (list == nullptr) return std::string("nothing");
    for (const Value& one : list->as_array()) {
      if (one.get("name", "") == std::string(name)) return std::string(one.get("reason", ""));
    }
    return std::string("not it");
  };
  f.executor.run_until(trace.time(start_slot + 9 * 60 + 2));
  CHECK(unknown("load") == "nothing");
  SUBCASE("the sensor fails") {
    f.failure = Failure{Errc::timeout, "no answer in 5 s", {}};
    f.executor.run_until(trace.time(start_slot + 15 * 60));
    CHECK(unknown("load") == "failed");
    CHECK(last().body.get("rule", "") == "unknown_data");
    CHECK(f.fleet->fleets["surgery"].asked == 4);
    CHECK(decision::explain(value_or_throw(decision::decision_from_value(last().body)))
              .find("no answer in 5 s") != std::string::npos);
    f.failure.reset();
    f.executor.run_until(trace.time(start_slot + 19 * 60));
    CHECK(f.fleet->fleets["surgery"].asked < 4);
  }
  SUBCASE("nobody saw it") {
    f.executor.run_until(trace.time(start_slot + 11 * 60 + 20));
    CHECK(unknown("load") == "stale");
  }
  SUBCASE("the orchestrator does not answer") {
    f.fleet->failure = Failure{Errc::unavailable, "the server is down", {}};
    f.executor.run_until(trace.time(start_slot + 15 * 60));
    CHECK(last().body.get("rule", "") == "unknown_data");
    CHECK(unknown("replicas") == "failed");
    CHECK(last().body.get("reason", "").find("the server is down") != std::string::npos);
    CHECK(f.fleet->acts == 0);
  }
}

TEST_CASE("scaling loop: a load or latency that cannot be is unknown, and nothing is given back") {
  Registries registries;
  register_core(registries);
  const TimePoint begin = from_ns(0) + 24h * 20000;
  for (const double load : {-30.0, std::numeric_limits<double>::infinity()}) {
    CAPTURE(load);
    for (const char* kind : {"hybrid", "hpa", "reactive"}) {
      CAPTURE(kind);
      std::vector<std::int64_t> times;
      std::vector<double> loads, latencies;
      for (int i = 0; i < 120; ++i) {
        times.push_back(to_ns(begin + i * 1min));
        loads.push_back(i < 60 ? 18 : load);
        latencies.push_back(i < 60 ? 10 : -load);
      }
      ScalingFixture f(value_or_throw(telemetry::Frame::make(
                           times, {{"load", {}, {}, loads, {}}, {"p95", {}, {}, latencies, {}}})),
                       begin + 50min + 30s);
      Value options = with_bounds(Value::object());
      if (kind == std::string("hybrid")) options.set("throughput", 5.0);
      if (kind == std::string("hpa"))
        options.set("metrics",
                    Value::array().push(Value::object().set("name", "load").set("target", 5.0)));
      set_up(f, [&] { return build(registries, kind, options); });
      f.parts.scaling.latency = "p95";
      f.parts.scaling.ready.clear();
      f.fleet->fleets["surgery"] = {4, 4, {}};
      auto agent = f.make();
      REQUIRE(agent.start());
      f.executor.run_until(begin + 60min);
      const std::int64_t before = f.fleet->fleets["surgery"].asked;
      f.executor.run_until(begin + 110min);
      CHECK(f.fleet->fleets["surgery"].asked >= before);
      const journal::Entry last = f.entries(EntryKind::decision).back();
      const Value* list = last.body.find("details")->find("unknown");
      REQUIRE(list != nullptr);
      const Value& first = list->as_array().front();
      CHECK(first.get("name", "") == "load");
      CHECK(first.get("reason", "") == "not_a_number");
      const bool negative = load < 0;
      CHECK(first.get("detail", "").find(negative ? "is negative (-30)" : "is infinite") !=
            std::string::npos);
    }
  }
}

TEST_CASE("scaling loop: what did not come about is wished for again at once") {
  Registries registries;
  register_core(registries);
  const WorkloadTrace trace = rooms();
  const Value options =
      with_bounds(Value::object().set("throughput", 5.0).set("cooldown_up", "30m"));
  const Simulated s = simulate_day(trace, build(registries, "hybrid", options));
  ScalingFixture f(telemetry_of(trace, s), trace.time(start_slot + 9 * 60) + 30s);
  set_up(f, [&] { return build(registries, "hybrid", options); });
  f.fleet->answer = actuator::Outcome{actuator::OutcomeStatus::conflict, "somebody else", {}, 1};
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(trace.time(start_slot + 9 * 60 + 4));
  CHECK(f.fleet->acts == 4);  // no cool-down of what did not happen
  CHECK(f.entries(EntryKind::outcome).back().body.get("status", "") == "conflict");
  f.fleet->answer.reset();
  f.executor.run_until(trace.time(start_slot + 9 * 60 + 6));
  CHECK(f.fleet->acts == 5);
  CHECK(f.fleet->fleets["surgery"].asked > 1);
  // Somebody else's change is seen and told.
  f.fleet->fleets["surgery"].asked = 4;
  f.executor.run_until(trace.time(start_slot + 9 * 60 + 7));
  const auto d = f.entries(EntryKind::decision).back();
  REQUIRE(d.body.find("details")->find("changed_by_others") != nullptr);
  CHECK(d.body.find("details")->find("changed_by_others")->get("to", std::int64_t{0}) == 4);
  CHECK(f.log.has("somebody else changed"));
}

TEST_CASE("scaling loop: after a restart nothing is done twice, and cool-downs go on") {
  Registries registries;
  register_core(registries);
  const WorkloadTrace trace = rooms();
  const Value options =
      with_bounds(Value::object().set("throughput", 5.0).set("cooldown_down", "10h"));
  const Simulated s = simulate_day(trace, build(registries, "hybrid", options));
  auto journal = std::make_shared<journal::MemoryJournal>();
  std::int64_t asked = 0;
  {
    ScalingFixture f(telemetry_of(trace, s), trace.time(start_slot + 9 * 60) + 30s, journal);
    set_up(f, [&] { return build(registries, "hybrid", options); });
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(trace.time(start_slot + 12 * 60));
    asked = f.fleet->fleets["surgery"].asked;
    REQUIRE(asked > 1);
  }
  ScalingFixture f(telemetry_of(trace, s), trace.time(start_slot + 12 * 60) + 30s, journal);
  set_up(f, [&] { return build(registries, "hybrid", options); });
  f.fleet->fleets["surgery"] = {asked, asked, {}};
  auto agent = f.make();
  REQUIRE(agent.start());
  const std::size_t before = f.entries(EntryKind::intent).size();
  f.executor.run_until(trace.time(start_slot + 18 * 60));
  CHECK(f.fleet->fleets["surgery"].asked >= asked);
  std::size_t cooling = 0;
  for (const auto& e : f.entries(EntryKind::decision))
    cooling += e.body.get("rule", "") == "cooldown";
  CHECK(cooling > 0);
  CHECK(f.entries(EntryKind::intent).size() - before == static_cast<std::size_t>(f.fleet->acts));
}

TEST_CASE("scaling loop: a dry run follows its own decisions and changes nothing") {
  Registries registries;
  register_core(registries);
  const WorkloadTrace trace = rooms();
  const Value options = with_bounds(Value::object().set("throughput", 5.0));
  const Simulated s = simulate_day(trace, build(registries, "hybrid", options));
  ScalingFixture f(telemetry_of(trace, s), trace.time(start_slot) + 30s);
  set_up(f, [&] { return build(registries, "hybrid", options); });
  f.parts.act = actuator::Mode::dry_run;
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(trace.time(start_slot + 1440));
  CHECK(f.fleet->acts == 0);
  CHECK(f.entries(EntryKind::intent).empty());
  const auto entries = f.entries(EntryKind::decision);
  REQUIRE(entries.size() == 1440);
  for (std::size_t i = 0; i < 1440; ++i)
    REQUIRE(entries[i].body.find("details")->get("replicas", std::int64_t{-1}) ==
            s.decisions[i].replicas);
}

TEST_CASE("scaling loop: one agent, an application for each value of a label") {
  Registries registries;
  register_core(registries);
  const TimePoint t0 = from_ns(1'704'067'200'000'000'000);
  std::vector<std::int64_t> times;
  for (int i = 0; i < 60; ++i) times.push_back(to_ns(t0 + i * 15s));
  std::vector<telemetry::Column> columns;
  for (int w = 0; w < 50; ++w) {
    const Labels labels{{"workload", "w" + std::to_string(w)}};
    columns.push_back({"load", labels, "", std::vector<double>(60, 3.0 * w), {}});
    columns.push_back({"asked", labels, "", std::vector<double>(60, 1.0), {}});
  }
  // One of them twice: whose it is, nobody knows.
  columns.push_back(
      {"load", {{"workload", "w7"}, {"zone", "b"}}, "", std::vector<double>(60, 1), {}});
  ScalingFixture f(value_or_throw(telemetry::Frame::make(times, columns)), t0 + 30s);
  const Value options = Value::object()
                            .set("maximum", 100)
                            .set("metrics", Value(Value::Array{Value::object()
                                                                   .set("name", "load")
                                                                   .set("target", 3.0)
                                                                   .set("kind", "average_value")}));
  f.parts.make_scaling = [&] { return build(registries, "hpa", options); };
  f.parts.applications.clear();
  f.parts.scaling.by = "workload";
  f.parts.scaling.replicas = "asked";
  f.parts.scaling.record = agent::RecordedDecisions::changes;
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 5min);
  CHECK(f.fleet->fleets.size() == 47);  // w0 and w1 need one, w7 is ambiguous
  CHECK(f.fleet->fleets.at("w2").asked == 2);
  CHECK_FALSE(f.fleet->fleets.contains("w7"));
  // A rule that goes on is kept once.
  const auto held =
      value_or_throw(f.journal->read({.kind = EntryKind::decision, .application = "w7"}));
  REQUIRE(held.size() == 1);
  CHECK(held[0].body.get("rule", "") == "unknown_data");
  CHECK(held[0].body.get("reason", "").find("several columns") != std::string::npos);
}

TEST_CASE("scaling loop: a long training window is read in parts that join") {
  Registries registries;
  register_core(registries);
  const TimePoint t0 = from_ns(1'704'067'200'000'000'000) + 48h;
  ScalingFixture f(telemetry::Frame(), t0);
  std::vector<telemetry::Window> asked;
  f.parts.sensors["rooms"] = std::make_unique<telemetry::FunctionSensor>(
      "rooms", [&asked](const telemetry::Window& w) -> Result<telemetry::Frame> {
        asked.push_back(w);
        std::vector<std::int64_t> times;
        for (TimePoint t = w.begin; t < w.end; t += 1min) times.push_back(to_ns(t));
        const std::vector<double> load(times.size(), 4.0);
        std::vector<telemetry::Column> columns;
        for (int i = 0; i < 500; ++i)
          columns.push_back({i == 0 ? "load" : "other" + std::to_string(i), {}, "", load, {}});
        return telemetry::Frame::make(std::move(times), std::move(columns));
      });
  const Value options = with_bounds(Value::object().set("throughput", 5.0));
  f.parts.make_scaling = [&] { return build(registries, "hybrid", options); };
  f.parts.make_model = [] {
    return std::make_unique<model::DayProfile>(model::DayProfileOptions{"load"});
  };
  f.parts.forecast.training = 48h;
  f.parts.scaling.step = 1min;
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 1min);
  // The first look, then the training window: 1.44 million samples, in none of the parts all.
  REQUIRE(asked.size() > 3);
  const TimePoint end = asked[0].end;
  CHECK(asked[1].begin == end - 48h);
  CHECK(asked.back().end == end);
  for (std::size_t i = 2; i < asked.size(); ++i) {
    CHECK(asked[i].begin == asked[i - 1].end);
    CHECK(asked[i].end - asked[i].begin <= 34h);
  }
  CHECK(f.log.has("on 2880 rows"));
}

namespace {

/// A clock that each look moves on.
class Ticking final : public Clock {
 public:
  explicit Ticking(Duration tick) : tick_(tick) {}
  TimePoint now() const override { return at_ += tick_; }

 private:
  Duration tick_;
  mutable TimePoint at_{};
};

}  // namespace

TEST_CASE("scaling loop: while many models are fitted policies decide by the load") {
  Registries registries;
  register_core(registries);
  const TimePoint t0 = from_ns(1'704'067'200'000'000'000) + 48h;
  constexpr int workloads = 40;
  std::vector<std::int64_t> times;
  for (TimePoint t = t0 - 48h; t < t0 + 1h; t += 1min) times.push_back(to_ns(t));
  std::vector<telemetry::Column> columns;
  for (int w = 0; w < workloads; ++w) {
    const Labels labels{{"workload", "w" + std::to_string(w)}};
    columns.push_back({"load", labels, "", std::vector<double>(times.size(), 12.0), {}});
    columns.push_back(
        {"asked", labels, "", std::vector<double>(times.size(), w == 0 ? 4.0 : 1.0), {}});
  }
  const Ticking stopwatch(2s);
  ScalingFixture f(value_or_throw(telemetry::Frame::make(times, columns)), t0 + 30s);
  const Value options =
      with_bounds(Value::object().set("throughput", 5.0).set("calm", "0s").set("memory", "0s"));
  f.parts.make_scaling = [&] { return build(registries, "hybrid", options); };
  f.parts.make_model = [] {
    return std::make_unique<model::DayProfile>(model::DayProfileOptions{"load"});
  };
  f.parts.applications.clear();
  f.parts.scaling.by = "workload";
  f.parts.scaling.replicas = "asked";
  f.parts.scaling.step = 1min;
  f.parts.forecast.training = 47h;
  const auto held = [&](const std::string& name) {
    const auto all = value_or_throw(
        f.journal->read({.kind = EntryKind::decision, .application = name, .limit = 1}));
    REQUIRE(all.size() == 1);
    const Value* unknown = all[0].body.find("details")->find("unknown");
    return unknown == nullptr ? std::string() : unknown->as_array().front().get("detail", "");
  };
  const auto notes = [&](const std::string& event) {
    std::size_t n = 0;
    for (const auto& e : f.entries(EntryKind::note)) n += e.body.get("event", "") == event;
    return n;
  };
  SUBCASE("a piece with each run, in order") {
    f.parts.stopwatch = &stopwatch;
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(t0 + 1min);
    // Nobody waited: up by the load alone, and nobody down.
    CHECK(f.fleet->fleets.at("w1").asked == 3);
    CHECK_FALSE(f.fleet->fleets.contains("w0"));
    CHECK(held("w1").find("are waited for") != std::string::npos);
    CHECK(f.log.has("40 models are fitted between runs"));
    CHECK(notes("fitting_models") == 1);
    CHECK(notes("fitted_models") == 0);
    f.executor.run_until(t0 + 2min);
    CHECK(held("w1").empty());
    CHECK(f.fleet->fleets.at("w0").asked == 3);  // the first that has its forecast
    CHECK(held("w39").find("are waited for") != std::string::npos);
    f.executor.run_until(t0 + 6min);
    CHECK(held("w39").empty());
    CHECK(f.log.has("40 of 40 models are fitted"));
    CHECK(notes("fitting_models") == 1);
    CHECK(notes("fitted_models") == 1);
  }
  SUBCASE("on a clock that stands still all at once") {
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(t0 + 1min);
    CHECK(held("w39").empty());
    CHECK(f.fleet->fleets.at("w0").asked == 3);
    CHECK(notes("fitting_models") == 0);
  }
}
