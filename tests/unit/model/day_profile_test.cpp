#include "learningplane/model/day_profile.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::model;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t hour_ns = 3'600'000'000'000, monday_ns = 1'704'067'200'000'000'000;

/// Hourly values of `days` days from a Monday: 10 times the day's number plus the hour; 100 more at
/// weekends.
telemetry::Frame hours(int first, int count) {
  std::vector<std::int64_t> times;
  std::vector<double> values;
  for (int h = first; h < first + count; ++h) {
    const int day = h / 24;
    times.push_back(monday_ns + h * hour_ns);
    values.push_back(10 * day + h % 24 + (day % 7 >= 5 ? 100 : 0));
  }
  telemetry::Column c;
  c.name = "load";
  c.values = std::move(values);
  return value_or_throw(telemetry::Frame::make(std::move(times), {std::move(c)}));
}

DayProfileOptions options() {
  DayProfileOptions o;
  o.target = "load";
  o.spread = 0s;
  return o;
}

}  // namespace

TEST_CASE("day profile: mean and quantiles of the same hour on days alike") {
  DayProfile m(options());
  REQUIRE(m.fit(hours(0, 7 * 24)));
  const double levels[] = {0.5, 0.9};
  const Forecast f = value_or_throw(m.forecast(24 * 7, levels));
  CHECK(f.mean[3] == 23);  // Monday: 3, 13, 23, 33, 43
  CHECK(f.quantile(3, 0) == 23);
  CHECK(f.quantile(3, 1) == 43);     // the next value seen, not one between
  CHECK(f.mean[5 * 24 + 3] == 158);  // Saturday: 153 and 163
  CHECK(f.times_ns[0] == monday_ns + 7 * 24 * hour_ns);
}

TEST_CASE("day profile: a day counts when it has ended, and neighbouring hours within the spread") {
  DayProfileOptions o = options();
  o.spread = 1h;
  DayProfile m(o);
  REQUIRE(m.fit(hours(0, 24)));
  CHECK(value_or_throw(m.forecast(1)).mean[0] == 0.5);  // hours 0 and 1 of Monday
  REQUIRE(m.update(hours(24, 23)));
  CHECK(value_or_throw(m.forecast(1)).mean[0] == 22.5);  // 23 h, from Monday alone: 22 and 23
  REQUIRE(m.update(hours(47, 1)));
  CHECK(value_or_throw(m.forecast(1)).mean[0] == 5.5);
}

TEST_CASE("day profile: keeps the latest days, saves and loads") {
  DayProfileOptions o = options();
  o.most_days = 2;
  DayProfile m(o);
  REQUIRE(m.fit(hours(0, 5 * 24)));
  const double levels[] = {0.75};
  // Thursday and Friday; Friday, the last day, is kept beside the two of its kind before it.
  const Forecast f = value_or_throw(m.forecast(48 + 1, levels));
  DayProfile again(o);
  REQUIRE(again.load(m.save()));
  CHECK(value_or_throw(again.forecast(48 + 1, levels)).quantiles == f.quantiles);
  CHECK(value_or_throw(again.forecast(48 + 1, levels)).mean == f.mean);
  ModelState broken = m.save();
  broken.tensors["days"].values.pop_back();
  CHECK(again.load(broken).error().code == Errc::malformed);
}

TEST_CASE("day profile: what is refused") {
  CHECK_THROWS_AS(DayProfile({}), ConfigError);
  DayProfileOptions o = options();
  o.spread = 13h;
  CHECK_THROWS_AS(DayProfile{o}, ConfigError);
  o = options();
  o.most_days = 0;
  CHECK_THROWS_AS(DayProfile{o}, ConfigError);
  DayProfile m(options());
  CHECK(m.fit(hours(0, 20)).error().code == Errc::not_enough_data);
  CHECK_THROWS_AS(m.forecast(1), LogicError);
  REQUIRE(m.fit(hours(0, 24)));
  CHECK(m.forecast(0).error().code == Errc::invalid_argument);
  const double wrong[] = {0.9, 0.1};
  CHECK(m.forecast(1, wrong).error().code == Errc::invalid_argument);
}
