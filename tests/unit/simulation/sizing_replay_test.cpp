#include "learningplane/simulation/sizing_replay.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/decision/sizing_oracle.hpp"
#include "learningplane/decision/sizing_request.hpp"
#include "learningplane/decision/sizing_window.hpp"
#include "learningplane/error.hpp"
#include "learningplane/simulation/sizing_lineup.hpp"
#include "learningplane/telemetry/csv.hpp"

using namespace learningplane;
using namespace learningplane::simulation;
using namespace std::chrono_literals;
using decision::UsageSample;

namespace {
constexpr double mib = 1'048'576, unknown = std::numeric_limits<double>::quiet_NaN();

UsageTrace trace(const std::vector<double>& cpu, const std::vector<double>& memory_mib) {
  UsageTrace t{.name = "shop", .samples = {}, .requested = {2, 800 * mib}};
  for (std::size_t i = 0; i < cpu.size(); ++i)
    t.samples.push_back(
        {from_ns(0) + static_cast<std::int64_t>(i) * 5min, cpu[i], memory_mib[i] * mib});
  return t;
}

std::vector<UsageTrace> read(const std::string& text, const UsageColumns& columns = {}) {
  telemetry::CsvOptions csv;
  csv.label_columns = text.find("pod") != std::string::npos ? std::vector<std::string>{"pod"}
                                                            : std::vector<std::string>{};
  return value_or_throw(usage_traces(value_or_throw(telemetry::parse_csv(text, csv)), columns));
}
}  // namespace

TEST_CASE("sizing replay: scores of a fixed size, counted by hand") {
  // The first half is 1 1 1 1, the second 1 3 3 1 cores, and 100 900 100 unknown MiB.
  const UsageTrace t = trace({1, 1, 1, 1, 1, 3, 3, 1}, {1, 1, 1, 1, 100, 900, 100, unknown});
  decision::SizingRequest policy{decision::SizingRequestOptions{}};
  const SizingResult r = replay_sizing(t, policy);
  CHECK(r.first == 4);
  CHECK(r.cpu.samples == 4);
  CHECK(r.cpu.above == 2);
  CHECK(r.cpu.episodes == 1);
  CHECK(r.cpu.above_share() == 0.5);
  CHECK(r.cpu.demand == 2);
  CHECK(r.cpu.allocation == 2);
  CHECK(r.cpu.unserved_share() == doctest::Approx(2.0 / 8));
  CHECK(r.cpu.slack() == doctest::Approx(2.0 / 8));  // of 8 core samples 6 were used
  CHECK(r.memory.samples == 3);
  CHECK(r.memory.unknown == 1);
  CHECK(r.out_of_memory() == 1);
  CHECK(r.cpu.resizes == 0);
  CHECK(r.cpu_limit == std::vector<double>{2, 2, 2, 2});
}

TEST_CASE(
    "sizing replay: a decision is in effect from the next sample on, a kill brings more memory") {
  UsageTrace t = trace({1, 1, 1, 1, 1, 1}, {100, 100, 100, 700, 700, 100});
  t.requested = {};
  decision::SizingWindowOptions o;
  o.cpu_window = o.memory_window = 10min;
  decision::SizingWindow policy(o);
  const SizingResult r = replay_sizing(t, policy, {.train_share = 1.0 / 3});
  // No request: the maximum of what was seen; 600 MiB are not there, then 1.2 x 100 or 100 more.
  CHECK(r.memory_limit[0] == 100 * mib);
  CHECK(r.memory_limit[1] == 100 * mib);
  CHECK(r.memory_limit[2] == 200 * mib);
  CHECK(r.memory_limit[3] == 300 * mib);
  CHECK(r.out_of_memory() == 2);
  CHECK(r.memory.episodes == 1);
  CHECK(r.memory.raises == 2);
  // Shown the demand itself, the second kill does not come about.
  decision::SizingWindow told(o);
  const SizingResult all = replay_sizing(t, told, {.train_share = 1.0 / 3, .seen = Seen::demand});
  CHECK(all.memory_limit[2] == 700 * mib);
  CHECK(all.out_of_memory() == 1);
}

TEST_CASE("sizing replay: the oracle is never short and needs least") {
  std::vector<double> cpu, memory;
  for (int i = 0; i < 400; ++i) {
    cpu.push_back(i % 48 < 6 ? 3 : 0.5);
    memory.push_back(200 + 10 * (i % 12));
  }
  const UsageTrace t = trace(cpu, memory);
  decision::SizingOracle oracle({.window = 1h});
  const SizingResult best = replay_sizing(t, oracle);
  CHECK(best.cpu.above == 0);
  CHECK(best.out_of_memory() == 0);
  decision::SizingRequest request{{.cpu_cores = 3, .memory_bytes = 310 * mib}};
  const SizingResult fixed = replay_sizing(t, request);
  CHECK(fixed.cpu.above == 0);
  CHECK(best.cpu.allocation < 0.6 * fixed.cpu.allocation);
  CHECK(best.cpu.slack() < fixed.cpu.slack());
}

TEST_CASE("sizing replay: traces of a table, in units, one for each label") {
  const auto two = read(
      "timestamp,pod,cpu,memory\n2024-01-01T00:00:00Z,a,50,1\n2024-01-01T00:00:00Z,b,100,2\n"
      "2024-01-01T00:01:00Z,a,,3\n2024-01-01T00:02:00Z,b,25,4\n",
      {.cpu_unit = 0.01, .memory_unit = mib});
  REQUIRE(two.size() == 2);
  CHECK(two[0].name == "a");
  REQUIRE(two[0].samples.size() == 2);
  CHECK(two[0].samples[0].cpu_cores == 0.5);
  CHECK(std::isnan(two[0].samples[1].cpu_cores));
  CHECK(two[0].samples[1].memory_bytes == 3 * mib);
  CHECK(two[1].samples[1].cpu_cores == 0.25);
}

TEST_CASE("sizing replay: what cannot be is refused") {
  CHECK_THROWS_AS(read("timestamp,cpu,memory\n2024-01-01T00:00:00Z,-1,1\n"), Error);
  CHECK_THROWS_AS(read("timestamp,cpu,disk\n2024-01-01T00:00:00Z,1,1\n"), Error);
  CHECK_THROWS_AS(read("timestamp,cpu,memory\n2024-01-01T00:00:00Z,1,1\n", {.cpu_unit = 0}),
                  ConfigError);
  decision::SizingRequest policy{decision::SizingRequestOptions{}};
  UsageTrace t = trace({1, 1}, {1, 1});
  CHECK_THROWS_AS(replay_sizing(t, policy, {.train_share = 1}), ConfigError);
  CHECK_THROWS_AS(replay_sizing(t, policy, {.train_share = -0.1}), ConfigError);
  t.samples[1].at = t.samples[0].at;
  CHECK_THROWS_AS(replay_sizing(t, policy), LogicError);
  t.samples.clear();
  CHECK_THROWS_AS(replay_sizing(t, policy), LogicError);
}

TEST_CASE("sizing lineup: every well-known policy runs, in order, on any number of threads") {
  Registries registries;
  register_core(registries);
  std::vector<double> cpu, memory;
  for (int i = 0; i < 600; ++i) {
    cpu.push_back(i % 24 < 8 ? 2 + 0.01 * (i % 7) : 0.5 + 0.01 * (i % 5));
    memory.push_back(i % 24 < 8 ? 600 + i % 7 : 300 + i % 5);
  }
  std::vector<UsageTrace> traces{trace(cpu, memory), trace(memory, memory)};
  for (UsageSample& s : traces[1].samples) s.cpu_cores /= 100;
  SizingLineupOptions o;
  o.phases.phases.crbm.epochs = 10;
  o.phases.phases.k = 2;
  std::vector<SizingEntry> lineup;
  for (const std::string& name : sizing_names())
    lineup.push_back(sizing_entry(name, o, registries));
  o.threads = 1;
  const auto one = compare_sizing(traces, lineup, o, registries);
  o.threads = 2;
  const auto two = compare_sizing(traces, lineup, o, registries);
  REQUIRE(one.size() == 2 * lineup.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].name == lineup[i / 2].name);
    CHECK(one[i].cpu_limit == two[i].cpu_limit);
    CHECK(one[i].memory_limit == two[i].memory_limit);
  }
  const SizingResult sum = sum_of({one[0], one[1]});
  CHECK(sum.cpu.samples == one[0].cpu.samples + one[1].cpu.samples);
  CHECK(sum.cpu.allocation == doctest::Approx(one[0].cpu.allocation + one[1].cpu.allocation));
  CHECK_THROWS_AS(sizing_entry("nonsense", o, registries), ConfigError);
  CHECK_THROWS_AS(sizing_entry(Value::object().set("kind", "reactive"), registries), ConfigError);
}
