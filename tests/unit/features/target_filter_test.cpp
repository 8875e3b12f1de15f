#include "learningplane/features/target_filter.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::features;

namespace {

using List = std::vector<double>;
const double absent = std::nan("");
const List peak{1, 1, 1, 1, 1, 7, 1, 1, 1, 1, 1, 1};

void near(const List& ours, const List& theirs) {
  REQUIRE(ours.size() == theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    CAPTURE(i);
    CHECK(ours[i] == doctest::Approx(theirs[i]));
  }
}

}  // namespace

TEST_CASE("target filter: the past's largest holds a peak for a window") {
  near(past_max(peak, 4), {1, 1, 1, 1, 1, 7, 7, 7, 7, 1, 1, 1});
  CHECK(past_max(peak, 1) == peak);
  // The first w values have no say: they stay, though the fourth has three before it.
  near(past_max(List{5, 1, 2, 3, 4, 0}, 4), {5, 1, 2, 3, 4, 4});
}

TEST_CASE("target filter: the future's mean leads the rise") {
  near(future_mean(peak, 3), {1, 1, 1, 3, 3, 3, 1, 1, 1, 1, 1, 1});
  near(future_mean(List{1, 2, 3, 9}, 3), {2, 14.0 / 3, 3, 9});  // the last two stay
  // Past maximum first: 7 at 5 to 8, so that the mean rises before the peak and falls within it.
  near(filter_target(peak, TargetFilter::past_max_future_mean, 4),
       {1, 1, 2.5, 4, 5.5, 7, 5.5, 4, 2.5, 1, 1, 1});
}

TEST_CASE("target filter: the distance to the last peak decays") {
  // Window 4: a peak one step ago is the third of four, two steps after the oldest: half remains.
  near(last_max_mean(peak, 4), {1, 1, 1, 1, 1, 7, 1 + 6 * 2 / 4.0, 1 + 6 * 1 / 4.0, 1, 1, 1, 1});
  // Of two equal peaks the newer counts.
  near(last_max_mean(List{0, 0, 0, 0, 8, 8, 0, 0, 0}, 4), {0, 0, 0, 0, 8, 8, 4, 2, 0});
  // Past maximum over 2, then decay over 4.
  near(filter_target(peak, TargetFilter::past_max_last_max_mean, 4),
       {1, 1, 1, 1, 1, 7, 7, 4, 2.5, 1, 1, 1});
  CHECK(filter_target(peak, TargetFilter::none, 4) == peak);
}

TEST_CASE("target filter: unknown stays unknown and hides nothing else") {
  const List y{1, 1, 1, 5, absent, 1, 1};
  const List held = past_max(y, 3);
  CHECK(std::isnan(held[4]));
  CHECK(held[5] == 5);
  CHECK(held[6] == 1);
  CHECK(std::isnan(future_mean(y, 3)[4]));
  CHECK(future_mean(y, 3)[3] == 3);
  CHECK(std::isnan(last_max_mean(y, 3)[4]));
}

TEST_CASE("target filter: no value depends on what lies beyond its lead and reach") {
  for (const TargetFilter filter :
       {TargetFilter::none, TargetFilter::past_max, TargetFilter::past_max_future_mean,
        TargetFilter::last_max_mean, TargetFilter::past_max_last_max_mean}) {
    for (const std::size_t window : {1U, 2U, 5U}) {
      List y;
      for (int i = 0; i < 60; ++i) y.push_back(std::sin(i * i));
      const List before = filter_target(y, filter, window);
      const std::size_t at = 30, lead = filter_lead(filter, window);
      List other = y;
      for (std::size_t i = at + lead + 1; i < y.size(); ++i) other[i] += 100;
      CHECK(filter_target(other, filter, window)[at] == before[at]);
      other = y;
      const std::size_t reach = filter_reach(filter, window);
      for (std::size_t i = 0; i < at - reach; ++i) other[i] += 100;
      CHECK(filter_target(other, filter, window)[at] == before[at]);
    }
  }
}

TEST_CASE("target filter: names, the floored logarithm, misuse") {
  for (const char* name :
       {"none", "past_max", "past_max_future_mean", "last_max_mean", "past_max_last_max_mean"})
    CHECK(to_string(value_or_throw(target_filter(name))) == name);
  CHECK(target_filter("max").error().code == Errc::invalid_argument);
  CHECK(floored_log(1) == doctest::Approx(0));
  CHECK(floored_log(0) == -4);
  CHECK(floored_log(-3) == -4);
  CHECK(std::isnan(floored_log(absent)));
  CHECK(from_floored_log(floored_log(0.3)) == doctest::Approx(0.3));
  CHECK_THROWS_AS((void)past_max(peak, 0), LogicError);
  CHECK_THROWS_AS((void)future_mean(peak, 0), LogicError);
  CHECK_THROWS_AS((void)filter_target(peak, TargetFilter::none, 0), LogicError);
}
