#include "selection/contest.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::selection;
using namespace learningplane::selection::detail;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

std::vector<double> shares_of(Combine combine, std::vector<double> errors,
                              std::size_t origins = 24) {
  return shares(combine, errors, origins);
}

}  // namespace

TEST_CASE("contest: penalties by hand") {
  CHECK(penalty(Criterion::mae, 0.5, 3, 5) == 2);
  CHECK(penalty(Criterion::rmse, 0.5, 3, 5) == 4);
  CHECK(penalty(Criterion::smape, 0.5, 3, 5) == 0.5);
  CHECK(penalty(Criterion::smape, 0.5, 0, 0) == 0);
  CHECK(penalty(Criterion::pinball, 0.9, 3, 5) == doctest::Approx(1.8));
  CHECK(penalty(Criterion::pinball, 0.9, 5, 3) == doctest::Approx(0.2));
  CHECK(criterion_value(Criterion::rmse, 9) == 3);
  CHECK(criterion_value(Criterion::mae, 9) == 9);
}

TEST_CASE("contest: shares by hand") {
  using V = std::vector<double>;
  // Three times the least error is the limit.
  CHECK(shares_of(Combine::median, {1, 2, 3, 3.1}) == V{1 / 3.0, 1 / 3.0, 1 / 3.0, 0});
  const V w = shares_of(Combine::weighted, {1, 2, 4});
  CHECK(w[0] == doctest::Approx(0.8));
  CHECK(w[1] == doctest::Approx(0.2));
  CHECK(w[2] == 0);
  CHECK(shares_of(Combine::best, {2, 1, 3}) == V{0, 1, 0});
  // With few origins one winner would be luck.
  CHECK(shares_of(Combine::best, {2, 1, 3}, 19) == V{1 / 3.0, 1 / 3.0, 1 / 3.0});
  // Perfect ones leave no room for others.
  CHECK(shares_of(Combine::weighted, {0, 0, 1}) == V{0.5, 0.5, 0});
  CHECK(shares_of(Combine::median, {}).empty());
}

TEST_CASE("contest: an error that is no number gives no share, whatever the others") {
  using V = std::vector<double>;
  for (const Combine combine : {Combine::median, Combine::weighted, Combine::best}) {
    CHECK(shares_of(combine, {no_number, 2})[0] == 0);
    CHECK(shares_of(combine, {no_number, 2})[1] == 1);
    CHECK(shares_of(combine, {no_number, no_number}) == V{0.5, 0.5});
    CHECK(shares_of(combine, {1e308, no_number})[1] == 0);
  }
}

TEST_CASE("contest: one number from many") {
  std::vector<double> scratch;
  const std::vector<double> said{10, 1, 3, 100};
  const auto one = [&](Combine c, std::vector<double> w) {
    return combine_step(c, said, w, scratch);
  };
  CHECK(one(Combine::median, {1, 1, 1, 0}) == 3);
  CHECK(one(Combine::median, {1, 1, 1, 1}) == 6.5);
  CHECK(one(Combine::weighted, {0.5, 0.25, 0.25, 0}) == 6);
  CHECK(one(Combine::best, {0, 0, 1, 0}) == 3);
  CHECK(combine_step(Combine::weighted, std::vector<double>{2, unknown}, std::vector<double>{1, 0},
                     scratch) == 2);
}

TEST_CASE("contest: a question is answered in full by the last of its steps") {
  Contest contest({.horizon = 8, .members = 2, .criterion = Criterion::mae, .level = 0.5});
  CHECK(contest.due());
  contest.pose(std::vector<double>(16, 1), std::vector<double>(8, 2));
  for (int t = 0; t < 7; ++t) {
    CHECK(contest.due() == (t > 0 && t % 2 == 0));  // every quarter of the horizon
    if (contest.due()) contest.pose(std::vector<double>(16, 5), std::vector<double>(8, 5));
    CHECK_FALSE(contest.answer(4));
  }
  CHECK(contest.answer(4));
  REQUIRE(contest.last().size() == 3);
  CHECK(contest.last()[0] == 3);
  CHECK(contest.last()[1] == 3);
  CHECK(contest.last()[2] == 2);
  CHECK_FALSE(contest.answer(4));
  CHECK(contest.answer(4));
  CHECK(contest.last()[2] == 1);
}

TEST_CASE("contest: who says no number is hopeless, and only for that question") {
  Contest contest({.horizon = 1, .members = 2, .criterion = Criterion::mae, .level = 0.5});
  contest.pose({unknown, 3}, {3});
  CHECK(contest.answer(4));
  CHECK(contest.last()[0] == no_number);
  CHECK(contest.last()[1] == 1);
  contest.pose({2, 3}, {3});
  CHECK(contest.answer(4));
  CHECK(contest.last()[0] == 2);
}

TEST_CASE("contest: open questions are saved; damaged ones are refused") {
  const Contest::Settings settings{
      .horizon = 4, .members = 2, .criterion = Criterion::rmse, .level = 0.5};
  Contest contest(settings);
  std::vector<double> said{1, 2, 3, 4, 5, 6, 7, 8};
  for (int t = 0; t < 3; ++t) {
    if (contest.due()) contest.pose(said, {1, 1, 1, 1});
    contest.answer(t);
    said[0] += 1;
  }
  Contest loaded(settings);
  loaded.load(contest.save());
  CHECK(loaded.due() == contest.due());
  for (int t = 0; t < 4; ++t) {
    CHECK(loaded.answer(t) == contest.answer(t));
    CHECK(std::vector(loaded.last().begin(), loaded.last().end()) ==
          std::vector(contest.last().begin(), contest.last().end()));
  }
  contest.pose(said, {1, 1, 1, 1});
  const std::vector<double> whole = contest.save();
  const auto refused = [&](auto change) {
    std::vector<double> damaged = whole;
    change(damaged);
    CHECK_THROWS_AS(loaded.load(damaged), FormatError);
  };
  refused([](auto& v) { v.clear(); });
  refused([](auto& v) { v.pop_back(); });
  refused([](auto& v) { v[0] = 5; });
  refused([](auto& v) { v[0] = unknown; });
  refused([](auto& v) { v[1] = 4; });  // an answered question is none
  refused([](auto& v) { v[1] = -1; });
}
