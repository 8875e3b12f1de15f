#include "learningplane/trigger/cron_expression.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "learningplane/time.hpp"

namespace lp = learningplane;
using lp::trigger::CronExpression;

namespace {
std::int64_t wall(const std::string& text) {
  return lp::to_ns(lp::parse_iso8601(text).value()) / 1'000'000'000;
}
/// The next matching wall-clock time strictly after the given one.
std::string next(const char* expression, const std::string& after) {
  const auto found = CronExpression::parse(expression)
                         .value()
                         .next(wall(after) + 1, wall(after) + 51LL * 31556952);
  if (!found) return "none";
  std::string out = lp::to_iso8601(lp::from_ns(*found * 1'000'000'000));
  out.pop_back();
  return out;
}
}  // namespace

TEST_CASE("cron expression: five fields, six with seconds first") {
  CHECK(next("*/5 * * * *", "2024-05-15T08:41:10") == "2024-05-15T08:45:00");
  CHECK(next("30 2 * * *", "2024-05-15T08:41:10") == "2024-05-16T02:30:00");
  CHECK(next("15 30 2 * * *", "2024-05-15T08:41:10") == "2024-05-16T02:30:15");
  CHECK(next("*/20 * * * * *", "2024-05-15T08:41:10") == "2024-05-15T08:41:20");
  CHECK(next("*/20 * * * * *", "2024-12-31T23:59:40") == "2025-01-01T00:00:00");
}

TEST_CASE("cron expression: ranges, lists, steps and names") {
  CHECK(next("0 9-17 * * MON-FRI", "2024-05-17T17:00:00") == "2024-05-20T09:00:00");
  CHECK(next("0,30 8,20 * * *", "2024-05-17T08:30:00") == "2024-05-17T20:00:00");
  CHECK(next("10-30/10 * * * *", "2024-05-17T08:30:00") == "2024-05-17T09:10:00");
  CHECK(next("50/4 * * * *", "2024-05-17T08:54:00") == "2024-05-17T08:58:00");
  CHECK(next("0 0 1 jan,Jul *", "2024-05-17T00:00:00") == "2024-07-01T00:00:00");
  CHECK(next("0 0 * * sun", "2024-05-17T00:00:00") == "2024-05-19T00:00:00");
  CHECK(next("0 0 * * 7", "2024-05-17T00:00:00") == "2024-05-19T00:00:00");
  CHECK(next("0 0 * * 5-7", "2024-05-18T00:00:00") == "2024-05-19T00:00:00");
}

TEST_CASE("cron expression: last days and n-th weekdays") {
  CHECK(next("0 0 L * *", "2024-02-10T00:00:00") == "2024-02-29T00:00:00");
  CHECK(next("0 0 L * *", "2023-02-10T00:00:00") == "2023-02-28T00:00:00");
  CHECK(next("0 0 LW * *", "2024-03-01T00:00:00") ==
        "2024-03-29T00:00:00");  // the 31st is a Sunday
  CHECK(next("0 0 LW * *", "2024-11-01T00:00:00") ==
        "2024-11-29T00:00:00");  // the 30th is a Saturday
  CHECK(next("0 0 * * 5L", "2024-05-17T00:00:00") == "2024-05-31T00:00:00");
  CHECK(next("0 0 * * FRI#2", "2024-05-17T00:00:00") == "2024-06-14T00:00:00");
  CHECK(next("0 0 * * MON#5", "2024-05-01T00:00:00") == "2024-07-29T00:00:00");
}

TEST_CASE("cron expression: day of month or day of week, both where one starts with a star") {
  CHECK(next("0 0 13 * FRI", "2024-05-01T00:00:00") == "2024-05-03T00:00:00");
  CHECK(next("0 0 13 * FRI", "2024-05-10T00:00:00") == "2024-05-13T00:00:00");
  CHECK(next("0 0 */2 * FRI", "2024-05-01T00:00:00") == "2024-05-03T00:00:00");
  CHECK(next("0 0 */2 * FRI", "2024-05-03T00:00:00") == "2024-05-17T00:00:00");
}

TEST_CASE("cron expression: leap days over a century without one") {
  CHECK(next("0 0 29 2 *", "2096-03-01T00:00:00") == "2104-02-29T00:00:00");
  CHECK(next("0 0 29 2 */7", "2024-03-01T00:00:00") == "2032-02-29T00:00:00");  // a Sunday
}

TEST_CASE("cron expression: aliases") {
  CHECK(next("@hourly", "2024-05-17T08:30:00") == "2024-05-17T09:00:00");
  CHECK(next("@daily", "2024-05-17T08:30:00") == "2024-05-18T00:00:00");
  CHECK(next("@midnight", "2024-05-17T08:30:00") == "2024-05-18T00:00:00");
  CHECK(next("@Weekly", "2024-05-17T08:30:00") == "2024-05-19T00:00:00");
  CHECK(next("@monthly", "2024-05-17T08:30:00") == "2024-06-01T00:00:00");
  CHECK(next("@yearly", "2024-05-17T08:30:00") == "2025-01-01T00:00:00");
  CHECK(next("@annually", "2024-05-17T08:30:00") == "2025-01-01T00:00:00");
}

TEST_CASE("cron expression: says which field is wrong and what is allowed") {
  struct Case {
    const char* expression;
    const char* message;
  };
  const Case cases[] = {
      {"", "there are 0 fields"},
      {"* * * *", "there are 4 fields"},
      {"* * * * * * *", "there are 7 fields"},
      {"60 * * * *", "minute '60': '60' is none of 0-59"},
      {"60 * * * * *", "second '60'"},
      {"* 24 * * *", "hour '24': '24' is none of 0-23"},
      {"* * 0 * *", "day of month '0': '0' is none of 1-31"},
      {"* * 32 * *", "day of month '32'"},
      {"* * * 13 *", "month '13': '13' is none of 1-12 or JAN-DEC"},
      {"* * * JUNE *", "month 'JUNE'"},
      {"* * * * 8", "day of week '8': '8' is none of 0-7"},
      {"* * * * MONDAY", "day of week 'MONDAY'"},
      {"*/0 * * * *", "minute '*/0': the step '0'"},
      {"*/x * * * *", "minute '*/X': the step 'X'"},
      {"*/ * * * *", "minute '*/': the step ''"},
      {"30-10 * * * *", "minute '30-10': the range '30-10' ends before it starts"},
      {"1, * * * *", "minute '1,': '' is none of"},
      {"-5 * * * *", "minute '-5'"},
      {"+5 * * * *", "minute '+5'"},
      {"1-2-3 * * * *", "minute '1-2-3'"},
      {"99999999999999999999 * * * *", "minute '99999999999999999999'"},
      {"L * * * *", "minute 'L'"},
      {"* * * * L", "day of week 'L'"},
      {"* * * * FRIL", "day of week 'FRIL'"},
      {"* * * * 5L/2", "day of week '5L/2'"},
      {"* * * * 5#0", "day of week '5#0'"},
      {"* * * * 5#6", "day of week '5#6'"},
      {"* * * * 1-5#2", "day of week '1-5#2'"},
      {"? * * * *", "minute '?'"},
      {"0 0 31 2 *", "day of month '31': month '2' has no such day"},
      {"0 0 31 4,6,9,11 *", "month '4,6,9,11' has no such day"},
      {"@reboot", "'@reboot' is none of @yearly"},
      {"@", "is none of @yearly"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.expression);
    const auto parsed = CronExpression::parse(c.expression);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == lp::Errc::malformed);
    CHECK_MESSAGE(parsed.error().message.find(c.message) != std::string::npos,
                  parsed.error().message);
  }
  CHECK(CronExpression::parse(std::string(300, '*')).error().code == lp::Errc::too_large);
}

TEST_CASE("cron expression: never finds a time before the start or past the end of the search") {
  const auto e = CronExpression::parse("0 0 1 * *").value();
  const auto from = wall("2024-01-02T00:00:00");
  CHECK_FALSE(e.next(from, wall("2024-02-01T00:00:00")));
  CHECK(e.next(from, wall("2024-02-01T00:00:01")) == wall("2024-02-01T00:00:00"));
  CHECK_FALSE(e.next(from, from));
  CHECK(e.matches(wall("2024-02-01T00:00:00")));
  CHECK_FALSE(e.matches(wall("2024-02-01T00:00:01")));
}
