#include "learningplane/features/scaler.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace learningplane;
using namespace learningplane::features;

TEST_CASE("scaler: z-score of the training rows has mean 0 and deviation 1") {
  Scaler s;
  REQUIRE(s.fit(std::vector<double>{1, 1e10, 2, 1e10 + 1, 3, 1e10 + 2}, 2));
  CHECK(s.transform(2, 0) == 0);
  CHECK(s.transform(3, 0) == doctest::Approx(std::sqrt(1.5)));
  CHECK(s.transform(1e10 + 2, 1) == doctest::Approx(std::sqrt(1.5)));
  CHECK(s.inverse(s.transform(17, 0), 0) == doctest::Approx(17));
}

TEST_CASE("scaler: min-max brings the training range to 0 and 1, and clips where asked") {
  Scaler s(ScalerKind::min_max);
  REQUIRE(s.fit(std::vector<double>{10, 20, 15}, 1));
  std::vector<double> rows{10, 20, 30, -5};
  s.transform(rows, OutOfRange::clip);
  CHECK(rows == std::vector<double>{0, 1, 1, 0});
  CHECK(s.transform(30, 0) == 2);
}

TEST_CASE("scaler: constant columns become 0 and are not stretched") {
  for (ScalerKind kind : {ScalerKind::min_max, ScalerKind::z_score}) {
    Scaler s(kind);
    REQUIRE(s.fit(std::vector<double>{0.1, 0.1, 0.1}, 1));
    CHECK(s.transform(0.1, 0) == 0);
    CHECK(s.transform(1.1, 0) == doctest::Approx(1));
  }
}

TEST_CASE("scaler: NaN is passed over, stays NaN and never becomes a number") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Scaler s(ScalerKind::min_max);
  REQUIRE(s.fit(std::vector<double>{nan, 2, 4}, 1));
  CHECK(std::isnan(s.transform(nan, 0, OutOfRange::clip)));
  CHECK(s.transform(3, 0) == 0.5);
  CHECK(s.fit(std::vector<double>{nan, nan}, 1).error().code == Errc::not_enough_data);
  CHECK(s.transform(3, 0) == 0.5);  // as it was
}

TEST_CASE("scaler: what save() gives, load() takes; anything else is refused") {
  Scaler a, b;
  REQUIRE(a.fit(std::vector<double>{1, 2, 3, 5, 8, 13}, 2));
  REQUIRE(b.load(a.save()));
  CHECK(b.save() == a.save());
  CHECK(b.transform(4, 1) == a.transform(4, 1));
  std::vector<double> zero_scale = a.save();
  zero_scale[2] = 0;
  CHECK(b.load(zero_scale).error().code == Errc::malformed);
  CHECK_FALSE(b.load(std::vector<double>{1, 2, 3}));
  CHECK(b.transform(4, 1) == a.transform(4, 1));
}

TEST_CASE("scaler: misuse is named") {
  Scaler s;
  CHECK_THROWS_AS(s.transform(1, 0), LogicError);
  CHECK(s.fit(std::vector<double>{1, 2, 3}, 2).error().code == Errc::invalid_argument);
  CHECK(scaler_kind("robust").error().message.find("z_score") != std::string::npos);
  CHECK(*scaler_kind("min_max") == ScalerKind::min_max);
}
