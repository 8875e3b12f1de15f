#include "learningplane/features/window.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace learningplane;
using namespace learningplane::features;
using telemetry::Column;
using telemetry::Frame;

namespace {
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
Frame frame(std::vector<std::int64_t> times, std::vector<double> a, std::vector<double> b) {
  return *Frame::make(std::move(times), {Column{"a", {}, "", std::move(a), {}},
                                         Column{"b", {}, "", std::move(b), {}}});
}
const WindowOptions two{{"a", "b"}, "b", 2, 1, Duration{0}};
}  // namespace

TEST_CASE("window: x holds the lags before y, oldest first, inputs side by side") {
  const auto w = *make_windows(frame({1, 2, 3, 4}, {1, 2, 3, 4}, {10, 20, 30, 40}), two);
  REQUIRE(w.size() == 2);
  CHECK(w.x == std::vector<double>{1, 10, 2, 20, 2, 20, 3, 30});
  CHECK(w.y == std::vector<double>{30, 40});
  CHECK(w.times_ns == std::vector<std::int64_t>{3, 4});
  CHECK(w.rows == std::vector<std::size_t>{2, 3});
  CHECK(w.example(1)[0] == 2);
}

TEST_CASE("window: windows over a gap are left out, in x and towards y") {
  const auto w =
      *make_windows(frame({1, 2, 3, 5, 6, 7}, {1, 2, 3, 4, 5, 6}, {1, 2, 3, 4, 5, 6}), two);
  CHECK(w.times_ns == std::vector<std::int64_t>{3, 7});
}

TEST_CASE("window: unknown cells are left out, not taken as zero") {
  const auto w = *make_windows(
      frame({1, 2, 3, 4, 5, 6}, {1, unknown, 3, 4, 5, 6}, {1, 2, 3, 4, 5, unknown}), two);
  CHECK(w.times_ns == std::vector<std::int64_t>{5});
}

TEST_CASE("window: a longer horizon takes that many y") {
  WindowOptions o = two;
  o.horizon = 2;
  const auto w = *make_windows(frame({1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}), o);
  CHECK(w.y == std::vector<double>{3, 4, 4, 5});
}

TEST_CASE("window: the latest window is the last rows, or the reason why there is none") {
  const Frame f = frame({1, 2, 3, 5}, {1, 2, 3, 4}, {10, 20, 30, unknown});
  CHECK(*latest_window(f.slice(0, 3), two) == std::vector<double>{2, 20, 3, 30});
  CHECK(latest_window(f, two).error().code == Errc::not_enough_data);
  CHECK(latest_window(f.slice(0, 1), two).error().code == Errc::not_enough_data);
  CHECK(latest_window(frame({1, 2}, {1, unknown}, {1, 2}), two).error().code == Errc::unknown_data);
}

TEST_CASE("window: wrong options are named") {
  const Frame f = frame({1, 2, 3}, {1, 2, 3}, {1, 2, 3});
  CHECK(make_windows(f, {{"a"}, "c", 2, 1, {}}).error().code == Errc::not_found);
  CHECK(make_windows(f, {{"a"}, "b", 0, 1, {}}).error().code == Errc::invalid_argument);
  CHECK(make_windows(f, {{}, "b", 1, 1, {}}).error().code == Errc::invalid_argument);
  CHECK(make_windows(f, {{"a"}, "b", 5, 1, {}})->size() == 0);
}
