#include "learningplane/decision/sizing_theta_scan.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/decision/sizing_oracle.hpp"
#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {
constexpr double mib = 1'048'576;
TimePoint at(Duration d) { return from_ns(1'700'000'000'000'000'000) + d; }

/// 200 milli-cores, and 1000 for `on` of every `period` samples; a sample every 15 s.
double square(int i, int period, int on) { return i % period < on ? 1.0 : 0.2; }

SizingInput input(int i, double cpu, double memory, Size current) {
  SizingInput in;
  in.at = at(i * 15s);
  in.current = current;
  in.usage = {{in.at, cpu, memory}};
  return in;
}
SizingThetaScanOptions options(ThetaScanWindow mode) {
  SizingThetaScanOptions o;
  o.mode = mode;
  o.limits.cpu_bump_ratio = 1;
  return o;
}
}  // namespace

TEST_CASE("sizing theta_scan: fixed windows follow a square wave whose period is longer") {
  SizingThetaScan policy(options(ThetaScanWindow::fixed));
  Size size{5, 100 * mib};
  int high = 0, low = 0, starved = 0;
  for (int i = 0; i < 1000; ++i) {
    const double cpu = square(i, 60, 20);
    if (i > 480 && cpu > size.cpu_cores) ++starved;
    const SizingDecision d = policy.plan(input(i, cpu, 50 * mib, size));
    if (i < 19) CHECK(d.cpu.rule == "warming_up");
    size = {d.cpu.value, d.memory.value};
    if (i > 480) (size.cpu_cores > 0.8 ? high : low) += 1;
  }
  // A window of 20 either holds the spike or does not: two thirds of the time the low size will do.
  CHECK(starved <= 2);
  CHECK(low > high);
  CHECK(size.memory_bytes == 50 * mib);
}

TEST_CASE("sizing theta_scan: dynamic windows last a period, and hold its maximum") {
  SizingThetaScan policy(options(ThetaScanWindow::dynamic));
  Size size{5, 100 * mib};
  int resizes = 0, starved = 0;
  for (int i = 0; i < 1000; ++i) {
    const double cpu = square(i, 60, 20);
    if (i > 480 && cpu > size.cpu_cores) ++starved;
    const SizingDecision d = policy.plan(input(i, cpu, 50 * mib, size));
    size = {d.cpu.value, d.memory.value};
    if (i > 480) resizes += d.cpu.acts() ? 1 : 0;
  }
  CHECK(starved == 0);
  CHECK(resizes <= 2);
  CHECK(size.cpu_cores == doctest::Approx(1).epsilon(0.05));
}

TEST_CASE("sizing theta_scan: an idle container gets the least, and no answer as published") {
  for (const auto mode : {model::ThetaScanMode::mended, model::ThetaScanMode::published}) {
    SizingThetaScanOptions o = options(ThetaScanWindow::fixed);
    o.scan = mode;
    SizingThetaScan policy(o);
    SizingDecision d;
    for (int i = 0; i < 100; ++i) d = policy.plan(input(i, 0, 0, {1, 100 * mib}));
    CHECK(d.cpu.value == 0.01);
    CHECK(d.cpu.rule == "minimum");
  }
}

TEST_CASE("sizing theta_scan: options are refused with their names") {
  SizingThetaScanOptions o;
  o.window = 0;
  CHECK_THROWS_AS(SizingThetaScan{o}, ConfigError);
  o = {};
  o.observed = 7;
  CHECK_THROWS_AS(SizingThetaScan{o}, ConfigError);
  o = {};
  o.cap = 0;
  CHECK_THROWS_AS(SizingThetaScan{o}, ConfigError);
  o = {};
  o.fallback = 1.1;
  CHECK_THROWS_AS(SizingThetaScan{o}, ConfigError);
}

TEST_CASE("sizing oracle: the maximum of the coming window, once a window") {
  SizingOracle policy({.window = 1h});
  SizingInput in = input(0, 0.5, 100 * mib, {1, 500 * mib});
  in.future = {{at(10min), 2, 100 * mib},
               {at(20min), std::nan(""), 700 * mib},
               {at(30min), 0.1, std::nan("")}};
  SizingDecision d = policy.plan(in);
  CHECK(d.cpu.value == 2);
  CHECK(d.memory.value == 700 * mib);
  in.at = at(59min);
  in.current = {2, 700 * mib};
  in.future = {{at(70min), 1, 100 * mib}};
  CHECK_FALSE(policy.plan(in).acts());
  in.at = at(1h);
  CHECK(policy.plan(in).cpu.value == 1);
  policy.reset();
  in.future.clear();
  in.usage[0].at = in.at;
  d = policy.plan(in);
  CHECK_FALSE(d.acts());
  CHECK(d.cpu.rule == "no_future");
  CHECK_THROWS_AS(SizingOracle({.window = 0s}), ConfigError);
}
