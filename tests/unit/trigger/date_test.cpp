#include "learningplane/trigger/date.hpp"

#include <doctest/doctest.h>

namespace lp = learningplane;

TEST_CASE("date: fires once, and says when") {
  const auto when = lp::parse_iso8601("2024-04-12T10:44:31Z").value();
  const lp::trigger::Date date(when);
  CHECK(date.next(when - lp::Duration{1}) == when);
  CHECK_FALSE(date.next(when));
  CHECK(date.describe() == "date[2024-04-12 10:44:31 UTC]");
}
