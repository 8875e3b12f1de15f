#pragma once
#include <cstddef>
#include <span>

#include "learningplane/value.hpp"

namespace learningplane::evaluation {

/// How far forecasts were from the truth, in the target's unit. NaN where nothing was scored.
struct Score {
  std::size_t n = 0;  ///< pairs in which both are known
  double mae = 0;
  double mse = 0;
  double rmse = 0;
  double r2 = 0;  ///< 1 - mse / variance of the truth; NaN where the truth is constant
};

/// Pairs in which either is not finite are passed over. @throws LogicError where lengths differ
Score score(std::span<const double> forecast, std::span<const double> truth);
/// {"n","mae","mse","rmse","r2"}
Value to_value(const Score& score);

}  // namespace learningplane::evaluation
