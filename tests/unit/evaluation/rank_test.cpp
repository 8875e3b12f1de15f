#include "learningplane/evaluation/rank.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/reference.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;

TEST_CASE("rank: scipy's ranks and correlations, ties included") {
  const Value json = support::reference("scores.json");
  const Value& theirs = *json.find("ranks");
  const std::vector<double> a = support::list(theirs, "a");
  const std::vector<double> b = support::list(theirs, "b");
  CHECK(ranks(a) == support::list(theirs, "average"));
  CHECK(spearman(a, b) == doctest::Approx(theirs.get("spearman", 0.0)).epsilon(1e-12));
  CHECK(kendall(a, b) == doctest::Approx(theirs.get("kendall", 0.0)).epsilon(1e-12));
}

TEST_CASE("rank: the same order is 1, the reverse -1, whatever the distances") {
  const std::vector<double> up{1, 2, 30, 31}, down{9, 3, 2.5, -100};
  CHECK(spearman(up, up) == doctest::Approx(1));
  CHECK(kendall(up, up) == doctest::Approx(1));
  CHECK(spearman(up, down) == doctest::Approx(-1));
  CHECK(kendall(up, down) == doctest::Approx(-1));
}

TEST_CASE("rank: unknown pairs are passed over, a constant side has no correlation") {
  const double absent = std::nan("");
  const std::vector<double> a{1, absent, 2, 3}, b{5, 9, 6, 7};
  CHECK(spearman(a, b) == doctest::Approx(1));
  const std::vector<double> constant{4, 4, 4, 4};
  CHECK(std::isnan(spearman(constant, b)));
  CHECK(std::isnan(kendall(constant, b)));
  CHECK(std::isnan(kendall({}, {})));
  CHECK_THROWS_AS((void)ranks(a), LogicError);
  CHECK_THROWS_AS((void)kendall(a, std::vector<double>{1}), LogicError);
}
