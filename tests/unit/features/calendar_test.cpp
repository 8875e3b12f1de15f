#include "learningplane/features/calendar.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "learningplane/error.hpp"

using namespace learningplane;
using features::Calendar;

namespace {

constexpr std::int64_t second = 1'000'000'000;
// 2024-05-20T00:00:00Z, a Monday.
constexpr std::int64_t monday = 1'716'163'200 * second;
constexpr std::int64_t hour = 3600 * second;

std::vector<double> at(const Calendar& calendar, std::int64_t time_ns) {
  std::vector<double> out(calendar.width());
  calendar.at(time_ns, out);
  return out;
}

}  // namespace

TEST_CASE("calendar: day and week as sine and cosine, the weekend as a flag") {
  const Calendar c({"day", "week:2", "weekend"});
  CHECK(c.names() == std::vector<std::string>{"day_sin1", "day_cos1", "week_sin1", "week_cos1",
                                              "week_sin2", "week_cos2", "weekend"});
  const auto midnight = at(c, monday), six = at(c, monday + 6 * hour);
  CHECK(midnight[0] == doctest::Approx(0));
  CHECK(midnight[1] == doctest::Approx(1));
  CHECK(midnight[3] == doctest::Approx(1));
  CHECK(six[0] == doctest::Approx(1));
  CHECK(std::abs(six[1]) < 1e-12);
  CHECK(six[2] == doctest::Approx(std::sin(2 * M_PI / 28)));
  CHECK(six[4] == doctest::Approx(std::sin(4 * M_PI / 28)));
  CHECK(six[6] == 0);
  CHECK(at(c, monday + 5 * 24 * hour - 1)[6] == 0);
  CHECK(at(c, monday + 5 * 24 * hour)[6] == 1);
  CHECK(at(c, monday + 7 * 24 * hour - 1)[6] == 1);
  CHECK(at(c, monday + 7 * 24 * hour)[6] == 0);
  // Before 1970 as well: 1969-12-27 was a Saturday.
  CHECK(at(c, -5 * 24 * hour)[6] == 1);
}

TEST_CASE("calendar: the clock on the wall of a zone decides") {
  const Calendar utc({"day", "weekend"}), berlin({"day", "weekend"}, "Europe/Berlin");
  // Summer time: two hours ahead of UTC; Friday 23:00 UTC is Saturday there.
  CHECK(at(berlin, monday + 4 * hour)[0] == doctest::Approx(at(utc, monday + 6 * hour)[0]));
  CHECK(at(utc, monday + (4 * 24 + 23) * hour)[1 + 1] == 0);
  CHECK(at(berlin, monday + (4 * 24 + 23) * hour)[1 + 1] == 1);
}

TEST_CASE("calendar: what it does not know it refuses by name") {
  CHECK_THROWS_WITH_AS(Calendar({"month"}), doctest::Contains("calendar"), ConfigError);
  CHECK_THROWS_WITH_AS(Calendar({"day:0"}), doctest::Contains("calendar"), ConfigError);
  CHECK_THROWS_WITH_AS(Calendar({"day:x"}), doctest::Contains("calendar"), ConfigError);
  CHECK_THROWS_WITH_AS(Calendar({"weekend:2"}), doctest::Contains("calendar"), ConfigError);
  CHECK_THROWS_WITH_AS(Calendar({"day", "day:2"}), doctest::Contains("calendar"), ConfigError);
  CHECK_THROWS_WITH_AS(Calendar({"day"}, "Mars/Phobos"), doctest::Contains("zone"), ConfigError);
  std::vector<double> one(1);
  CHECK_THROWS_AS(Calendar({"day"}).at(0, one), LogicError);
}
