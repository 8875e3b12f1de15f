#include "learningplane/telemetry/resample.hpp"

#include <doctest/doctest.h>

#include "learningplane/telemetry/csv.hpp"

using namespace learningplane;
using namespace learningplane::telemetry;

TEST_CASE("resample: means on a grid since 1970, of what is known") {
  const Frame raw = *parse_csv("time,a,b\n-1,7,\n1,1,\n4,3,NaN\n5,,8\n16,9,\n");
  const auto f = resample_mean(raw, {std::chrono::seconds(5), ImputedWhen::half});
  REQUIRE(f);
  REQUIRE(f->rows() == 4);
  CHECK(f->time(0) == from_seconds(-5));
  CHECK(f->column(0).values[0] == 7);
  CHECK(f->column(0).values[1] == 2);
  CHECK_FALSE(f->column(0).known(2));
  CHECK(f->column(1).flag(1) == CellFlag::not_a_number);
  CHECK(f->column(1).values[2] == 8);
  CHECK(f->time(3) == from_seconds(15));
  CHECK(resample_mean(raw, {}).error().code == Errc::invalid_argument);
}

TEST_CASE("resample: a mean that rests on imputed cells is imputed") {
  const auto i = static_cast<std::uint8_t>(CellFlag::imputed);
  const Frame raw = *Frame::make(std::vector<std::int64_t>{0, 1, 2, 10, 11},
                                 {Column{"a",
                                         {},
                                         "",
                                         std::vector<double>{1, 2, 3, 4, 5},
                                         std::vector<std::uint8_t>{i, 0, 0, 0, i}}});
  const auto half = *resample_mean(raw, {Duration{10}, ImputedWhen::half});
  CHECK(half.column(0).flag(0) == CellFlag::observed);
  CHECK(half.column(0).flag(1) == CellFlag::imputed);
  const auto any = *resample_mean(raw, {Duration{10}, ImputedWhen::any});
  CHECK(any.column(0).flag(0) == CellFlag::imputed);
}
