#include "model/minimise.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace learningplane;

TEST_CASE("minimise_line: the smallest of several valleys, a wall, a flat") {
  const auto valleys = [](double x) { return std::sin(5 * x) + 0.1 * (x - 2) * (x - 2); };
  const auto [x, fx] = model::detail::minimise_line(valleys, 0.0, 4.0, 16, 1e-9);
  CHECK(x == doctest::Approx(2.1990).epsilon(1e-3));
  CHECK(fx == doctest::Approx(valleys(x)));
  CHECK(std::abs(5 * std::cos(5 * x) + 0.2 * (x - 2)) < 1e-6);  // no slope is left
  CHECK(model::detail::minimise_line([](double v) { return v; }, 0.25, 1.0, 4, 1e-9).first ==
        doctest::Approx(0.25));
  CHECK(model::detail::minimise_line([](double v) { return -v; }, 0.25, 1.0, 4, 1e-9).first ==
        doctest::Approx(1.0));
  CHECK(model::detail::minimise_line([](double) { return 3.0; }, 0.25, 1.0, 4, 1e-9).second == 3);
}

TEST_CASE("minimise_simplex: Rosenbrock's valley, and the best corner where a wall is in the way") {
  const auto valley = [](const std::array<double, 2>& p) {
    return 100 * (p[1] - p[0] * p[0]) * (p[1] - p[0] * p[0]) + (1 - p[0]) * (1 - p[0]);
  };
  std::array<double, 2> at{-1.2, 1};
  CHECK(model::detail::minimise_simplex(valley, at, {-2, -2}, {2, 2}, 0.5, 1e-14, 2000) < 1e-8);
  CHECK(at[0] == doctest::Approx(1).epsilon(1e-3));
  at = {-1.2, 0.1};
  model::detail::minimise_simplex(valley, at, {-2, -2}, {0.5, 2}, 0.5, 1e-14, 2000);
  CHECK(at[0] == doctest::Approx(0.5).epsilon(1e-3));
  CHECK(at[1] == doctest::Approx(0.25).epsilon(1e-2));
  int calls = 0;
  std::array<double, 3> far{0.9, 0.1, 0.5};
  model::detail::minimise_simplex(
      [&calls](const std::array<double, 3>& p) {
        ++calls;
        for (const double v : p) CHECK((v >= 0 && v <= 1));
        return p[0] + p[1] * p[1] - p[2];
      },
      far, {0, 0, 0}, {1, 1, 1}, 0.3, 0, 120);
  CHECK(calls <= 126);
  CHECK(far[0] < 0.05);
  CHECK(far[2] > 0.95);
}
