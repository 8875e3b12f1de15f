#include "learningplane/features/adf.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/reference.hpp"

using namespace learningplane;
using namespace learningplane::features;

TEST_CASE("adf_test: statistic, lags and p value are statsmodels' defaults") {
  const Value reference = support::reference("classical_reference.json");
  const auto& tests = reference.find("unit_roots")->as_array();
  REQUIRE(tests.size() == 8);
  for (const Value& expected : tests) {
    CAPTURE(support::text(expected, "name"));
    const auto found = adf_test(support::list(expected, "y"));
    REQUIRE(found.has_value());
    CHECK(found->lags == support::count(expected, "lags"));
    CHECK(std::abs(found->statistic - expected.find("statistic")->as_double()) < 1e-6);
    CHECK(std::abs(found->p_value - expected.find("p")->as_double()) < 1e-6);
  }
}

TEST_CASE("adf_test: refuses a constant, a short and an unknown series") {
  CHECK(adf_test(std::vector<double>(50, 0.0)).error().code == Errc::invalid_argument);
  CHECK(adf_test(std::vector<double>{1, 2, 1, 2, 1}).error().code == Errc::not_enough_data);
  std::vector<double> y{1, 2, 4, 3, 5, 6, 4, 7, 8, 6};
  CHECK(adf_test(y).has_value());
  y[4] = std::nan("");
  CHECK(adf_test(y).error().code == Errc::unknown_data);
}
