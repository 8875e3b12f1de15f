#include "learningplane/decision/sizing_histogram.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {
constexpr double mib = 1'048'576;
TimePoint at(Duration d) { return from_ns(1'700'000'000'000'000'000) + d; }
SizingInput input(Duration when, double cpu, double memory, Size current) {
  SizingInput in;
  in.at = at(when);
  in.current = current;
  in.usage = {{in.at, cpu, memory}};
  return in;
}
/// End of the bucket a number falls into.
double bucket_end(double value, double first) {
  const double i = std::floor(std::log(value * 0.05 / first + 1) / std::log(1.05));
  return first * (std::pow(1.05, i + 1) - 1) / 0.05;
}
}  // namespace

TEST_CASE("sizing histogram: target, lower and upper bound of a constant usage, with confidence") {
  SizingHistogram policy{SizingHistogramOptions{}};
  SizingDecision d;
  for (int i = 0; i <= 2881; ++i)  // two days; it may move every twelve hours
    d = policy.plan(input(i * 1min, 1, 500 * mib, {1.5, 700 * mib}));
  // 1 core lies in the bucket that ends at 1.01628; a margin of 15 % on it.
  const double target = 1.0162813885540927 * 1.15;
  CHECK(bucket_end(1, 0.01) == doctest::Approx(1.0162813885540927));
  // Two days of samples are a confidence of 2.
  CHECK(d.cpu.lower == doctest::Approx(target / std::pow(1 + 0.001 / 2, 2)).epsilon(1e-5));
  CHECK(d.cpu.upper == doctest::Approx(target * 1.5).epsilon(1e-3));
  CHECK(d.cpu.value == doctest::Approx(std::ceil(target * 1000) / 1000));
  CHECK(d.cpu.rule == "target");  // 1.5 is within, but 22 % off
  const double memory = bucket_end(500 * mib, 1e7) * 1.15;
  CHECK(d.memory.value == std::ceil(memory / mib) * mib);
}

TEST_CASE("sizing histogram: between the bounds it waits, outside it moves at once") {
  SizingHistogramOptions o;
  o.limits.cpu_bump_ratio = 1;
  SizingHistogram policy{o};
  SizingDecision d;
  for (int i = 0; i <= 1440; ++i) d = policy.plan(input(i * 1min, 1, 500 * mib, {1.2, 700 * mib}));
  CHECK(d.cpu.rule == "within_bounds");  // 1.2 is less than 10 % off
  CHECK(d.cpu.value == 1.2);
  d = policy.plan(input(1441min, 1, 500 * mib, {0.9, 700 * mib}));
  CHECK(d.cpu.value == doctest::Approx(1.169));
  // Changed a minute ago: what is between the bounds waits, although it is 20 % off.
  d = policy.plan(input(1442min, 1, 500 * mib, {1.45, 700 * mib}));
  CHECK(d.cpu.rule == "within_bounds");
  d = policy.plan(input(1442min + 12h, 1, 500 * mib, {1.45, 700 * mib}));
  CHECK(d.cpu.rule == "target");
}

TEST_CASE("sizing histogram: memory counts by its daily peak, and a kill above the limit") {
  SizingHistogramOptions o;
  o.limits.memory_bump_hold = 0s;  // the histogram alone
  SizingHistogram policy{o};
  SizingDecision d;
  for (int i = 0; i < 3 * 24; ++i)
    d = policy.plan(input(i * 1h, 1, (i % 24 == 5 ? 900 : 100) * mib, {1.2, 300 * mib}));
  CHECK(d.memory.wish == doctest::Approx(bucket_end(900 * mib, 1e7) * 1.15));
  SizingInput in = input(72h, 1, 100 * mib, {1.2, 1000 * mib});
  in.out_of_memory = {{in.at, 1000 * mib}};
  d = policy.plan(in);
  // 1200 MiB is the peak of the new day, whose weight is more than a tenth of all.
  CHECK(d.memory.upper > bucket_end(1200 * mib, 1e7) * 1.15);
}

TEST_CASE("sizing histogram: one sample says nothing yet; options are refused with their names") {
  SizingHistogram policy{SizingHistogramOptions{}};
  const SizingDecision d = policy.plan(input(0s, 0.2, 100 * mib, {1, 300 * mib}));
  CHECK_FALSE(d.acts());
  CHECK(d.cpu.rule == "warming_up");
  SizingHistogramOptions o;
  o.target = 0.4;
  CHECK_THROWS_AS(SizingHistogram{o}, ConfigError);
  o = {};
  o.half_life = 0s;
  CHECK_THROWS_AS(SizingHistogram{o}, ConfigError);
  o = {};
  o.margin = -1;
  CHECK_THROWS_AS(SizingHistogram{o}, ConfigError);
}
