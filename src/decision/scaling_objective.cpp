#include "learningplane/decision/scaling_objective.hpp"

#include <fmt/format.h>

#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::decision {

void check(const ScalingObjective& o) {
  const auto want = [](bool fine, std::string_view key, double value, std::string_view allowed) {
    if (!fine) throw ConfigError("", key, fmt::format("{}", value), allowed);
  };
  want(o.latency > 0 && std::isfinite(o.latency), "objective", o.latency, "above 0");
  want(o.tolerance >= 0 && o.tolerance < 1, "tolerance", o.tolerance, "at least 0 and below 1");
  want(o.quantile > 0 && o.quantile < 1, "objective_quantile", o.quantile, "above 0 and below 1");
}

std::vector<Parameter> objective_parameters() {
  return {{"objective",
           ParameterType::number,
           "latency promised, in the unit of the observed ones, above 0",
           20.0,
           false,
           {},
           1e-12,
           1e308},
          {"tolerance",
           ParameterType::number,
           "share of the objective within which nothing is done, in [0, 1)",
           0.1,
           false,
           {},
           0,
           0.999999},
          {"objective_quantile",
           ParameterType::number,
           "at which the latency is promised, in (0, 1)",
           0.95,
           false,
           {},
           1e-6,
           1 - 1e-6}};
}

ScalingObjective objective_from(const Value& v) {
  ScalingObjective o{v.get("objective", 20.0), v.get("tolerance", 0.1),
                     v.get("objective_quantile", 0.95)};
  check(o);
  return o;
}

Value to_value(const ScalingObjective& o) {
  return Value::object()
      .set("objective", o.latency)
      .set("tolerance", o.tolerance)
      .set("objective_quantile", o.quantile);
}

}  // namespace learningplane::decision
