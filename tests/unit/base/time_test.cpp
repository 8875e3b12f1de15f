#include "learningplane/time.hpp"

#include <doctest/doctest.h>

using namespace learningplane;

TEST_CASE("time: ISO 8601 is read and written") {
  CHECK(to_iso8601(*parse_iso8601("2024-05-15T08:45:00Z")) == "2024-05-15T08:45:00Z");
  CHECK(to_iso8601(*parse_iso8601("2024-05-15 08:45:00.25")) == "2024-05-15T08:45:00.250Z");
  CHECK(to_iso8601(*parse_iso8601("2024-05-15T10:45:00+02:00")) == "2024-05-15T08:45:00Z");
  CHECK(to_iso8601(*parse_iso8601("1969-12-31")) == "1969-12-31T00:00:00Z");
  CHECK(to_ns(*parse_iso8601("1969-12-31T23:59:59.5Z")) == -500'000'000);
}

TEST_CASE("time: what is no time is refused, with what is wrong") {
  for (const char* bad :
       {"", "2024", "2024-13-01", "2024-02-30", "2024-05-15T", "2024-05-15T25:00:00Z",
        "2024-05-15T10:61:00Z", "2024-05-15T10:00:00Zjunk", "2024-05-15T10:00:00.Z", "9999-01-01",
        "12345"}) {
    CAPTURE(bad);
    auto r = parse_iso8601(bad);
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().code == Errc::malformed);
  }
}

TEST_CASE("time: durations in Prometheus and ISO form") {
  using namespace std::chrono_literals;
  CHECK(*parse_duration("90s") == 90s);
  CHECK(*parse_duration("1h30m") == 90min);
  CHECK(*parse_duration("250ms") == 250ms);
  CHECK(*parse_duration("PT5M") == 5min);
  CHECK(*parse_duration("P1DT2H") == 26h);
  CHECK(*parse_duration("0") == 0s);
  CHECK(*parse_duration("1.5h") == 90min);
  for (const char* bad : {"", "5", "m", "5x", "P", "PT", "P5M", "-", "1e5s", "999999w99999999w"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad).has_value());
  }
  CHECK(format_duration(Duration(90min)) == "1h30m");
  CHECK(format_duration(Duration(0)) == "0s");
  CHECK(*parse_duration(format_duration(Duration(1234567891234567))) == Duration(1234567891234567));
}
