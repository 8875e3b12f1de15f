#include "learningplane/evaluation/score.hpp"

#include <cmath>
#include <limits>

#include "learningplane/error.hpp"

namespace learningplane::evaluation {

Score score(std::span<const double> forecast, std::span<const double> truth) {
  if (forecast.size() != truth.size())
    throw LogicError("score: " + std::to_string(forecast.size()) + " forecasts for " +
                     std::to_string(truth.size()) + " true values");
  Score out;
  double mean = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!std::isfinite(forecast[i]) || !std::isfinite(truth[i])) continue;
    ++out.n;
    mean += truth[i];
  }
  const auto n = static_cast<double>(out.n);
  mean /= n;
  double absolute = 0, squares = 0, variance = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!std::isfinite(forecast[i]) || !std::isfinite(truth[i])) continue;
    const double e = forecast[i] - truth[i];
    absolute += std::abs(e);
    squares += e * e;
    variance += (truth[i] - mean) * (truth[i] - mean);
  }
  out.mae = absolute / n;
  out.mse = squares / n;
  out.rmse = std::sqrt(out.mse);
  out.r2 = variance > 0 ? 1 - squares / variance : std::numeric_limits<double>::quiet_NaN();
  return out;
}

Value to_value(const Score& s) {
  return Value::object()
      .set("n", s.n)
      .set("mae", s.mae)
      .set("mse", s.mse)
      .set("rmse", s.rmse)
      .set("r2", s.r2);
}

}  // namespace learningplane::evaluation
