#include "learningplane/features/qos.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "learningplane/telemetry/csv.hpp"

using namespace learningplane;
using namespace learningplane::features;
using telemetry::CellFlag;

TEST_CASE("qos: half from the frame rate, half from the latency, nothing outside the ranges") {
  CHECK(qos(30, 0.001) == doctest::Approx(1));
  CHECK(qos(20, 0.2) == doctest::Approx(0));
  CHECK(qos(25, 0.1005) == doctest::Approx(0.5));
  CHECK(qos(31, 0.1) == 0);
  CHECK(qos(19.9, 0.1) == 0);
  CHECK(qos(25, 0.0009) == 0);
  CHECK(qos(25, 0.21) == 0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(qos(nan, 0.1)));
  CHECK(std::isnan(qos(25, nan)));
  CHECK(qos(nan, 0.5) == 0);  // late is late, whatever the frame rate
}

TEST_CASE("qos: the frame rate comes from the row before in which frames are known") {
  const auto raw = telemetry::parse_csv(
      "time,frames,elapsed,latency,cpu\n0,0,0,0.1005,\n5,125,5,0.1005,\n7,,,,3\n10,,,0.1,\n"
      "15,375,15,0.1005,\n20,10,0,0.1005,\n25,260,10,138,\n30,260,10,0.1,\n");
  REQUIRE(raw);
  QosOptions o;
  o.frames = "frames";
  o.elapsed = "elapsed";
  o.latency = "latency";
  const auto f = with_qos(*raw, o);
  REQUIRE(f);
  const telemetry::Column& q = *f->find("qos");
  CHECK_FALSE(q.known(0));  // no row before
  CHECK(q.values[1] == doctest::Approx(0.5));
  CHECK_FALSE(q.known(2));
  CHECK_FALSE(q.known(3));
  CHECK_FALSE(f->find("latency")->known(3));   // not of a running pipeline
  CHECK(q.values[4] == doctest::Approx(0.5));  // 250 frames in 10 s, over the rows between
  // Across a restart the formula as published gives a frame rate that never was: 365 / 15.
  CHECK(q.values[5] == doctest::Approx(0.5 * (365.0 / 15 - 20) / 10 + 0.25));
  CHECK(q.values[6] == 0);
  CHECK_FALSE(q.known(7));  // no frames in no time
  CHECK(f->find("latency")->values[6] == 1);
  CHECK(with_qos(*raw).error().code == Errc::not_found);
}

TEST_CASE("qos: made of made-up numbers it is made up") {
  using telemetry::Column;
  const auto imputed = static_cast<std::uint8_t>(CellFlag::imputed);
  const auto f = *telemetry::Frame::make(std::vector<std::int64_t>{0, 1, 2},
                                         {Column{"f", {}, "", std::vector<double>{0, 25, 50}, {}},
                                          Column{"e", {}, "", std::vector<double>{0, 1, 2}, {}},
                                          Column{"l",
                                                 {},
                                                 "",
                                                 std::vector<double>{0.1, 0.1, 0.1},
                                                 std::vector<std::uint8_t>{0, 0, imputed}}});
  QosOptions o;
  o.frames = "f";
  o.elapsed = "e";
  o.latency = "l";
  const auto g = with_qos(f, o);
  REQUIRE(g);
  CHECK(g->find("qos")->flag(1) == CellFlag::observed);
  CHECK(g->find("qos")->flag(2) == CellFlag::imputed);
}
