#include "learningplane/model/cpu.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "learningplane/error.hpp"
#include "model/kernels/dispatch.hpp"

using namespace learningplane;
using namespace learningplane::model;

TEST_CASE("cpu: a tier can be forced, and only one that is there") {
  CHECK(choose_tier("baseline") == CpuTier::baseline);
  CHECK(cpu_supports(choose_tier("")));
  CHECK_THROWS_WITH_AS(choose_tier("avx1024"),
                       doctest::Contains("LEARNINGPLANE_CPU: 'avx1024'; allowed here"),
                       ConfigError);
  for (const CpuTier tier : {CpuTier::avx2, CpuTier::avx512}) {
    if (cpu_supports(tier)) {
      CHECK(choose_tier(to_string(tier)) == tier);
    } else {
      CHECK_THROWS_WITH_AS(choose_tier(to_string(tier)), doctest::Contains("this machine lacks it"),
                           ConfigError);
    }
  }
}

TEST_CASE_TEMPLATE("cpu: sigmoid and tanh are exact to two units in the last place of 1", T, float,
                   double) {
  for (const CpuTier tier : {CpuTier::baseline, CpuTier::avx2, CpuTier::avx512}) {
    if (!cpu_supports(tier)) continue;
    const auto& table = kernels::table<T>(tier);
    std::vector<T> x;
    for (double v = -30; v <= 30; v += 0.0037) x.push_back(static_cast<T>(v));
    for (const double v : {0.0, -0.0, 1e-30, 1e4, -1e4, 710.0, -750.0})
      x.push_back(static_cast<T>(v));
    std::vector<T> s = x, t = x;
    table.sigmoid(s.size(), s.data());
    table.tanh(t.size(), t.data());
    const double limit = 2 * static_cast<double>(std::numeric_limits<T>::epsilon());
    double worst_s = 0, worst_t = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto v = static_cast<double>(x[i]);
      worst_s = std::max(worst_s, std::abs(static_cast<double>(s[i]) - 1 / (1 + std::exp(-v))));
      worst_t = std::max(worst_t, std::abs(static_cast<double>(t[i]) - std::tanh(v)));
    }
    CAPTURE(to_string(tier));
    CHECK(worst_s < limit);
    CHECK(worst_t < limit);
  }
}
