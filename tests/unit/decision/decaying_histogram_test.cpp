#include "learningplane/decision/decaying_histogram.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {
TimePoint at(Duration d) { return from_ns(1'700'000'000'000'000'000) + d; }
}  // namespace

TEST_CASE("decaying histogram: buckets grow by a twentieth each") {
  const DecayingHistogram h({});
  CHECK(h.begin(0) == 0);
  CHECK(h.begin(1) == doctest::Approx(0.01));
  CHECK(h.begin(2) == doctest::Approx(0.0205));
  CHECK(h.begin(3) == doctest::Approx(0.031525));
  CHECK(h.bucket(0.0099) == 0);
  CHECK(h.bucket(0.0101) == 1);
  CHECK(h.bucket(1.0) == 36);
  CHECK(h.bucket(1e9) == h.buckets() - 1);
  CHECK(h.buckets() == 176);  // ceil(log(5001) / log(1.05)) + 1
}

TEST_CASE("decaying histogram: percentiles are ends of buckets, weights halve") {
  DecayingHistogram h({});
  CHECK(h.percentile(0.9) == 0);
  for (int i = 0; i < 9; ++i) h.add(1.0, 1, at(0s));
  h.add(4.0, 1, at(0s));
  CHECK(h.percentile(0.5) == doctest::Approx(h.begin(37)));
  CHECK(h.percentile(0.9) == doctest::Approx(h.begin(37)));
  CHECK(h.percentile(0.91) == doctest::Approx(h.begin(h.bucket(4.0) + 1)));
  // A day later one sample of 4 weighs as two: 9 against 1 + 2 · 4.
  for (int i = 0; i < 4; ++i) h.add(4.0, 1, at(24h));
  CHECK(h.percentile(0.49) == doctest::Approx(h.begin(37)));
  CHECK(h.percentile(0.51) == doctest::Approx(h.begin(h.bucket(4.0) + 1)));
  // What is taken out again leaves no trace, even much later.
  h.add(100, 3, at(300 * 24h));
  h.subtract(100, 3, at(300 * 24h));
  CHECK(h.percentile(1) < 5);
}

TEST_CASE("decaying histogram: options that cannot be are refused") {
  CHECK_THROWS_AS(DecayingHistogram({.first = 0}), ConfigError);
  CHECK_THROWS_AS(DecayingHistogram({.ratio = 1}), ConfigError);
  CHECK_THROWS_AS(DecayingHistogram({.maximum = 0.001}), ConfigError);
  CHECK_THROWS_AS(DecayingHistogram({.half_life = 0s}), ConfigError);
}
