// An agent that scales, ended at random moments and started again: it decides as one that runs
// through.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "learningplane/model/naive.hpp"
#include "support/scaling_day.hpp"

using namespace support;
using journal::EntryKind;

namespace {

/// What outlives an agent: its journal, the models that it published, and the cluster.
struct Rest {
  std::shared_ptr<journal::Journal> journal = std::make_shared<journal::MemoryJournal>();
  std::map<std::string, model::ModelState> models{};
  Fleet::One surgery{};
};

struct Setting {
  const WorkloadTrace& trace;
  telemetry::Frame telemetry;
  agent::ScalingPolicyFactory policy;
  Duration step{0};
  /// Says what was seen last: whoever forecasts at another time forecasts something else.
  agent::ModelFactory model = [] {
    return std::make_unique<model::Naive>(model::NaiveOptions{"load", 5});
  };
};

std::unique_ptr<ScalingFixture> fixture(const Setting& s, Rest& rest, std::size_t slot) {
  auto f =
      std::make_unique<ScalingFixture>(s.telemetry, s.trace.time(slot) + 30s - 1min, rest.journal);
  set_up(*f, s.policy);
  f->parts.scaling.step = s.step;
  f->parts.make_model = s.model;
  f->parts.publish = [&rest](const std::string& name, const model::Forecaster& m,
                             const model::ModelCard&) -> Result<std::string> {
    rest.models[name] = m.save();
    return std::string("1");
  };
  f->parts.recall = [&rest, make = s.model](
                        const std::string& name) -> Result<std::shared_ptr<model::Forecaster>> {
    const auto found = rest.models.find(name);
    if (found == rest.models.end()) return fail(Errc::not_found, "none");
    std::shared_ptr<model::Forecaster> m = make();
    if (auto loaded = m->load(found->second); !loaded) return tl::unexpected(loaded.error());
    return m;
  };
  f->fleet->fleets["surgery"] = rest.surgery;
  return f;
}

/// Decides slots [from, to), and leaves the rest to the next.
void run(const Setting& s, Rest& rest, std::size_t from, std::size_t to) {
  auto f = fixture(s, rest, from);
  auto agent = f->make();
  REQUIRE(agent.start());
  f->executor.run_until(s.trace.time(to - 1) + 10s);
  rest.surgery = f->fleet->fleets["surgery"];
}

std::vector<journal::Entry> entries(const Rest& rest, EntryKind kind) {
  return value_or_throw(rest.journal->read({.kind = kind, .limit = 1'000'000}));
}

std::vector<std::string> decided(const Rest& rest) {
  std::vector<std::string> out;
  for (const journal::Entry& e : entries(rest, EntryKind::decision)) out.push_back(decided_line(e));
  return out;
}

std::vector<Case> all_kinds() {
  auto all = cases();
  for (Case& c : all) {
    if (c.kind == "hybrid")
      c.options.set("throughput", 3.0).set("calm", "10m").set("memory", "20m");
  }
  all.push_back({"target_tracking", with_bounds(Value::object().set("target", 4.0))});
  // What they all share.
  for (Case& c : all) c.options.set("cooldown_down", "7m").set("rate_down", 1).set("period", "9m");
  return all;
}

constexpr std::size_t first = start_slot + 6 * 60, last = start_slot + 20 * 60;

/// Dies after so many decisions that act were written: nothing is written or done from then on.
class Dying final : public journal::Journal {
 public:
  Dying(std::shared_ptr<journal::Journal> inner, int acting)
      : inner_(std::move(inner)), left_(acting) {}
  bool dead() const { return left_ <= 0; }
  Result<std::int64_t> append(const journal::Entry& e) override {
    if (dead()) return fail(Errc::unavailable, "dead");
    return inner_->append(e);
  }
  Result<void> record(const std::vector<journal::Entry>& entries,
                      const std::vector<journal::Kept>& kept) override {
    if (dead()) return fail(Errc::unavailable, "dead");
    for (const journal::Entry& e : entries)
      left_ -= e.kind == EntryKind::decision && e.body.find("action")->get("kind", "") == "scale";
    return inner_->record(entries, kept);
  }
  Result<std::vector<journal::Kept>> kept(const std::string& agent) const override {
    return inner_->kept(agent);
  }
  Result<std::vector<journal::Entry>> read(const journal::Query& q) const override {
    return inner_->read(q);
  }
  Result<std::vector<journal::Entry>> open_intents() const override {
    return inner_->open_intents();
  }
  Result<std::size_t> drop_before(TimePoint t) override { return inner_->drop_before(t); }

 private:
  std::shared_ptr<journal::Journal> inner_;
  int left_;
};

}  // namespace

TEST_CASE("scaling restart: ended at random moments, every kind of policy decides the same") {
  Registries registries;
  register_core(registries);
  const WorkloadTrace trace = rooms();
  std::mt19937_64 random(17);
  for (const Case& c : all_kinds()) {
    CAPTURE(c.kind);
    const Simulated s = simulate_day(trace, build(registries, c.kind, c.options));
    Setting setting{trace, telemetry_of(trace, s),
                    [&] { return build(registries, c.kind, c.options); }};
    for (const Duration step : {Duration(0), Duration(5min)}) {
      CAPTURE(step.count());
      setting.step = step;
      Rest through, restarted;
      run(setting, through, first, last);
      std::size_t at = first, starts = 0;
      while (at < last) {
        const std::size_t to = std::min(last, at + 1 + random() % 120);
        run(setting, restarted, at, to);
        at = to;
        ++starts;
      }
      REQUIRE(starts > 5);
      const auto wanted = decided(through), got = decided(restarted);
      REQUIRE(wanted.size() == last - first);
      REQUIRE(got.size() == wanted.size());
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i] == got[i]) continue;
        FAIL_CHECK("slot " << i << ": " << got[i] << " instead of " << wanted[i]);
        break;
      }
      CHECK(entries(restarted, EntryKind::note).size() == starts);  // nothing but "started"
      CHECK(entries(restarted, EntryKind::intent).size() ==
            entries(through, EntryKind::intent).size());
    }
  }
}

TEST_CASE("scaling restart: what was decided and not begun did not happen") {
  Registries registries;
  register_core(registries);
  const WorkloadTrace trace = rooms();
  // A cool-down of hours: whoever counted what did not happen would stand still.
  const Value options =
      with_bounds(Value::object().set("throughput", 5.0).set("cooldown_up", "3h"));
  const Simulated s = simulate_day(trace, build(registries, "hybrid", options));
  const Setting setting{trace, telemetry_of(trace, s),
                        [&] { return build(registries, "hybrid", options); }};
  Rest rest;
  const auto journal = rest.journal;
  const auto dying = std::make_shared<Dying>(journal, 1);
  rest.journal = dying;
  run(setting, rest, first, last);
  REQUIRE(dying->dead());
  CHECK(rest.surgery.asked == 1);
  rest.journal = journal;
  const auto before = entries(rest, EntryKind::decision);
  REQUIRE(before.back().body.find("action")->get("kind", "") == "scale");
  CHECK(entries(rest, EntryKind::intent).empty());
  const std::size_t next = first + before.size();
  run(setting, rest, next, next + 1);
  CHECK(rest.surgery.asked == 2);
  CHECK(entries(rest, EntryKind::intent).size() == 1);
}

TEST_CASE("scaling restart: a state that cannot be used is told, and the policy starts anew") {
  Registries registries;
  register_core(registries);
  const WorkloadTrace trace = rooms();
  const Value options =
      with_bounds(Value::object().set("throughput", 5.0).set("cooldown_down", "2h"));
  const Simulated s = simulate_day(trace, build(registries, "hybrid", options));
  Setting setting{trace, telemetry_of(trace, s),
                  [&] { return build(registries, "hybrid", options); }};
  Rest rest;
  run(setting, rest, first, first + 60);
  auto kept = value_or_throw(rest.journal->kept("rooms"));
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].key == "scaling/surgery");
  std::string wanted;
  std::size_t next = first + 60;
  SUBCASE("another policy") {
    setting.policy = [&] {
      return build(registries, "reactive_memory", with_bounds(Value::object()));
    };
    wanted = "it is of a policy 'hybrid', this one is 'reactive_memory'";
  }
  SUBCASE("other options") {
    const Value other = with_bounds(Value::object().set("throughput", 6.0));
    setting.policy = [&registries, other] { return build(registries, "hybrid", other); };
    wanted = "it is of a policy with other options";
  }
  SUBCASE("damaged") {
    kept[0].text[kept[0].text.size() / 2] ^= 1;
    REQUIRE(rest.journal->record({}, kept));
    wanted = "it is damaged";
  }
  SUBCASE("too old") {
    REQUIRE(rest.journal->drop_before(trace.time(last)));
    kept[0].at = trace.time(first) - 24h;
    REQUIRE(rest.journal->record({}, kept));
    wanted = "it is 1d1h old, and no older than 1d is of use";
  }
  {
    auto f = fixture(setting, rest, next);
    auto agent = f->make();
    REQUIRE(agent.start());
    f->executor.run_until(trace.time(next + 2));
    CHECK(f->log.has("surgery: what its policy remembered is not taken up: " + wanted));
  }
  std::vector<journal::Entry> told;
  for (const journal::Entry& e : entries(rest, EntryKind::note)) {
    if (e.body.get("event", "") == "state_refused") told.push_back(e);
  }
  REQUIRE(told.size() == 1);  // once: then its own is kept
  CHECK(told[0].application == "surgery");
  CHECK(told[0].body.get("reason", "") == wanted);
  run(setting, rest, next + 4, next + 6);
  CHECK(std::ranges::count_if(entries(rest, EntryKind::note), [](const journal::Entry& e) {
          return e.body.get("event", "") == "state_refused";
        }) == 1);
}

TEST_CASE("scaling restart: what somebody else changed meanwhile is seen and told") {
  Registries registries;
  register_core(registries);
  const WorkloadTrace trace = rooms();
  const Value options = with_bounds(Value::object().set("throughput", 5.0));
  const Simulated s = simulate_day(trace, build(registries, "hybrid", options));
  const Setting setting{trace, telemetry_of(trace, s),
                        [&] { return build(registries, "hybrid", options); }};
  Rest rest;
  run(setting, rest, first, first + 60);
  rest.surgery.asked = 4;
  run(setting, rest, first + 60, first + 61);
  const journal::Entry newest = entries(rest, EntryKind::decision).back();
  const Value* changed = newest.body.find("details")->find("changed_by_others");
  REQUIRE(changed != nullptr);
  CHECK(changed->get("to", std::int64_t{0}) == 4);
}
