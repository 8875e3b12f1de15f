#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "learningplane/time.hpp"

namespace learningplane::model {

/// What a forecaster says of the coming steps: a mean and quantiles, in the target's unit.
struct Forecast {
  std::string target{};                  ///< name of the forecast column
  std::string model{};                   ///< kind of the model that made it
  std::vector<std::int64_t> times_ns{};  ///< one stamp a step, UTC nanoseconds; the first is one
                                         ///< step after the last observation
  std::vector<double> mean{};            ///< one value a step
  std::vector<double> levels{};          ///< the quantile levels asked for, in (0, 1), increasing
  std::vector<double> quantiles{};  ///< steps x levels, row-major; never decreasing along a row
  double imputed_share = 0;         ///< of the observations it started from, in [0, 1]

  std::size_t steps() const { return mean.size(); }
  double quantile(std::size_t step, std::size_t level) const {
    return quantiles[step * levels.size() + level];
  }
  TimePoint time(std::size_t step) const { return from_ns(times_ns[step]); }
};

}  // namespace learningplane::model
