#include "agent/slot_means.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace learningplane;
using agent::SlotMeans;

namespace {
constexpr std::int64_t second = 1'000'000'000;
}

TEST_CASE("slot means: the mean of slots that have ended, unknown ones in between") {
  SlotMeans slots(std::chrono::minutes(1));
  for (int t = 0; t < 60; t += 15) slots.add(t * second, t);
  slots.close(59 * second);
  CHECK(slots.empty());
  slots.close(60 * second);
  slots.add(30 * second, 1000);  // of a slot that is closed
  slots.add(200 * second, 7);
  slots.add(215 * second, std::nan(""));
  slots.close(240 * second);
  const telemetry::Frame f = slots.take("load");
  REQUIRE(f.rows() == 4);
  CHECK(f.times_ns()[0] == 0);
  CHECK(f.times_ns()[3] == 180 * second);
  CHECK(f.column(0).values[0] == doctest::Approx(22.5));
  CHECK_FALSE(f.column(0).known(1));
  CHECK_FALSE(f.column(0).known(2));
  CHECK(f.column(0).values[3] == 7);
  CHECK(slots.empty());
}

TEST_CASE("slot means: without a step the samples themselves, each once") {
  SlotMeans slots(Duration(0));
  slots.add(15 * second, 1);
  slots.add(15 * second, 1);
  slots.add(30 * second, std::nan(""));
  const telemetry::Frame f = slots.take("load");
  REQUIRE(f.rows() == 2);
  CHECK_FALSE(f.column(0).known(1));
}

TEST_CASE("slot means: who was away for years begins anew") {
  SlotMeans slots(std::chrono::seconds(1));
  slots.add(0, 1);
  slots.add(std::int64_t{1'000'000'000} * second, 2);
  slots.close((std::int64_t{1'000'000'000} + 1) * second);
  CHECK(slots.take("load").rows() == 2);
}

TEST_CASE("slot means: what is read twice counts once") {
  SlotMeans slots(std::chrono::minutes(1));
  slots.add(0, 2);
  slots.add(15 * second, 4);
  slots.add(0, 2);  // a look at the same stretch again
  slots.add(15 * second, 4);
  slots.add(30 * second, 9);
  slots.close(60 * second);
  CHECK(slots.take("load").column(0).values[0] == 5);
}
