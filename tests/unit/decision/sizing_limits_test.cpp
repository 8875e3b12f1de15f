#include "learningplane/decision/sizing_limits.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {
constexpr double mib = 1'048'576, unknown = std::numeric_limits<double>::quiet_NaN();
TimePoint at(Duration d) { return from_ns(1'700'000'000'000'000'000) + d; }
}  // namespace

TEST_CASE("sizing limits: a wish is rounded up, bounded, and granted where it differs enough") {
  SizingLimiter cpu({.cpu_minimum = 0.1, .cpu_maximum = 4}, Resource::cpu);
  CHECK(cpu.apply(at(0s), 1, 0.5, {0.30001}).value == doctest::Approx(0.301));
  CHECK(cpu.apply(at(0s), 1, 0.5, {0.3}).value == doctest::Approx(0.3).epsilon(1e-12));
  CHECK(cpu.apply(at(0s), 1, 0.5, {9}).value == 4);
  CHECK(cpu.apply(at(0s), 1, 0.5, {9}).rule == "maximum");
  CHECK(cpu.apply(at(0s), 1, 0.5, {0.01}).value == 0.1);
  CHECK(cpu.apply(at(0s), 1, 0.5, {0.01}).rule == "minimum");
  // 4.9 % is less than 5 %.
  CHECK(cpu.apply(at(0s), 1, 0.5, {1.049}).value == 1);
  CHECK(cpu.apply(at(0s), 1, 0.5, {1.049}).rule == "small_change");
  CHECK(cpu.apply(at(0s), 1, 0.5, {1.05}).value == doctest::Approx(1.05));
  // Outside the bounds the size is corrected, however little it is.
  CHECK(cpu.apply(at(0s), 4.1, 0.5, {5}).value == 4);
  SizingLimiter memory({}, Resource::memory);
  CHECK(memory.apply(at(0s), 500 * mib, 10, {100.5 * mib}).value == 101 * mib);
}

TEST_CASE("sizing limits: no change so soon after the last") {
  SizingLimiter cpu({.cooldown_up = 10min, .cooldown_down = 1h}, Resource::cpu);
  CHECK(cpu.apply(at(0s), 1, unknown, {2}).value == 2);
  cpu.changed(at(0s));
  CHECK(cpu.apply(at(9min), 2, unknown, {3}).rule == "cooldown");
  CHECK(cpu.apply(at(10min), 2, unknown, {3}).value == 3);
  CHECK(cpu.apply(at(59min), 2, unknown, {1}).value == 2);
  CHECK(cpu.apply(at(60min), 2, unknown, {1}).value == 1);
  cpu.reset();
  CHECK(cpu.apply(at(1min), 2, unknown, {1}).value == 1);
}

TEST_CASE(
    "sizing limits: after an out-of-memory kill there is more, for a day, with and without a "
    "wish") {
  SizingLimiter memory({.cooldown_up = 2h}, Resource::memory);
  memory.changed(at(-1min));
  memory.out_of_memory(at(0s), 200 * mib);
  // 1.2 times 200 MiB is less than 100 MiB more; a cool-down does not hold it up.
  auto bound = memory.apply(at(0s), 200 * mib, unknown, {150 * mib});
  CHECK(bound.value == 300 * mib);
  CHECK(bound.rule == "out_of_memory");
  bound = memory.apply(at(0s), 200 * mib, unknown, {unknown});
  CHECK(bound.value == 300 * mib);
  CHECK(memory.apply(at(23h), 300 * mib, unknown, {150 * mib}).value == 300 * mib);
  CHECK(memory.apply(at(24h), 300 * mib, unknown, {150 * mib}).value == 150 * mib);
  // Of a large one a fifth is more than 100 MiB.
  memory.out_of_memory(at(48h), 1000 * mib);
  CHECK(memory.apply(at(48h), 1000 * mib, unknown, {150 * mib}).value == 1200 * mib);
  // What was asked for as such stays.
  CHECK(memory.apply(at(48h), 1000 * mib, unknown, {1000 * mib, true}).value == 1000 * mib);
}

TEST_CASE(
    "sizing limits: CPU at its limit wants more than it shows, memory in use is not taken away") {
  SizingLimiter cpu({}, Resource::cpu);
  cpu.used(at(0s), 0.98, 1);
  CHECK(cpu.apply(at(0s), 1, 0.98, {0.9}).value == doctest::Approx(0.9));
  cpu.used(at(0s), 0.99, 1);
  CHECK(cpu.apply(at(0s), 1, 0.99, {0.9}).value == doctest::Approx(1.2));
  CHECK(cpu.apply(at(0s), 1, 0.99, {0.9}).rule == "at_limit");
  CHECK(cpu.apply(at(1h), 1.2, 0.5, {0.9}).value == doctest::Approx(0.9));
  SizingLimiter memory({}, Resource::memory);
  CHECK(memory.apply(at(0s), 900 * mib, 500 * mib, {100 * mib}).value == 500 * mib);
  CHECK(memory.apply(at(0s), 900 * mib, 500 * mib, {100 * mib}).rule == "in_use");
  CHECK(memory.apply(at(0s), 900 * mib, unknown, {100 * mib}).value == 100 * mib);
}

TEST_CASE("sizing limits: without a wish everything stays") {
  SizingLimiter memory({}, Resource::memory);
  CHECK(memory.apply(at(0s), 7, 900 * mib, {unknown}).value == 7);
  CHECK(memory.apply(at(0s), 7, 900 * mib, {unknown}).rule == "unknown_data");
  CHECK(std::isnan(memory.apply(at(0s), unknown, unknown, {unknown}).value));
  // A first size where none is known.
  CHECK(memory.apply(at(0s), unknown, unknown, {64 * mib}).value == 64 * mib);
}

TEST_CASE("sizing limits: options that cannot be are refused by name") {
  const auto refused = [](const SizingLimits& l) {
    try {
      check(l);
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  CHECK(refused({.cpu_minimum = 0}).find("cpu_minimum") != std::string::npos);
  CHECK(refused({.cpu_minimum = 2, .cpu_maximum = 1}).find("cpu_maximum") != std::string::npos);
  CHECK(refused({.memory_minimum = unknown}).find("memory_minimum") != std::string::npos);
  CHECK(refused({.minimal_change = 1}).find("minimal_change") != std::string::npos);
  CHECK(refused({.memory_bump_ratio = 0.9}).find("memory_bump_ratio") != std::string::npos);
  CHECK(refused({.cpu_bump_ratio = 0}).find("cpu_bump_ratio") != std::string::npos);
  CHECK(refused({.stale = -1s}).find("stale") != std::string::npos);
  Manifest m{"x", "", sizing_limit_parameters()};
  const SizingLimits read = sizing_limits_from(
      m.check(Value::object().set("manage", "memory").set("memory_bump_hold", "2h")));
  CHECK(read.manage == Managed::memory);
  CHECK(read.memory_bump_hold == 2h);
  CHECK_THROWS_AS(m.check(Value::object().set("manage", "disk")), ConfigError);
}
