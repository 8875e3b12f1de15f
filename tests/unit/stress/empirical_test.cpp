#include "learningplane/stress/empirical.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::stress;

TEST_CASE("empirical: quantiles lie between order statistics") {
  const Empirical e({4, 1, 3, 2});
  CHECK(e.quantile(0) == 1);
  CHECK(e.quantile(1) == 4);
  CHECK(e.quantile(0.5) == doctest::Approx(2.5));
  CHECK(e.quantile(1.0 / 3) == doctest::Approx(2));
  CHECK(e.mean() == doctest::Approx(2.5));
  CHECK(std::isnan(Empirical().quantile(0.5)));
}

TEST_CASE("empirical: many samples are kept as quantiles") {
  std::vector<double> v;
  for (int i = 0; i <= 10'000; ++i) v.push_back(i);
  const Empirical e(std::move(v), 101);
  CHECK(e.count() == 10'001);
  REQUIRE(e.kept().size() == 101);
  CHECK(e.kept()[37] == doctest::Approx(3700));
  CHECK(e.quantile(0.123) == doctest::Approx(1230));
}

TEST_CASE("empirical: what is no number is refused") {
  CHECK_THROWS_AS(Empirical({1, NAN}), ConfigError);
  CHECK_THROWS_AS(Empirical({1, INFINITY}), ConfigError);
  CHECK_THROWS_AS(Empirical({1, 2}, 1), ConfigError);
}

TEST_CASE("empirical: Kolmogorov-Smirnov by hand") {
  // F of {1, 2, 3, 4} and G of {3, 4, 5, 6}: at 2 they are 0.5 and 0.
  CHECK(ks_distance(Empirical({1, 2, 3, 4}), Empirical({3, 4, 5, 6})) == doctest::Approx(0.5));
  CHECK(ks_distance(Empirical({1, 2}), Empirical({5, 6})) == 1);
  CHECK(ks_distance(Empirical({2, 1, 1}), Empirical({1, 1, 2})) == 0);
  // Ties of unlike weight: at 1 they are 1/4 and 3/4.
  CHECK(ks_distance(Empirical({1, 2, 2, 2}), Empirical({1, 1, 1, 2})) == doctest::Approx(0.5));
  CHECK(std::isnan(ks_distance(Empirical(), Empirical({1}))));
  CHECK(ks_bound(50, 50) == doctest::Approx(0.2716));
}

TEST_CASE("empirical: total variation and correlation by hand") {
  const std::vector<double> a{1, 1, 2}, b{2, 2, 0};
  CHECK(total_variation(a, b) == doctest::Approx(0.5));
  CHECK(total_variation(a, a) == 0);
  CHECK(std::isnan(total_variation(a, std::vector<double>{0, 0, 0})));
  CHECK_THROWS_AS(total_variation(a, std::vector<double>{1, 2}), LogicError);
  CHECK(correlation(std::vector<double>{1, 2, 3, 4}, std::vector<double>{2, 4, 6, 8}) ==
        doctest::Approx(1));
  CHECK(correlation(std::vector<double>{1, 2, 3}, std::vector<double>{1, 3, 2}) ==
        doctest::Approx(0.5));
  CHECK(std::isnan(correlation(std::vector<double>{1, 1, 1}, std::vector<double>{1, 2, 3})));
}
