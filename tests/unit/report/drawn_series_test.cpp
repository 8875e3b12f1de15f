#include "report/drawn_series.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace learningplane;
using namespace learningplane::report;

namespace {

constexpr std::int64_t s = 1'000'000'000;

std::vector<std::int64_t> seconds(std::size_t n) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(static_cast<std::int64_t>(i) * s);
  return out;
}

Value drawn(const std::vector<std::int64_t>& times, const std::vector<double>& v,
            const DrawnOptions& o = {}) {
  return drawn_series(times, [&](std::size_t i) { return v[i]; }, o);
}

std::vector<double> numbers(const Value& list) {
  std::vector<double> out;
  for (const Value& v : list.as_array())
    if (!v.is_null()) out.push_back(v.as_double());
  return out;
}
std::size_t nulls(const Value& list) {
  const auto& a = list.as_array();
  return static_cast<std::size_t>(
      std::count_if(a.begin(), a.end(), [](const Value& v) { return v.is_null(); }));
}

}  // namespace

TEST_CASE("drawn series: few rows stay as they are, unknown ones and gaps end the line") {
  const Value v =
      drawn({0, s, 2 * s, 3 * s, 9 * s}, {1, 2.5, std::nan(""), 0, 7}, {.gap_ns = 3 * s});
  CHECK(v.find("t")->as_array() == Value::Array{0, 1000, 2000, 3000, 3000, 9000});
  CHECK(v.find("v")->as_array() == Value::Array{1, 2.5, Value(), 0, Value(), 7});
  CHECK(drawn({}, {}).find("v")->size() == 0);
  // What is not known at first is no point, and never a zero.
  CHECK(drawn({0, s}, {INFINITY, 4}).find("v")->as_array() == Value::Array{4});
}

TEST_CASE("drawn series: of many rows the extremes stay, and the number of points is bounded") {
  const std::size_t n = 200'000;
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = std::sin(static_cast<double>(i) / 1'000);
  values[123'456] = 40;
  values[7] = -30;
  for (std::size_t i = 50'000; i < 60'000; ++i) values[i] = std::nan("");
  const Value v = drawn(seconds(n), values, {.points = 1'000, .gap_ns = 3 * s});
  CHECK(v.find("v")->size() <= 1'100);
  CHECK(v.find("t")->size() == v.find("v")->size());
  const auto kept = numbers(*v.find("v"));
  CHECK(*std::max_element(kept.begin(), kept.end()) == 40);
  CHECK(*std::min_element(kept.begin(), kept.end()) == -30);
  CHECK(nulls(*v.find("v")) == 1);
  const auto times = numbers(*v.find("t"));
  CHECK(std::is_sorted(times.begin(), times.end()));
  const auto at = std::find(kept.begin(), kept.end(), 40.0);
  REQUIRE(at != kept.end());
}

TEST_CASE("drawn series: a gap between parts is one, extremes far apart are none") {
  std::vector<std::int64_t> times = seconds(5'000);
  for (std::size_t i = 2'500; i < times.size(); ++i) times[i] += 10'000 * s;
  const std::vector<double> values(times.size(), 3);
  const Value v = drawn(times, values, {.points = 100, .gap_ns = 3 * s});
  CHECK(nulls(*v.find("v")) == 1);
}

TEST_CASE("drawn series: steps keep their changes alone") {
  const std::vector<double> values{2, 2, 2, 5, std::nan(""), std::nan(""), 5, 5};
  const Value v = drawn_steps(seconds(8), [&](std::size_t i) { return values[i]; }, {.unit = 0.5});
  CHECK(v.find("t")->as_array() == Value::Array{0, 3000, 4000, 6000});
  CHECK(v.find("v")->as_array() == Value::Array{4, 10, Value(), 10});
}

TEST_CASE("drawn series: numbers are short, and those that are not known are null") {
  CHECK(drawn_number(1.23456789) == Value(1.2346));
  CHECK(drawn_number(-98'765'432.1) == Value(std::int64_t{-98'765'000}));
  CHECK(drawn_number(0) == Value(0));
  CHECK(drawn_number(1e-320).as_double() == doctest::Approx(1e-320));
  CHECK(drawn_number(std::nan("")).is_null());
  CHECK(usual_step(seconds(4)) == s);
  CHECK(usual_step(std::vector<std::int64_t>{5}) == 0);
}
