// An agent that sizes, on a manual clock: the same policies on the same usage as the replay.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/profiling/phase_sizes.hpp"
#include "learningplane/registries.hpp"
#include "support/sizing_fixture.hpp"
#include "support/temp_dir.hpp"

using namespace support;
using namespace std::chrono_literals;
using decision::Size;
using journal::EntryKind;
using simulation::UsageTrace;

namespace {

constexpr double mib = 1'048'576, unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t judged = 480, samples = 960;
const TimePoint t0 = from_ns(1'704'067'200'000'000'000);

/// Idle for forty minutes, busy for twenty, and half an hour of which CPU is not known; towards the
/// end memory rises above all that was seen.
UsageTrace usage(Duration step = 5min) {
  UsageTrace t{.name = "shop", .samples = {}, .requested = {4, 2000 * mib}};
  for (std::size_t i = 0; i < samples; ++i) {
    const bool busy = i % 12 >= 8;
    const double noise = 1 + 0.02 * static_cast<double>(i * 7 % 11);
    const double more = i > 840 ? 400 * mib : 0;
    t.samples.push_back({t0 + static_cast<std::int64_t>(i) * step, (busy ? 2 : 0.2) * noise,
                         (busy ? 800 : 300) * mib * noise + more});
  }
  for (std::size_t i = 600; i < 606; ++i) t.samples[i].cpu_cores = unknown;
  return t;
}

struct Case {
  std::string kind;
  Value options = Value::object();
};

std::vector<Case> cases(const std::string& phases) {
  const auto with = [](const char* key, Value v) { return Value::object().set(key, std::move(v)); };
  return {
      {"sizing_request", with("cpu_cores", 1.5)},
      {"sizing_window", with("cooldown_down", "2h")},
      {"sizing_window", with("cpu_quantile", 0.9).set("memory_margin", 0.1).set("every", "30m")},
      {"sizing_histogram", with("half_life", "12h").set("memory_peak", "6h").set("settle", "2h")},
      {"sizing_theta_scan", with("minimal_change", 0.1)},
      {"sizing_theta_scan", with("mode", "dynamic").set("observed", 240)},
      {"sizing_phases", with("model", phases).set("statistic", "max")},
      {"sizing_phases", with("model", phases).set("chance", 0.2).set("manage", "memory")}};
}

std::unique_ptr<decision::SizingPolicy> build(const Registries& r, const Case& c) {
  auto made = r.policies.build(c.kind, c.options);
  auto* sizing = dynamic_cast<decision::SizingPolicy*>(made.get());
  REQUIRE(sizing != nullptr);
  (void)made.release();
  return std::unique_ptr<decision::SizingPolicy>(sizing);
}

const Registries& registries() {
  static const Registries all = [] {
    Registries r;
    register_core(r);
    return r;
  }();
  return all;
}

void learn_phases(const UsageTrace& trace, const std::string& file) {
  profiling::PhaseSizesOptions o;
  o.phases.k = 2;
  o.phases.crbm.history = 1;
  o.phases.crbm.epochs = 20;
  o.next.method = profiling::NextPhaseMethod::markov;
  profiling::PhaseSizes sizes(o);
  value_or_throw(sizes.fit(std::span(trace.samples).first(judged)));
  REQUIRE(sizes.save(file));
}

double figure(const journal::Entry& e, const char* resource, const char* name) {
  const Value* v = e.body.find("details")->find(resource)->find(name);
  return v != nullptr && v->is_number() ? v->as_double() : unknown;
}
std::string rule(const journal::Entry& e, const char* resource) {
  const Value* part = e.body.find("details")->find(resource);
  return part == nullptr ? std::string("none") : part->get("rule", "");
}
bool equal(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// As the decision that acted was replayed.
bool as_replayed(const journal::Entry& e, const char* resource,
                 const decision::ResourceDecision& wanted) {
  return rule(e, resource) == wanted.rule &&
         equal(figure(e, resource, "current"), wanted.current) &&
         equal(figure(e, resource, "usage"), wanted.usage) &&
         equal(figure(e, resource, "wish"), wanted.wish) &&
         equal(figure(e, resource, "value"), wanted.value);
}

/// A policy of windows that the tests below break around; CPU at its limit is not bumped.
agent::SizingPolicyFactory window(Value options = Value::object()) {
  options.set("cpu_bump_ratio", 1);
  return [options] { return build(registries(), {"sizing_window", options}); };
}

std::string unknown_of(const journal::Entry& e, const char* name) {
  const Value* list = e.body.find("details")->find("unknown");
  if (list == nullptr) return "nothing";
  for (const Value& one : list->as_array()) {
    if (one.get("name", "") == std::string(name)) return one.get("reason", "");
  }
  return "not it";
}

}  // namespace

TEST_CASE("sizing loop: on the same usage the agent decides as the replay does") {
  TempDir dir;
  const UsageTrace trace = usage();
  learn_phases(trace, dir / "shop.sizes.json");
  for (const Case& c : cases(dir / "shop.sizes.json")) {
    CAPTURE(c.kind);
    const auto policy = build(registries(), c);
    const simulation::SizingResult wanted =
        replay_sizing(trace, *policy, {.train_share = double(judged) / samples});
    SizedWorld world(trace, judged);
    SizingFixture f(world, world.start());
    f.parts.make_sizing = [&] { return build(registries(), c); };
    f.parts.sizing.history = static_cast<std::int64_t>(judged + 1) * 5min;
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(world.time(samples - 1));
    const auto entries = f.entries(EntryKind::decision);
    REQUIRE(entries.size() == samples - judged + 1);
    // The limits that each sample met, and each decision that changed them.
    std::size_t unlike = 0, changes = 0;
    const auto differs = [&](std::size_t i, const char* what) {
      if (unlike++ == 0) MESSAGE("sample ", i, ": another ", what);
    };
    for (std::size_t i = judged; i < samples; ++i) {
      const journal::Entry& e = entries[i - judged + 1];
      if (!equal(figure(e, "cpu", "current"), wanted.cpu_limit[i - judged])) differs(i, "CPU");
      if (!equal(figure(e, "memory", "current"), wanted.memory_limit[i - judged]))
        differs(i, "memory");
    }
    for (const simulation::SizedDecision& d : wanted.decisions) {
      const journal::Entry& e = entries[d.sample - judged + 1];
      if (!as_replayed(e, "cpu", d.decision.cpu)) differs(d.sample, "decision on CPU");
      if (!as_replayed(e, "memory", d.decision.memory)) differs(d.sample, "decision on memory");
      ++changes;
    }
    CHECK(unlike == 0);
    // The first decision, on history alone, is none of the replay's list.
    const std::size_t first = entries.front().body.find("action")->get("kind", "") == "resize";
    CHECK(world.commands.size() == changes + first);
    CHECK(world.commands.size() >= (c.kind == "sizing_request" ? 1 : 2));
    CHECK(f.entries(EntryKind::outcome).size() == world.commands.size());
  }
}

TEST_CASE(
    "sizing loop: what is not known holds, each resource for itself, and the journal says why") {
  SizedWorld world(usage(), judged);
  SizingFixture f(world, world.start());
  f.parts.make_sizing = window();
  f.parts.sizing.history = 24h;
  auto agent = f.make();
  REQUIRE(agent.start());
  const auto last = [&] { return f.entries(EntryKind::decision).back(); };
  f.executor.run_until(world.time(judged + 5));
  CHECK(unknown_of(last(), "cpu") == "nothing");
  const Size before = world.shop().current;
  SUBCASE("the sensor fails, then answers again") {
    world.sensor_failure = Failure{Errc::timeout, "no answer in 5 s", {}};
    f.executor.run_until(world.time(judged + 7));
    CHECK(unknown_of(last(), "cpu") == "nothing");  // what was seen ten minutes ago still holds
    f.executor.run_until(world.time(judged + 40));
    CHECK(unknown_of(last(), "cpu") == "failed");
    CHECK(rule(last(), "cpu") == "unknown_data");
    CHECK(world.shop().current.cpu_cores == before.cpu_cores);
    CHECK(decision::explain(value_or_throw(decision::decision_from_value(last().body)))
              .find("no answer in 5 s") != std::string::npos);
    world.sensor_failure.reset();
    f.executor.run_until(world.time(judged + 41));
    CHECK(unknown_of(last(), "cpu") == "nothing");
    // What was missed is read once, and what was read is not read again.
    CHECK(world.windows.back().begin == world.time(judged + 5));
    f.executor.run_until(world.time(judged + 42));
    CHECK(world.windows.back().begin == world.time(judged + 41));
  }
  SUBCASE("one meter is broken") {
    f.executor.run_until(world.time(601));
    CHECK(unknown_of(last(), "cpu") == "not_a_number");
    CHECK(unknown_of(last(), "memory") == "not it");
    CHECK(rule(last(), "cpu") == "unknown_data");
    CHECK(rule(last(), "memory") != "unknown_data");
    CHECK(std::isnan(figure(last(), "cpu", "usage")));
    // Memory alone is written; 0 leaves CPU.
    for (const actuator::Command& c : world.commands) {
      if (c.at >= world.time(600) && c.at < world.time(606))
        CHECK(std::get<decision::Resize>(c.action).cpu_cores == 0);
    }
  }
  SUBCASE("the orchestrator does not answer") {
    const std::size_t acts = world.commands.size();
    world.size_failure = Failure{Errc::unavailable, "the server is down", {}};
    f.executor.run_until(world.time(judged + 30));
    CHECK(last().body.get("rule", "") == "unknown_data");
    CHECK(unknown_of(last(), "size") == "failed");
    CHECK(last().body.get("reason", "").find("the server is down") != std::string::npos);
    CHECK(world.commands.size() == acts);
    world.size_failure.reset();
    f.executor.run_until(world.time(judged + 31));
    CHECK(unknown_of(last(), "size") == "nothing");
    CHECK(std::isfinite(figure(last(), "cpu", "usage")));
  }
}

TEST_CASE("sizing loop: a kill brings more memory at once, and is said once") {
  SizedWorld world(usage(), judged);
  SizingFixture f(world, world.start());
  f.parts.make_sizing = window();
  auto agent = f.make();
  REQUIRE(agent.start());
  std::size_t told = 0;
  f.executor.run_until(world.time(860));
  for (const journal::Entry& e : f.entries(EntryKind::decision)) {
    const Value* kills = e.body.find("details")->find("out_of_memory");
    if (kills == nullptr) continue;
    ++told;
    // The usage that the meter shows does not tell: it ends at the limit.
    const double limit = figure(e, "memory", "current");
    CHECK(figure(e, "memory", "usage") == limit);
    CHECK(rule(e, "memory") == "out_of_memory");
    CHECK(figure(e, "memory", "value") >= std::max(1.2 * limit, limit + 100 * mib));
    CHECK(kills->as_array()[0].get("memory_bytes", 0.0) == limit);
    const std::string why =
        decision::explain(value_or_throw(decision::decision_from_value(e.body)));
    CHECK_MESSAGE(why.find("killed for want of memory") != std::string::npos, why);
  }
  UsageTrace until = usage();
  until.samples.resize(861);
  const auto policy = window()();
  CHECK(told ==
        replay_sizing(until, *policy, {.train_share = double(judged) / 861}).out_of_memory());
  CHECK(told > 1);
}

TEST_CASE("sizing loop: what did not come about is wished for again at once") {
  SizedWorld world(usage(), judged);
  SizingFixture f(world, world.start());
  f.parts.make_sizing = window(
      Value::object().set("cooldown_up", "3h").set("cooldown_down", "3h").set("minimal_change", 0));
  world.answer = actuator::Outcome{actuator::OutcomeStatus::conflict, "somebody else", {}, 1};
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(world.time(judged + 3));
  CHECK(world.commands.size() == 5);  // no cool-down of what did not happen
  CHECK(f.entries(EntryKind::outcome).back().body.get("status", "") == "conflict");
  world.answer.reset();
  f.executor.run_until(world.time(judged + 30));
  CHECK(world.commands.size() == 6);  // and then there is one
  const auto entries = f.entries(EntryKind::decision);
  CHECK(std::count_if(entries.begin(), entries.end(),
                      [](const journal::Entry& e) { return rule(e, "cpu") == "cooldown"; }) > 5);
  // Somebody else's change is taken as it stands, and told.
  world.shop().current.cpu_cores = 3;
  f.executor.run_until(world.time(judged + 31));
  const journal::Entry e = f.entries(EntryKind::decision).back();
  const Value* others = e.body.find("details")->find("changed_by_others");
  REQUIRE(others != nullptr);
  CHECK(others->find("to")->get("cpu_cores", 0.0) == 3);
  CHECK(figure(e, "cpu", "current") == 3);
  CHECK(f.log.has("somebody else changed its size"));
}

TEST_CASE("sizing loop: without a journal nothing is done, and nothing cools down") {
  SizedWorld world(usage(), judged);
  class Full final : public journal::Journal {
   public:
    bool full = true;
    Result<std::int64_t> append(const journal::Entry& e) override {
      if (full && e.kind == EntryKind::decision) return fail(Errc::unavailable, "the disk is full");
      return inner_.append(e);
    }
    Result<std::vector<journal::Entry>> read(const journal::Query& q) const override {
      return inner_.read(q);
    }
    Result<std::vector<journal::Entry>> open_intents() const override {
      return inner_.open_intents();
    }
    Result<std::size_t> drop_before(TimePoint t) override { return inner_.drop_before(t); }

   private:
    journal::MemoryJournal inner_{};
  };
  auto journal = std::make_shared<Full>();
  SizingFixture f(world, world.start(), journal);
  f.parts.make_sizing = window(Value::object().set("cooldown_down", "24h"));
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(world.time(judged + 3));
  CHECK(world.commands.empty());
  CHECK(f.log.has("the disk is full"));
  journal->full = false;
  f.executor.run_until(world.time(judged + 4));
  CHECK(world.commands.size() == 1);
}

TEST_CASE("sizing loop: after a restart the look-back is read anew, and nothing is done twice") {
  const UsageTrace trace = usage();
  const Value options =
      Value::object().set("cpu_window", "4h").set("cooldown_down", "10h").set("minimal_change", 0);
  const auto run = [&](std::size_t restart) {
    SizedWorld world(trace, judged);
    auto journal = std::make_shared<journal::MemoryJournal>();
    for (const std::size_t until : {restart, samples - 1}) {
      SizingFixture f(world, until == restart ? world.start() : world.time(restart) + 1s, journal);
      f.parts.make_sizing = window(options);
      auto agent = f.make();
      REQUIRE(agent.start());
      const std::size_t windows = world.windows.size();
      f.executor.run_until(world.time(until));
      // The first look goes as far back as the policy looks.
      if (until != restart) CHECK(world.windows.at(windows).begin == world.time(restart + 1) - 4h);
      if (until == samples - 1) break;
    }
    std::vector<std::string> out;
    for (const auto& e :
         value_or_throw(journal->read({.kind = EntryKind::decision, .limit = 100'000})))
      out.push_back(std::to_string(figure(e, "cpu", "value")) + " " + rule(e, "cpu") + " " +
                    std::to_string(figure(e, "memory", "value")) + " " + rule(e, "memory"));
    CHECK(value_or_throw(journal->read({.kind = EntryKind::outcome, .limit = 100'000})).size() ==
          world.commands.size());
    CHECK(value_or_throw(journal->open_intents()).empty());
    return out;
  };
  // Cool-downs go on, the window is as full: one agent or two, the decisions are the same.
  const auto once = run(samples - 1);
  REQUIRE(once.size() == samples - judged + 1);
  const auto cooling = std::find_if(once.begin() + 200, once.end(), [](const std::string& s) {
    return s.find("cooldown") != std::string::npos;
  });
  REQUIRE(cooling != once.end());
  CHECK(run(judged + static_cast<std::size_t>(cooling - once.begin())) == once);
  CHECK(run(700) == once);
}

TEST_CASE("sizing loop: after a restart a kill of before counts as it did, by the limit it met") {
  SizedWorld world(usage(), judged);
  auto journal = std::make_shared<journal::MemoryJournal>();
  const auto make = window();
  double bumped = 0;
  {
    SizingFixture f(world, world.start(), journal);
    f.parts.make_sizing = make;
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(world.time(860));
    bumped = world.shop().current.memory_bytes;
    REQUIRE(world.shop().out_of_memory.size() == 1);
  }
  // As the API server: once a pod was resized, what limit its kill met is gone.
  world.shop().out_of_memory[0].memory_bytes = unknown;
  const std::size_t acts = world.commands.size();
  SizingFixture f(world, world.time(860) + 1s, journal);
  f.parts.make_sizing = make;
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(world.time(861));
  const journal::Entry e = f.entries(EntryKind::decision).back();
  CHECK(figure(e, "memory", "value") == bumped);
  const Value* kills = e.body.find("details")->find("out_of_memory");
  REQUIRE(kills != nullptr);
  CHECK(kills->as_array()[0].get("memory_bytes", 0.0) < bumped);
  CHECK(world.commands.size() == acts);
}

TEST_CASE("sizing loop: an act that a crash cut off is settled by looking, not by doing it again") {
  SizedWorld world(usage(), judged);
  auto journal = std::make_shared<journal::MemoryJournal>();
  journal::Entry intent{0,      world.start() - 1min, EntryKind::intent, "sizes", "size", "old-1",
                        "shop", Value::object()};
  intent.body
      .set("command",
           Value::object()
               .set("id", "old-1")
               .set("application", "shop")
               .set("action", decision::to_value(decision::Action{decision::Resize{3, 0}}))
               .set("reason", "")
               .set("at_ns", to_ns(world.start() - 1min)))
      .set("actuator", "")
      .set("delivery", "at_least_once")
      .set("from", Value::object().set("cpu_cores", 4.0).set("memory_bytes", 2000 * mib));
  REQUIRE(journal->append(intent));
  SUBCASE("it had been carried out") {
    world.shop().current.cpu_cores = 3;
    SizingFixture f(world, world.start(), journal);
    f.parts.make_sizing = window(Value::object().set("cooldown_down", "1h"));
    auto agent = f.make();
    REQUIRE(agent.start());
    CHECK(world.commands.empty());
    f.executor.run_until(world.time(judged - 1));
    // It counts for the cool-down of CPU; memory has none.
    CHECK(rule(f.entries(EntryKind::decision).back(), "cpu") == "cooldown");
    REQUIRE(world.commands.size() == 1);
    CHECK(std::get<decision::Resize>(world.commands[0].action).memory_bytes > 0);
  }
  SUBCASE("it had not") {
    SizingFixture f(world, world.start(), journal);
    f.parts.make_sizing = window();
    auto agent = f.make();
    REQUIRE(agent.start());
    REQUIRE(world.commands.size() == 1);
    CHECK(world.commands[0].id == "old-1");
    CHECK(world.shop().current.cpu_cores == 3);
  }
  CHECK(value_or_throw(journal->open_intents()).empty());
}

TEST_CASE("sizing loop: a dry run follows its own decisions and changes nothing") {
  const UsageTrace trace = usage();
  const auto curve = [&](actuator::Mode mode) {
    SizedWorld world(trace, samples);  // the meter shows the demand: no limit is in effect
    SizingFixture f(world, world.time(judged - 1) - 1s);
    f.parts.make_sizing = window();
    f.parts.act = mode;
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(world.time(samples - 1));
    if (mode == actuator::Mode::dry_run) {
      CHECK(world.commands.empty());
      CHECK(f.entries(EntryKind::intent).empty());
      CHECK(world.shop().current.cpu_cores == 4);
    } else {
      CHECK(world.commands.size() > 2);
    }
    std::vector<double> out;
    for (const journal::Entry& e : f.entries(EntryKind::decision)) {
      out.push_back(figure(e, "cpu", "value"));
      out.push_back(figure(e, "memory", "value"));
    }
    return out;
  };
  CHECK(curve(actuator::Mode::dry_run) == curve(actuator::Mode::real));
}

TEST_CASE("sizing loop: an application for each value of a label, its pods together") {
  SizedWorld world(usage(), judged);
  SizingFixture f(world, t0 + 90min);
  // Three pods of "a", one of "b"; the second pod of "a" goes after an hour.
  f.parts.sensors["usage"] = std::make_unique<telemetry::FunctionSensor>(
      "pods", [](const telemetry::Window& w) -> Result<telemetry::Frame> {
        std::vector<std::int64_t> times;
        for (TimePoint t = w.begin; t < w.end; t += 15s) times.push_back(to_ns(t));
        std::vector<telemetry::Column> columns;
        const auto pod = [&](const char* app, const char* name, double cpu, double gone_after) {
          const Labels labels{{"app", app}, {"pod", name}};
          std::vector<double> cores, bytes;
          for (const std::int64_t t : times) {
            const bool there = from_ns(t) - t0 < std::chrono::duration<double>(gone_after * 3600);
            cores.push_back(there ? cpu : unknown);
            bytes.push_back(there ? cpu * 1000 : unknown);
          }
          columns.push_back({"cpu_m", labels, "", std::move(cores), {}});
          columns.push_back({"memory_ki", labels, "", std::move(bytes), {}});
        };
        pod("a", "a-1", 200, 24);
        pod("a", "a-2", 900, 1);
        pod("a", "a-3", 300, 24);
        pod("b", "b-1", 50, 24);
        return telemetry::Frame::make(std::move(times), std::move(columns));
      });
  f.parts.applications.clear();
  f.parts.sizing.by = "app";
  f.parts.sizing.cpu = "cpu_m";
  f.parts.sizing.cpu_unit = 1e-3;
  f.parts.sizing.memory = "memory_ki";
  f.parts.sizing.memory_unit = 1024;
  f.parts.sizing.step = 1min;
  f.parts.sizing.record = agent::RecordedDecisions::changes;
  for (const char* app : {"a", "b"}) world.sizes[app].current = {2, 2000 * mib};
  // The policy of "b" cannot be made at first: "a" goes on without it.
  f.parts.make_sizing = [make = window(), made = std::make_shared<int>(0)] {
    if (++*made == 4 || *made == 5) throw ConfigError("", "model", "b.json", "it is gone");
    return make();
  };
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(t0 + 95min);
  CHECK(f.log.has("it is gone"));
  REQUIRE(world.commands.size() == 1);
  CHECK(world.commands[0].application == "a");
  CHECK(world.sizes["a"].current.cpu_cores == doctest::Approx(0.9));  // an hour is looked back on
  f.executor.run_until(t0 + 3h);
  CHECK(world.sizes["a"].current.cpu_cores == doctest::Approx(0.3));
  CHECK(world.sizes["b"].current.cpu_cores == doctest::Approx(0.05));
  CHECK(world.sizes["b"].current.memory_bytes == 49 * mib);
  // A rule that goes on is kept once.
  const auto kept =
      value_or_throw(f.journal->read({.kind = EntryKind::decision, .application = "b"}));
  CHECK(kept.size() < 5);
  CHECK(world.commands.size() == 3);
}

TEST_CASE("sizing loop: a long look-back is read in parts, all of them or again") {
  const UsageTrace trace = usage();
  const auto run = [&](int failing, std::vector<telemetry::Window>& asked) {
    SizedWorld world(trace, samples);  // the meter shows the demand
    SizingFixture f(world, world.time(judged - 1) - 1s);
    int reads = 0;
    f.parts.sensors["usage"] = std::make_unique<telemetry::FunctionSensor>(
        "usage", [&](const telemetry::Window& w) -> Result<telemetry::Frame> {
          if (++reads == failing) return fail(Errc::timeout, "no answer");
          asked.push_back(w);
          return world.read(w);
        });
    f.parts.make_sizing =
        window(Value::object().set("cpu_window", "30h").set("memory_window", "30h"));
    auto agent = f.make();
    REQUIRE(agent.start());
    f.executor.run_until(world.time(judged + 40));
    std::vector<double> out;
    for (const journal::Entry& e : f.entries(EntryKind::decision))
      out.push_back(figure(e, "cpu", "value") + figure(e, "memory", "value"));
    if (failing > 0) {
      const journal::Entry first = f.entries(EntryKind::decision).front();
      CHECK(unknown_of(first, "cpu") == "failed");
      CHECK(first.body.find("action")->get("kind", "") == "hold");
    }
    return out;
  };
  std::vector<telemetry::Window> whole, twice;
  const auto once = run(0, whole), again = run(2, twice);
  // As far back as the policy looks, in parts that join.
  const TimePoint first = trace.samples[judged - 1].at;
  REQUIRE(whole.size() > 3);
  CHECK(whole[0].begin == first - 30h);
  CHECK(whole[0].end - whole[0].begin == 6h);
  CHECK(whole[1].begin == whole[0].end);
  CHECK(whole[1].end == first);
  CHECK(whole[2].begin == first);
  // After a part that failed the next run reads everything, and decides as if nothing had been.
  CHECK(twice[1].begin == first + 5min - 30h);
  REQUIRE(once.size() == again.size());
  for (std::size_t i = 2; i < once.size(); ++i) CHECK(once[i] == again[i]);
}
