#include "selection/scaled_errors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "learningplane/error.hpp"

using namespace learningplane;
using selection::ValidationResiduals;
using selection::detail::ScaledErrors;
using List = std::vector<double>;

namespace {

constexpr std::size_t steps = 12;

/// Normal residuals whose deviation `deviation(place)` is.
template <class F>
ValidationResiduals draw(std::mt19937_64& random, std::size_t origins, F&& deviation) {
  std::normal_distribution<double> normal;
  ValidationResiduals out;
  for (std::size_t k = 0; k < origins; ++k) {
    out.origins.push_back(k * steps);
    List row;
    for (std::size_t s = 0; s < steps; ++s)
      row.push_back(normal(random) * deviation(k * steps + s));
    out.values.push_back(std::move(row));
  }
  return out;
}

double one(std::size_t) { return 1; }

double width(const ScaledErrors& e, std::int64_t start) {
  return e.quantile(0, 0.95, start) - e.quantile(0, 0.05, start);
}

/// Share of normal values of this deviation that lie at or below the upper 95 %.
double coverage(ScaledErrors& e, std::mt19937_64& random, double deviation, std::size_t count,
                bool adapts) {
  std::normal_distribution<double> normal(0, deviation);
  std::size_t covered = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double truth = normal(random);
    if (truth <= e.quantile(i % steps, 0.95, 0)) ++covered;
    if (adapts) e.adapt(truth, 0, i % steps, 0);
  }
  return static_cast<double>(covered) / static_cast<double>(count);
}

}  // namespace

TEST_CASE("scaled errors: exchangeable noise is covered as promised, within binomial bounds") {
  // 500 sets of 24 x 12 residuals, 40 truths each: the sets' quantiles vary too, so that the bound
  // is that of 500 x 40 truths in which each set counts as a block.
  std::mt19937_64 random(7);
  double sum = 0, squares = 0;
  constexpr int sets = 500;
  for (int i = 0; i < sets; ++i) {
    ScaledErrors e(draw(random, 24, one), List(400, 0.0), 0, 0);
    const double c = coverage(e, random, 1, 40, false);
    sum += c;
    squares += c * c;
  }
  const double mean = sum / sets;
  const double error = std::sqrt((squares / sets - mean * mean) / sets);
  CHECK(error < 0.003);
  CHECK(mean > 0.95 - 3 * error);
  CHECK(mean < 0.95 + 3 * error + 0.01);  // the correction for few residuals adds up to this much
}

TEST_CASE("scaled errors: quantiles increase with the level and widen with steps that miss more") {
  std::mt19937_64 random(3);
  const ScaledErrors e(
      draw(random, 48, [](std::size_t i) { return 1.0 + static_cast<double>(i % steps); }),
      List(600, 0.0), 0, 0);
  for (std::size_t s = 0; s < steps; ++s) {
    double before = -1e9;
    for (int level = 1; level < 100; ++level) {
      const double q = e.quantile(s, level / 100.0, 0);
      CHECK(q >= before);
      before = q;
    }
  }
  CHECK(e.quantile(11, 0.95, 0) > 2 * e.quantile(0, 0.95, 0));
  CHECK(e.quantile(99, 0.95, 0) == e.quantile(11, 0.95, 0));
}

TEST_CASE("scaled errors: the width follows the time of day, and only where a day repeats") {
  constexpr std::size_t day = 48;
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  const auto deviation = [](std::size_t place) { return place % day < day / 2 ? 4.0 : 0.5; };
  List y;
  for (std::size_t i = 0; i < 20 * day; ++i) y.push_back(normal(random) * deviation(i));
  const auto residuals = draw(random, 60, deviation);
  const ScaledErrors lively(residuals, y, day, 0), flat(residuals, y, 0, 0);
  CHECK(width(lively, 12) > 1.8 * width(lively, 36));
  CHECK(width(flat, 12) == width(flat, 36));
  CHECK(width(lively, 12 - 5 * 48) == width(lively, 12));  // before any first moment too
  // The same series counted from another place.
  const ScaledErrors moved(residuals, y, day, 100);
  CHECK(width(moved, 112) == doctest::Approx(width(lively, 12)));
  const ScaledErrors brief(residuals, List(y.begin(), y.begin() + 2 * day - 1), day, 0);
  CHECK(width(brief, 12) == width(brief, 36));
}

TEST_CASE("scaled errors: after a shift in variance adapting returns to 95 %, standing still not") {
  std::mt19937_64 random(11);
  const ScaledErrors fitted(draw(random, 48, one), List(600, 0.0), 0, 0);
  ScaledErrors split = fitted, adaptive = fitted;
  (void)coverage(adaptive, random, 3, 1500, true);  // time to notice
  CHECK(coverage(adaptive, random, 3, 4000, true) == doctest::Approx(0.95).epsilon(0.02));
  CHECK(coverage(split, random, 3, 4000, false) < 0.80);
  // And back: too wide intervals are narrowed again.
  (void)coverage(adaptive, random, 0.3, 3000, true);
  CHECK(coverage(adaptive, random, 0.3, 4000, true) == doctest::Approx(0.95).epsilon(0.02));
  CHECK(coverage(split, random, 0.3, 4000, false) > 0.999);
  double before = -1e9;
  for (int level = 1; level < 100; ++level) {
    CHECK(adaptive.quantile(0, level / 100.0, 0) >= before);
    before = adaptive.quantile(0, level / 100.0, 0);
  }
}

TEST_CASE("scaled errors: where validation saw no error, the first misses make a width") {
  ValidationResiduals none;
  for (std::size_t k = 0; k < 24; ++k) {
    none.origins.push_back(k);
    none.values.emplace_back(steps, 0.0);
  }
  ScaledErrors e(none, List(100, 5.0), 0, 0);
  CHECK(e.quantile(0, 0.95, 0) == 0);
  std::mt19937_64 random(2);
  (void)coverage(e, random, 1, 2000, true);
  CHECK(coverage(e, random, 1, 4000, true) == doctest::Approx(0.95).epsilon(0.02));
}

TEST_CASE("scaled errors: unknown residuals are passed over, not taken as zero") {
  std::mt19937_64 random(4);
  ValidationResiduals some = draw(random, 48, one), holes = some;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (auto& row : holes.values) row.insert(row.end(), {nan, nan, nan});
  const ScaledErrors plain(some, List(600, 0.0), 0, 0), with(holes, List(600, 0.0), 0, 0);
  CHECK(with.quantile(3, 0.95, 0) > 0.7 * plain.quantile(3, 0.95, 0));
  CHECK(std::isfinite(with.quantile(14, 0.95, 0)));
}

TEST_CASE("scaled errors: save and load give the same quantiles; damaged tensors are refused") {
  std::mt19937_64 random(9);
  List y;
  for (int i = 0; i < 300; ++i) y.push_back(std::sin(i) * (i % 24));
  ScaledErrors e(draw(random, 24, one), y, 24, 3);
  (void)coverage(e, random, 2, 100, true);
  const model::Tensors saved = e.save();
  const ScaledErrors again = ScaledErrors::from(saved);
  for (const std::int64_t start : {0, 5, 17}) {
    for (const double level : {0.05, 0.5, 0.95, 0.99})
      CHECK(again.quantile(2, level, start) == e.quantile(2, level, start));
  }
  for (const auto& [name, tensor] : saved) {
    CAPTURE(name);
    model::Tensors bad = saved;
    bad.erase(name);
    CHECK_THROWS_AS(ScaledErrors::from(bad), FormatError);
    bad = saved;
    bad[name].values.clear();
    CHECK_THROWS_AS(ScaledErrors::from(bad), FormatError);
    bad = saved;
    bad[name].values[0] = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(ScaledErrors::from(bad), FormatError);
  }
  for (const char* name : {"growth", "liveliness"}) {
    model::Tensors bad = saved;
    bad[name].values[0] = 0;
    CHECK_THROWS_AS(ScaledErrors::from(bad), FormatError);
  }
  model::Tensors bad = saved;
  std::swap(bad["pooled"].values.front(), bad["pooled"].values.back());
  CHECK_THROWS_AS(ScaledErrors::from(bad), FormatError);
}
