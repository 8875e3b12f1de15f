#include "learningplane/telemetry/frame.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace learningplane;
using namespace learningplane::telemetry;

namespace {
constexpr double missing = std::numeric_limits<double>::quiet_NaN();
Frame small() {
  return *Frame::make(std::vector<std::int64_t>{10, 20, 40},
                      {Column{"cpu", {{"site", "a"}}, "", std::vector<double>{1, missing, 3}, {}},
                       Column{"cpu", {{"site", "b"}}, "", std::vector<double>{4, 5, 6}, {}}});
}
}  // namespace

TEST_CASE("frame: columns are found by name and labels") {
  const Frame f = small();
  CHECK(f.find("cpu") == nullptr);
  REQUIRE(f.find("cpu", {{"site", "b"}}) != nullptr);
  CHECK(f.find("cpu", {{"site", "b"}})->values[1] == 5);
  CHECK(f.require("mem").error().code == Errc::not_found);
  CHECK(f.label_values("site") == std::vector<std::string>{"a", "b"});
}

TEST_CASE("frame: unknown cells keep their reason and are not zero") {
  const Frame f = small();
  CHECK(f.column(0).flag(1) == CellFlag::absent);
  CHECK_FALSE(f.column(0).known(1));
  CHECK(f.unknown_share() == doctest::Approx(1.0 / 6));
}

TEST_CASE("frame: slices share memory") {
  const Frame f = small();
  const Frame s = f.between(from_ns(20), from_ns(40));
  REQUIRE(s.rows() == 1);
  CHECK(s.column(1).values.data() == f.column(1).values.data() + 1);
}

TEST_CASE("frame: what cannot be a frame is refused") {
  CHECK_FALSE(Frame::make(std::vector<std::int64_t>{2, 1}, {}).has_value());
  CHECK_FALSE(Frame::make(std::vector<std::int64_t>{1, 1}, {}).has_value());
  CHECK_FALSE(Frame::make(std::vector<std::int64_t>{1}, {Column{"a", {}, "", {}, {}}}).has_value());
  CHECK_FALSE(Frame::make(std::vector<std::int64_t>{},
                          {Column{"a", {}, "", {}, {}}, Column{"a", {}, "", {}, {}}})
                  .has_value());
}

TEST_CASE("frame: join takes the union of times, concat lets the later known cell win") {
  const Frame a = *Frame::make(std::vector<std::int64_t>{1, 2},
                               {Column{"x", {}, "", std::vector<double>{1, 2}, {}}});
  const Frame b = *Frame::make(std::vector<std::int64_t>{2, 3},
                               {Column{"y", {}, "", std::vector<double>{7, 8}, {}}});
  const Frame c = *Frame::make(std::vector<std::int64_t>{2, 3},
                               {Column{"x", {}, "", std::vector<double>{missing, 9}, {}}});
  const Frame j = *join({a, b});
  CHECK(j.rows() == 3);
  CHECK(j.find("y")->flag(0) == CellFlag::absent);
  CHECK(join({a, a}).error().code == Errc::conflict);
  const Frame k = *concat({a, c});
  CHECK(k.find("x")->values[1] == 2);
  CHECK(k.find("x")->values[2] == 9);
  CHECK(k.step() == Duration{1});
}
