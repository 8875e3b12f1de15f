#include "learningplane/profiling/choose_k.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "model/lstm_random.hpp"
#include "support/reference.hpp"

using namespace learningplane;
using namespace learningplane::profiling;

namespace {

std::vector<double> four_corners(std::size_t rows) {
  model::detail::LstmRandom random(2);
  std::vector<double> out;
  for (std::size_t i = 0; i < rows; ++i) {
    out.push_back((i % 2 == 0 ? 0.0 : 10.0) + random.uniform());
    out.push_back((i % 4 < 2 ? 0.0 : 10.0) + random.uniform());
  }
  return out;
}

}  // namespace

TEST_CASE("choose k: both criteria find the four corners and say why") {
  const auto rows = four_corners(400);
  for (const KCriterion criterion : {KCriterion::silhouette, KCriterion::elbow}) {
    ChooseKOptions o{.criterion = criterion, .k_max = 8};
    const auto choice = choose_k(rows, 2, o);
    REQUIRE(choice);
    CHECK(choice->k == 4);
    CHECK(choice->scores.size() == 7);
    CHECK_MESSAGE(choice->reason.find("k = 4") != std::string::npos, choice->reason);
    CHECK(to_value(*choice).get("criterion", "") == to_string(criterion));
  }
}

TEST_CASE("choose k: the silhouette is scikit-learn's") {
  const Value fixture = support::reference("kmeans_sklearn.json");
  for (const Value& c : fixture.find("cases")->as_array()) {
    std::vector<std::int32_t> labels;
    for (const double l : support::list(c, "labels"))
      labels.push_back(static_cast<std::int32_t>(l));
    CHECK(silhouette(support::list(c, "rows"), support::count(c, "columns"), labels) ==
          // scikit-learn takes distances from squares of the numbers, which costs digits far from
          // zero.
          doctest::Approx(c.get("silhouette", 0.0))
              .epsilon(support::text(c, "name") == "far from zero" ? 1e-5 : 1e-9));
  }
  const double rows[] = {1, 2};
  const std::int32_t same[] = {0, 0};
  CHECK(std::isnan(silhouette(rows, 1, same)));
}

TEST_CASE("choose k: no more clusters than distinct rows; a sample of many rows") {
  std::vector<double> rows = four_corners(400);
  for (double& v : rows) v = std::floor(v / 5);  // four distinct rows
  const auto choice = choose_k(rows, 2, {.k_max = 8});
  REQUIRE(choice);
  CHECK(choice->scores.back().k == 4);
  CHECK(choice->k == 4);
  const auto sampled = choose_k(four_corners(5000), 2, {.rows = 500, .sample = 100});
  REQUIRE(sampled);
  CHECK(sampled->k == 4);
}

TEST_CASE("choose k: where only the least k can be, it is taken and said") {
  std::vector<double> rows;
  for (int i = 0; i < 60; ++i) rows.push_back(i % 3 == 0 ? 1 : 4);
  for (const KCriterion criterion : {KCriterion::silhouette, KCriterion::elbow}) {
    const auto choice = choose_k(rows, 1, {.criterion = criterion, .k_min = 2, .k_max = 8});
    REQUIRE(choice);
    CHECK(choice->k == 2);
    CHECK(choice->scores.size() == 1);
    CHECK(choice->scores[0].silhouette == doctest::Approx(1));
    CHECK(choice->reason.find("no more than 2 rows differ") != std::string::npos);
  }
}

TEST_CASE("choose k: what cannot be is refused") {
  CHECK_THROWS_WITH_AS(choose_k(four_corners(9), 2, {.k_min = 1}), doctest::Contains("k_min"),
                       ConfigError);
  CHECK_THROWS_WITH_AS(choose_k(four_corners(9), 2, {.k_min = 3, .k_max = 3}),
                       doctest::Contains("k_max"), ConfigError);
  CHECK_FALSE(choose_k(std::vector<double>(10, 1.0), 2, {}));
  CHECK_FALSE(k_criterion("gap"));
}
