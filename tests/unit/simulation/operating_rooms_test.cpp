#include "learningplane/simulation/operating_rooms.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::simulation;

TEST_CASE("operating rooms: the published statistics, whatever the seed") {
  const double hourly[] = {4.3, 6.8, 7.9, 6.9, 7.7, 7.5, 7.0, 5.1, 2.7};  // 8 to 16 h
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    CAPTURE(seed);
    OperatingRoomsOptions o;
    o.seed = seed;
    const WorkloadTrace t = operating_rooms(o);
    REQUIRE(t.size() == 80'640);
    double sum = 0, weekday = 0, weekend = 0, weekend_peak = 0, peak = 0, hours[24] = {};
    int changes = 0, outside = 0;
    for (std::size_t i = 0; i < t.size(); ++i) {
      const std::size_t minute = i % 1440, day = i / 1440 % 7;
      const double v = t.load[i];
      sum += v;
      peak = std::max(peak, v);
      changes += i > 0 && v != t.load[i - 1];
      outside += v > 0 && (minute < 6 * 60 + 54 || minute >= 20 * 60 + 24);
      if (day < 5) {
        weekday += v / (40.0 * 1440);
        hours[minute / 60] += v / (40.0 * 60);
      } else {
        weekend += v / (16.0 * 1440);
        weekend_peak = std::max(weekend_peak, v);
      }
    }
    CHECK(peak == 10);
    CHECK(outside == 0);
    CHECK(sum / 80'640 == doctest::Approx(1.957).epsilon(0.06));
    CHECK(changes > 1'800);
    CHECK(changes < 2'250);
    CHECK(weekend / weekday > 0.08);
    CHECK(weekend / weekday < 0.2);
    CHECK(weekend_peak >= 3);
    CHECK(weekend_peak <= 4);
    for (int h = 8; h <= 16; ++h) CHECK(std::abs(hours[h] - hourly[h - 8]) < 1.6);
  }
}

TEST_CASE("operating rooms: seeded, and longer traces begin the same") {
  OperatingRoomsOptions o;
  o.weeks = 1;
  const WorkloadTrace one = operating_rooms(o);
  CHECK(one.load == operating_rooms(o).load);
  o.weeks = 2;
  const WorkloadTrace two = operating_rooms(o);
  CHECK(std::equal(one.load.begin(), one.load.end(), two.load.begin()));
  o.seed = 1;
  CHECK(two.load != operating_rooms(o).load);
  o.weeks = 0;
  CHECK_THROWS_AS(operating_rooms(o), ConfigError);
}
