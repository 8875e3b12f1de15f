#include "learningplane/decision/reactive.hpp"

#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::decision {

Reactive::Reactive(ReactiveOptions options) : ScalingPolicy(options.limits), options_(options) {
  check(options_.objective);
  if (options_.window.count() <= 0)
    throw ConfigError("", "window", format_duration(options_.window), "a duration above 0s");
}

void Reactive::wish(const ScalingInput& in, ScalingDecision& d) {
  if (!std::isfinite(in.latency)) {
    d.known = false;
  } else if (in.latency > options_.objective.upper()) {
    d.wish = in.replicas + 1;
    d.rule = "over_objective";
  } else if (in.latency < options_.objective.lower() && in.replicas > 1) {
    d.wish = in.replicas - 1;
    d.rule = "under_objective";
  } else {
    d.rule = "within_tolerance";
  }
  d.wishes.push_back({"latency", in.latency, d.known ? d.wish : -1});
}

Value Reactive::options_value() const {
  return to_value(options_.objective).set("window", format_duration(options_.window));
}

Manifest reactive_manifest() {
  Manifest m{"reactive", "One instance more or less as the latency leaves the tolerance", {}};
  m.parameters = objective_parameters();
  m.parameters.push_back(
      {"window", ParameterType::duration, "that the latency is taken over, above 0s", "5m"});
  for (Parameter& p : limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

ReactiveOptions reactive_options(const Value& v) {
  return {objective_from(v), value_or_throw(parse_duration(v.get("window", "5m"))), limits_from(v)};
}

}  // namespace learningplane::decision
