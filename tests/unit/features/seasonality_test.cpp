#include "learningplane/features/seasonality.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/reference.hpp"

using namespace learningplane;
using namespace learningplane::features;

TEST_CASE("autocorrelation: statsmodels' to twelve digits; nothing where there is no variation") {
  const Value reference = support::reference("classical_reference.json");
  const auto expected = support::list(reference, "autocorrelation");
  const auto r = autocorrelation(support::list(*reference.find("series"), "growth"), 24);
  REQUIRE(r.size() == expected.size());
  for (std::size_t k = 0; k < r.size(); ++k) CHECK(std::abs(r[k] - expected[k]) < 1e-12);
  CHECK(autocorrelation(std::vector<double>(9, 0.1), 2).empty());
  CHECK(autocorrelation(std::vector<double>{1, 2, 3}, 3).empty());
  CHECK(autocorrelation(std::vector<double>{1, std::nan(""), 3, 4}, 1).empty());
}

TEST_CASE("seasonal_figure: statsmodels' classical decomposition to 1e-12, odd and even periods") {
  const Value reference = support::reference("classical_reference.json");
  std::size_t seen = 0;
  for (const Value& d : reference.find("decompositions")->as_array()) {
    const auto y = support::list(*reference.find("series"), support::text(d, "series"));
    const auto kind =
        support::text(d, "kind") == "additive" ? SeasonKind::additive : SeasonKind::multiplicative;
    const auto found = seasonal_figure(y, support::count(d, "period"), kind);
    REQUIRE(found.has_value());
    const auto expected = support::list(d, "season");
    REQUIRE(found->size() == expected.size());
    for (std::size_t p = 0; p < expected.size(); ++p)
      CHECK(std::abs((*found)[p] - expected[p]) < 1e-12);
    ++seen;
  }
  CHECK(seen == 9);
}

TEST_CASE("seasonal_figure: refuses what is too short, and divisions by zero") {
  CHECK(seasonal_figure(std::vector<double>(7, 1.0), 4, SeasonKind::additive).error().code ==
        Errc::not_enough_data);
  CHECK(seasonal_figure(std::vector<double>(7, 1.0), 0, SeasonKind::additive).error().code ==
        Errc::invalid_argument);
  CHECK(seasonal_figure(std::vector<double>(8, 0.0), 4, SeasonKind::multiplicative).error().code ==
        Errc::unknown_data);
  CHECK(seasonal_figure(std::vector<double>(8, 0.0), 4, SeasonKind::additive).value() ==
        std::vector<double>(4, 0.0));
  std::vector<double> y(8, 1.0);
  y[3] = std::numeric_limits<double>::infinity();
  CHECK(seasonal_figure(y, 4, SeasonKind::additive).error().code == Errc::unknown_data);
}

TEST_CASE(
    "centred_average: half weights at the ends of an even period, a straight line unchanged") {
  const std::vector<double> y{1, 2, 3, 4, 5, 6, 17};
  const auto even = centred_average(y, 4);
  CHECK(std::isnan(even[1]));
  CHECK(even[2] == 3);
  CHECK(even[3] == 4);
  CHECK(even[4] == doctest::Approx((1.5 + 4 + 5 + 6 + 8.5) / 4));
  CHECK(std::isnan(even[5]));
  CHECK(centred_average(y, 3)[5] == doctest::Approx(28.0 / 3));
  CHECK(centred_average(y, 1) == y);
}

TEST_CASE("is_seasonal: a repeated shape is, noise around it is not needed, short series are not") {
  std::vector<double> y;
  for (int i = 0; i < 40; ++i) y.push_back(i % 5 == 0 ? 3 : 1);
  CHECK(is_seasonal(y, 5));
  CHECK_FALSE(is_seasonal(y, 3));                      // below four steps
  CHECK_FALSE(is_seasonal(std::span(y).first(9), 5));  // less than two of them
  CHECK_FALSE(is_seasonal(std::vector<double>(40, 2.0), 5));
}
