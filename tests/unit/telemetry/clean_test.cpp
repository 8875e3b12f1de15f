#include "learningplane/telemetry/clean.hpp"

#include <doctest/doctest.h>

#include "learningplane/telemetry/csv.hpp"

using namespace learningplane;
using namespace learningplane::telemetry;

TEST_CASE("clean: interpolation by rows or by time, forward, each filled cell flagged") {
  const Frame raw = *parse_csv("time,a\n0,\n1,10\n2,\n9,30\n10,\n");
  const Column rows = interpolate(raw).column(0);
  CHECK_FALSE(rows.known(0));
  CHECK(rows.flag(1) == CellFlag::observed);
  CHECK(rows.values[2] == 20);
  CHECK(rows.flag(2) == CellFlag::imputed);
  CHECK(rows.values[4] == 30);
  CHECK(rows.flag(4) == CellFlag::imputed);
  const Column time = interpolate(raw, {Spacing::time, Tail::leave_unknown, {}}).column(0);
  CHECK(time.values[2] == 12.5);
  CHECK_FALSE(time.known(4));
  const Column limited =
      interpolate(raw, {Spacing::rows, Tail::hold_last, from_seconds(2).time_since_epoch()})
          .column(0);
  CHECK_FALSE(limited.known(2));
  CHECK(limited.known(4));
}

TEST_CASE("clean: rows are dropped whole, with their flags") {
  const Frame raw = *parse_csv("time,a,b\n0,,\n1,1,\n2,2,NaN\n3,3,3\n");
  CHECK(drop_empty_rows(raw).rows() == 3);
  CHECK(drop_empty_rows(raw).column(1).flag(1) == CellFlag::not_a_number);
  const Frame whole = drop_incomplete_rows(raw);
  REQUIRE(whole.rows() == 1);
  CHECK(whole.time(0) == from_seconds(3));
}

TEST_CASE("clean: clip and scale leave unknown cells unknown") {
  const Frame raw = *parse_csv("time,a\n0,5\n1,NaN\n2,-5\n");
  const Frame c = *clip(raw, "a", -1, 1);
  CHECK(c.column(0).values[0] == 1);
  CHECK(c.column(0).values[2] == -1);
  CHECK(c.column(0).flag(1) == CellFlag::not_a_number);
  CHECK(scale(raw, "a", 2, 1)->column(0).values[2] == -9);
  CHECK(clip(raw, "a", 2, 1).error().code == Errc::invalid_argument);
  CHECK(clip(raw, "b", 1, 2).error().code == Errc::not_found);
}
