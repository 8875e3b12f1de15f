#pragma once
#include <cstddef>
#include <span>

#include "learningplane/result.hpp"

namespace learningplane::features {

/// What the augmented Dickey-Fuller test found.
struct AdfTest {
  double statistic = 0;  ///< t value of the lagged level
  double p_value = 1;    ///< of a unit root, MacKinnon 1994: small means stationary
  std::size_t lags = 0;  ///< differences that were put beside it
};

/// Test for a unit root with a constant and no trend; the number of lagged differences, up to
/// ceil(12 (n / 100)^¼), is that with the smallest AIC.
/// @return not_enough_data, unknown_data (a value is not finite), invalid_argument (y is constant:
/// nothing to test)
Result<AdfTest> adf_test(std::span<const double> y);

}  // namespace learningplane::features
