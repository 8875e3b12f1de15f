#include "learningplane/log.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace learningplane;

TEST_CASE("log: a line reads as in the reference log") {
  const ManualClock clock(value_or_throw(parse_iso8601("2024-04-12T10:44:31.7Z")));
  std::ostringstream out;
  StreamLogger log(out, clock);
  log.info("max_qos 26.652574986958577, index 1");
  log.error("two\nlines");
  CHECK(out.str() ==
        "12-Apr-24 10:44:31 -  INFO - max_qos 26.652574986958577, index 1\n"
        "12-Apr-24 10:44:31 -  ERROR - two lines\n");
}

TEST_CASE("log: JSON on request") {
  const ManualClock clock(value_or_throw(parse_iso8601("2024-04-12T10:44:31Z")));
  std::ostringstream out;
  StreamLogger log(out, clock, LogFormat::json);
  log.warning("a \"quote\"");
  CHECK(out.str() ==
        "{\"time\":\"2024-04-12T10:44:31Z\",\"level\":\"warning\",\"message\":\"a "
        "\\\"quote\\\"\"}\n");
}
