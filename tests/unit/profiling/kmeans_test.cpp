#include "learningplane/profiling/kmeans.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "model/lstm_random.hpp"
#include "support/reference.hpp"

using namespace learningplane;
using namespace learningplane::profiling;

namespace {

/// Points round `centres` places on a grid of 10, in turn.
std::vector<double> clouds(std::size_t rows, std::size_t columns, std::size_t centres,
                           double spread = 1.0, std::uint64_t seed = 1) {
  model::detail::LstmRandom random(seed);
  std::vector<double> out;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t c = i % centres;
    for (std::size_t j = 0; j < columns; ++j)
      out.push_back(10.0 * static_cast<double>((c >> (j % 3)) & 3U) + spread * random.uniform());
  }
  return out;
}

double inertia_of(const std::vector<double>& rows, const KmeansResult& r) {
  double sum = 0;
  for (std::size_t i = 0; i < r.rows; ++i)
    for (std::size_t j = 0; j < r.columns; ++j) {
      const double d = rows[i * r.columns + j] -
                       r.centroids[static_cast<std::size_t>(r.labels[i]) * r.columns + j];
      sum += d * d;
    }
  return sum;
}

/// Lloyd's algorithm as it is written down.
std::vector<std::int32_t> plain(const std::vector<double>& rows, std::size_t columns,
                                std::vector<double> centroids) {
  const std::size_t k = centroids.size() / columns, n = rows.size() / columns;
  std::vector<std::int32_t> labels;
  for (;;) {
    const auto next = assign(rows, centroids, columns).labels;
    if (next == labels) return labels;
    labels = next;
    for (std::size_t c = 0; c < k; ++c) {
      std::vector<double> sum(columns);
      double count = 0;
      for (std::size_t i = 0; i < n; ++i) {
        if (labels[i] != static_cast<std::int32_t>(c)) continue;
        count += 1;
        for (std::size_t j = 0; j < columns; ++j) sum[j] += rows[i * columns + j];
      }
      for (std::size_t j = 0; j < columns; ++j)
        if (count > 0) centroids[c * columns + j] = sum[j] / count;
    }
  }
}

}  // namespace

TEST_CASE("kmeans: clouds that stand apart are found") {
  const auto rows = clouds(103, 3, 4);
  const auto r = kmeans(rows, 3, {.k = 4});
  REQUIRE(r);
  CHECK(r->converged);
  CHECK(r->inertia == doctest::Approx(inertia_of(rows, *r)));
  for (std::size_t i = 4; i < 103; ++i) CHECK(r->labels[i] == r->labels[i % 4]);
  std::size_t sum = 0;
  for (const std::size_t size : r->sizes) sum += size;
  CHECK(sum == 103);
  CHECK(assign(rows, r->centroids, 3).labels == r->labels);
}

TEST_CASE(
    "kmeans: screening in f32 changes nothing: labels are those of plain Lloyd from the same "
    "start") {
  for (const std::size_t columns : {1, 2, 10}) {
    for (const std::size_t k : {1, 2, 5, 9, 16}) {
      const auto rows = clouds(517, columns, 7, 14.0, k + columns);  // clouds that overlap
      const std::vector<double> start(rows.begin(),
                                      rows.begin() + static_cast<std::ptrdiff_t>(k * columns));
      const auto r =
          kmeans(rows, columns, {.k = k, .iterations = 1000, .tolerance = 0, .start = start});
      REQUIRE(r);
      CHECK(r->converged);
      CHECK(r->labels == plain(rows, columns, start));
    }
  }
}

TEST_CASE("kmeans: rows that are passed over while little moves keep the labels of plain Lloyd") {
  for (const std::size_t columns : {1, 2, 5}) {
    // Many rows without clouds of their own: the last iterations are many and move little.
    const auto rows = clouds(30'000, columns, 1, 14.0, columns);
    const std::size_t k = 7;
    const std::vector<double> start(rows.begin(),
                                    rows.begin() + static_cast<std::ptrdiff_t>(k * columns));
    const auto r =
        kmeans(rows, columns, {.k = k, .iterations = 5000, .tolerance = 0, .start = start});
    REQUIRE(r);
    CHECK(r->converged);
    CHECK(r->iterations > 20);
    CHECK(r->labels == plain(rows, columns, start));
  }
}

TEST_CASE("kmeans: wherever the rows lie and however large they are, labels are the same") {
  const auto rows = clouds(517, 4, 7, 14.0);
  const KmeansOptions o{.k = 6, .iterations = 1000, .tolerance = 0, .start = {}};
  const auto labels = [&](double scale, double shift) {
    auto moved = rows;
    for (double& x : moved) x = x * scale + shift;
    KmeansOptions mine = o;
    mine.start.assign(moved.begin(), moved.begin() + 24);
    const auto r = kmeans(moved, 4, mine);
    REQUIRE(r);
    return r->labels;
  };
  const auto expected = labels(1, 0);
  CHECK(expected == plain(rows, 4, {rows.begin(), rows.begin() + 24}));
  for (const double scale : {1e-140, 1e-30, 1e-9, 1e9, 1e30, 1e140})
    CHECK(labels(scale, 0) == expected);
  CHECK(labels(1, 4096) == expected);
  // One row so far off that f32 sees all the others in one place.
  auto spread = rows;
  for (std::size_t j = 0; j < 4; ++j) spread.push_back(1e12);
  KmeansOptions seven = o;
  seven.k = 7;
  seven.start.assign(rows.begin(), rows.begin() + 24);
  seven.start.insert(seven.start.end(), {1e12, 1e12, 1e12, 1e12});
  const auto r = kmeans(spread, 4, seven);
  REQUIRE(r);
  CHECK(r->labels.back() == 6);
  CHECK(std::equal(expected.begin(), expected.end(), r->labels.begin()));
}

TEST_CASE("kmeans: what f32 cannot tell is decided in f64") {
  // Rows in pairs round zero, most of them far nearer to the middle than f32 resolves.
  std::vector<double> rows;
  for (int i = 0; i < 200; ++i) {
    const double x = i % 10 == 0 ? 1.0 : 1e-11 * (i + 1);
    rows.push_back(x);
    rows.push_back(-x);
  }
  const auto r = kmeans(rows, 1, {.k = 2, .tolerance = 0, .start = {1.0, -1.0}});
  REQUIRE(r);
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(r->labels[i] == (rows[i] > 0 ? 0 : 1));
}

TEST_CASE("kmeans: starts are told apart where f32 sees one place") {
  std::vector<double> rows;
  for (int i = 0; i < 400; ++i) rows.push_back((i % 2 == 0 ? -1e7 : 1e7) + 1e-4 * (i % 4 / 2));
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto r = kmeans(rows, 1, {.k = 4, .restarts = 1, .seed = seed});
    REQUIRE(r);
    CHECK(r->inertia < 1e-12);
    for (const std::size_t size : r->sizes) CHECK(size == 100);
  }
}

TEST_CASE("kmeans: inertia equals scikit-learn's from the same starts") {
  const Value fixture = support::reference("kmeans_sklearn.json");
  for (const Value& c : fixture.find("cases")->as_array()) {
    const auto rows = support::list(c, "rows");
    const auto columns = support::count(c, "columns");
    const auto k = support::count(c, "k");
    const auto r =
        kmeans(rows, columns, {.k = k, .tolerance = 0, .start = support::list(c, "start")});
    REQUIRE(r);
    CAPTURE(c.get("name", ""));
    CHECK(r->inertia == doctest::Approx(c.get("inertia", 0.0)).epsilon(1e-9));
    const auto expected = support::list(c, "labels");
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK(r->labels[i] == static_cast<std::int32_t>(expected[i]));
  }
}

TEST_CASE("kmeans: a centroid without rows takes the farthest row") {
  const auto rows = clouds(80, 2, 4);
  // The last two starts are so far off that no row is nearest to them.
  const auto r = kmeans(rows, 2, {.k = 4, .start = {0, 0, 10, 10, 1e6, 1e6, 2e6, 2e6}});
  REQUIRE(r);
  for (const std::size_t size : r->sizes) CHECK(size > 0);
}

TEST_CASE("kmeans: the same seed gives the same; more restarts are never worse") {
  const auto rows = clouds(400, 3, 8, 9.0);
  const auto one = kmeans(rows, 3, {.k = 8, .restarts = 1, .seed = 4});
  const auto ten = kmeans(rows, 3, {.k = 8, .restarts = 10, .seed = 4});
  CHECK(ten->inertia <= one->inertia);
  CHECK(kmeans(rows, 3, {.k = 8, .restarts = 10, .seed = 4})->centroids == ten->centroids);
}

TEST_CASE("kmeans: the streamed one comes close and counts every row") {
  const auto rows = clouds(20'000, 3, 5, 6.0);
  const auto exact = kmeans(rows, 3, {.k = 5});
  SpanSource source(rows, 3);
  const auto streamed = kmeans_stream(source, {.k = 5, .batch = 1000, .sample = 2000});
  REQUIRE(streamed);
  CHECK(streamed->rows == 20'000);
  CHECK(streamed->inertia < 1.01 * exact->inertia);
  CHECK(streamed->inertia >= exact->inertia * (1 - 1e-9));
  std::size_t sum = 0;
  for (const std::size_t size : streamed->sizes) sum += size;
  CHECK(sum == 20'000);
}

TEST_CASE("kmeans: what cannot be is refused") {
  const auto rows = clouds(12, 2, 3, 0.0);  // three distinct rows
  const auto many = kmeans(rows, 2, {.k = 4});
  REQUIRE_FALSE(many);
  CHECK(many.error().code == Errc::invalid_argument);
  CHECK(many.error().message.find("only 3 of the 12 rows differ") != std::string::npos);
  CHECK(kmeans(rows, 2, {.k = 3})->inertia == 0.0);
  auto unknown = clouds(12, 2, 3);
  unknown[7] = std::numeric_limits<double>::quiet_NaN();
  const auto refused = kmeans(unknown, 2, {.k = 2});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unknown_data);
  CHECK(refused.error().message.find("row 3, column 1") != std::string::npos);
  // Finite, but past the range of squares.
  auto huge = clouds(40, 2, 3);
  for (double& x : huge) x *= 1e300;
  CHECK(kmeans(huge, 2, {.k = 2}));
  auto infinite = clouds(3000, 2, 3);  // more rows than the centre is taken from
  infinite[3] = std::numeric_limits<double>::infinity();
  CHECK(kmeans(infinite, 2, {.k = 2}).error().message.find("row 1, column 1") != std::string::npos);
  SpanSource source(unknown, 2);
  CHECK(kmeans_stream(source, {.k = 2}).error().code == Errc::unknown_data);
  CHECK(kmeans({}, 2, {}).error().code == Errc::invalid_argument);
  CHECK(kmeans(rows, 2, {.k = 2, .start = {1, 2, 3}}).error().code == Errc::invalid_argument);
  CHECK_THROWS_WITH_AS(kmeans(rows, 2, {.k = 0}), doctest::Contains("k: '0'"), ConfigError);
  CHECK_THROWS_WITH_AS(kmeans(rows, 2, {.tolerance = -1}), doctest::Contains("tolerance"),
                       ConfigError);
}
