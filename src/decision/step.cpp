#include "learningplane/decision/step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::decision {

Step::Step(StepOptions options) : ScalingPolicy(options.limits), options_(std::move(options)) {
  std::sort(options_.steps.begin(), options_.steps.end(),
            [](const ScalingStep& a, const ScalingStep& b) { return a.from < b.from; });
  if (options_.steps.empty()) throw ConfigError("", "steps", "none", "at least one step");
  for (std::size_t i = 0; i < options_.steps.size(); ++i) {
    const ScalingStep& s = options_.steps[i];
    if (!(s.from < s.to))
      throw ConfigError("", "steps", fmt::format("from {} to {}", s.from, s.to), "from below to");
    if (i > 0 && s.from < options_.steps[i - 1].to)
      throw ConfigError("", "steps", fmt::format("from {}", s.from), "steps that do not overlap");
  }
}

void Step::wish(const ScalingInput& in, ScalingDecision& d) {
  double value = std::numeric_limits<double>::quiet_NaN();
  if (options_.metric == "latency") value = in.latency;
  if (options_.metric == "load") value = in.load;
  if (options_.metric == "load_per_instance" && in.replicas > 0)
    value = in.load / static_cast<double>(in.replicas);
  for (const ScalingMetric& m : in.metrics) {
    if (m.name == options_.metric) value = m.value;
  }
  if (!std::isfinite(value)) {
    d.known = false;
    d.wishes.push_back({options_.metric, value, -1});
    return;
  }
  d.rule = "between_steps";
  for (const ScalingStep& s : options_.steps) {
    if (value < s.from || value >= s.to) continue;
    d.wish = d.current + s.change;
    d.rule = "step";
  }
  d.wishes.push_back({options_.metric, value, d.wish});
}

Value Step::options_value() const {
  Value steps = Value::array();
  for (const ScalingStep& s : options_.steps)
    steps.push(fmt::format("{} {} {}", s.from, s.to, s.change));
  return Value::object().set("metric", options_.metric).set("steps", std::move(steps));
}

Manifest step_manifest() {
  Manifest m{"step", "A change of the number of instances for each range of a metric", {}};
  m.parameters = {
      {"metric", ParameterType::string, "latency, load, load_per_instance, or the name of a metric",
       "latency"},
      {"steps", ParameterType::list, "{from, to, change}: while from <= metric < to", Value(),
       true},
      {"window", ParameterType::duration, "that the latency is taken over, above 0s", "1m"}};
  for (Parameter& p : limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

StepOptions step_options(const Value& v) {
  StepOptions o;
  o.metric = v.get("metric", "latency");
  if (const Value* steps = v.find("steps"); steps != nullptr && !steps->is_null()) {
    for (const Value& one : steps->as_array()) {
      ScalingStep s;
      s.from = one.get("from", s.from);
      s.to = one.get("to", s.to);
      s.change = one.get("change", std::int64_t{0});
      o.steps.push_back(s);
    }
  }
  o.window = value_or_throw(parse_duration(v.get("window", "1m")));
  o.limits = limits_from(v);
  return o;
}

}  // namespace learningplane::decision
