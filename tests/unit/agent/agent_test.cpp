#include "learningplane/agent/agent.hpp"

#include <doctest/doctest.h>

#include "learningplane/agent/worker.hpp"
#include "learningplane/decision/sizing_oracle.hpp"
#include "learningplane/decision/sizing_window.hpp"
#include "learningplane/error.hpp"
#include "support/agent_fixture.hpp"

using namespace support;
using namespace std::chrono_literals;

namespace {
std::optional<double> steady(const std::string& site, TimePoint) { return site == "a" ? 0.8 : 0.6; }
}  // namespace

TEST_CASE("agent: parts that are missing or do not fit are refused at construction") {
  struct Case {
    const char* name;
    void (*spoil)(agent::AgentParts&);
  };
  const std::vector<Case> cases = {
      {"journal", [](agent::AgentParts& p) { p.journal.reset(); }},
      {"executor", [](agent::AgentParts& p) { p.executor = nullptr; }},
      {"logger", [](agent::AgentParts& p) { p.logger = nullptr; }},
      {"model", [](agent::AgentParts& p) { p.make_model = nullptr; }},
      {"sensors", [](agent::AgentParts& p) { p.sensors.clear(); }},
      {"sites", [](agent::AgentParts& p) { p.sites.clear(); }},
      {"a site twice", [](agent::AgentParts& p) { p.sites.push_back(p.sites[0]); }},
      {"target", [](agent::AgentParts& p) { p.forecast.target.clear(); }},
      {"horizon", [](agent::AgentParts& p) { p.forecast.horizon = 0; }},
      {"training", [](agent::AgentParts& p) { p.forecast.training = -24h; }},
      {"history", [](agent::AgentParts& p) { p.forecast.history = 0s; }},
      {"age", [](agent::AgentParts& p) { p.forecast.max_age = -1s; }},
      {"retention", [](agent::AgentParts& p) { p.retention = -1h; }},
      {"resend_within", [](agent::AgentParts& p) { p.resend_within = -1h; }},
      {"misfire_grace", [](agent::AgentParts& p) { p.schedules[0].job.misfire_grace = -1s; }},
      {"quantile", [](agent::AgentParts& p) { p.forecast.quantile = 1; }},
      {"policy", [](agent::AgentParts& p) { p.policy.reset(); }},
      {"actuators", [](agent::AgentParts& p) { p.actuators.clear(); }},
      {"applications", [](agent::AgentParts& p) { p.applications.clear(); }},
      {"an actuator that is not there",
       [](agent::AgentParts& p) { p.applications[0].actuator = "nowhere"; }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    AgentFixture f(steady);
    c.spoil(f.parts);
    CHECK_THROWS_AS(agent::Agent(std::move(f.parts)), ConfigError);
  }
  AgentFixture f(steady);
  f.parts.mode = agent::Mode::forecast;  // needs nobody to act for
  f.parts.policy.reset();
  f.parts.actuators.clear();
  f.parts.applications.clear();
  CHECK_NOTHROW(agent::Agent(std::move(f.parts)));
}

TEST_CASE("agent: nothing runs after stop") {
  AgentFixture f(steady);
  auto agent = f.make();
  REQUIRE(agent.start());
  CHECK(agent.jobs().size() == 1);
  agent.stop();
  f.executor.run_until(f.clock.now() + 1h);
  CHECK(f.moves().empty());
  CHECK(agent.jobs().empty());
}

TEST_CASE("agent: a model worse than naive is refused, and naive forecasts instead") {
  // A last-value model that is off by 0.3: worse than the exact one.
  AgentFixture f(steady);
  class Off final : public model::Forecaster {
   public:
    std::string_view kind() const override { return "off"; }
    Result<model::FitReport> fit(const telemetry::Frame& d) override { return inner_.fit(d); }
    Result<void> update(const telemetry::Frame& d) override { return inner_.update(d); }
    bool fitted() const override { return inner_.fitted(); }
    model::ModelState save() const override { return {}; }
    Result<void> load(const model::ModelState&) override { return {}; }
    Result<model::Forecast> forecast(std::size_t n, std::span<const double> q) override {
      auto out = inner_.forecast(n, q);
      for (double& v : out->mean) v += 0.3;
      return out;
    }

   private:
    LastValue inner_{};
  };
  f.parts.make_model = [] { return std::make_unique<Off>(); };
  f.parts.make_baseline = [] { return std::make_unique<LastValue>(); };
  int published = 0;
  f.parts.publish = [&](const std::string&, const model::Forecaster&, const model::ModelCard&) {
    ++published;
    return Result<std::string>("1");
  };
  auto agent = f.make();
  REQUIRE(agent.start());
  f.executor.run_until(f.clock.now() + 5min);
  CHECK(f.log.has("WARNING the model of a is worse than last_value"));
  CHECK(f.log.has("last_value forecasts a instead"));
  CHECK(published == 0);
  CHECK(f.moves() == std::vector<std::string>{"node-a"});
}

TEST_CASE("agent: work runs on the worker, in order") {
  std::vector<int> seen;
  {
    agent::WorkerThread worker;
    std::mutex mutex;
    std::condition_variable done;
    bool last = false;
    for (int i = 0; i < 100; ++i) worker.post([&seen, i] { seen.push_back(i); });
    worker.post([&] {
      const std::lock_guard lock(mutex);
      last = true;
      done.notify_one();
    });
    std::unique_lock lock(mutex);
    REQUIRE(done.wait_for(lock, 30s, [&] { return last; }));
  }
  REQUIRE(seen.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(seen[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("agent: one that sizes needs a policy of the past, columns and one actuator") {
  struct Case {
    const char* name;
    void (*spoil)(agent::AgentParts&);
  };
  const std::vector<Case> cases = {
      {"sizing.cpu", [](agent::AgentParts& p) { p.sizing.cpu.clear(); }},
      {"sizing.memory", [](agent::AgentParts& p) { p.sizing.memory = "cpu"; }},
      {"sizing.cpu_unit", [](agent::AgentParts& p) { p.sizing.cpu_unit = 0; }},
      {"sizing.memory_unit", [](agent::AgentParts& p) { p.sizing.memory_unit = -1; }},
      {"sizing.requested_cpu", [](agent::AgentParts& p) { p.sizing.requested.cpu_cores = 0; }},
      {"sizing.instances_quantile",
       [](agent::AgentParts& p) { p.sizing.instances_quantile = 1.5; }},
      {"sizing.step", [](agent::AgentParts& p) { p.sizing.step = 20min; }},
      {"sizing.history", [](agent::AgentParts& p) { p.sizing.history = -1s; }},
      {"applications", [](agent::AgentParts& p) { p.sizing.by = "app"; }},
      {"policy", [](agent::AgentParts& p) {
         p.policy = std::make_unique<decision::Placement>(decision::PlacementOptions{});
       }}};
  const auto spoiled = [&](auto&& spoil) {
    AgentFixture f(steady);
    f.parts.policy.reset();
    f.parts.sites.clear();
    f.parts.make_model = nullptr;
    f.parts.make_sizing = [] {
      return std::make_unique<decision::SizingWindow>(decision::SizingWindowOptions{});
    };
    spoil(f.parts);
    try {
      agent::Agent taken(std::move(f.parts));
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
    return std::string("taken");
  };
  for (const Case& c : cases) {
    const std::string why = spoiled(c.spoil);
    CHECK_MESSAGE(why.find(c.name) != std::string::npos, c.name, ": ", why);
  }
  CHECK(spoiled([](agent::AgentParts&) {}) == "taken");
  // Memory alone needs no column of CPU.
  CHECK(spoiled([](agent::AgentParts& p) {
          p.sizing.cpu.clear();
          p.make_sizing = [] {
            decision::SizingWindowOptions o;
            o.limits.manage = decision::Managed::memory;
            return std::make_unique<decision::SizingWindow>(o);
          };
        }) == "taken");
  CHECK(spoiled([](agent::AgentParts& p) {
          p.make_sizing = [] {
            return std::make_unique<decision::SizingOracle>(decision::SizingOracleOptions{});
          };
        }).find("only a replay") != std::string::npos);
}
