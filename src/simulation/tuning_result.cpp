#include <fmt/format.h>

#include "learningplane/json.hpp"
#include "learningplane/simulation/tuning.hpp"

namespace learningplane::simulation {

namespace {

Value figures_value(const TuningFigures& f) {
  return Value::object()
      .set("events", f.events)
      .set("violations", f.violations)
      .set("instance_minutes", f.instance_minutes)
      .set("cost", f.cost)
      .set("kilowatt_hours", f.kilowatt_hours);
}

Value range_value(const SlotRange& r) {
  return Value::object().set("first", r.first).set("last", r.last);
}

Value trial_value(const Tuning& t, std::size_t i) {
  const TuningTrial& trial = t.trials[i];
  Value v = Value::object()
                .set("policy", trial.policy)
                .set("margin", trial.margin)
                .set("train", figures_value(trial.train));
  if (trial.score) v.set("score", figures_value(*trial.score));
  return v;
}

std::string line_of(const TuningFigures& f, double bound) {
  return fmt::format("{} events, {:.3f} % of slots above {:g}, {:.0f} instance-minutes", f.events,
                     f.violations, bound, f.instance_minutes);
}

}  // namespace

Value to_value(const Tuning& t) {
  const TuningOptions& o = t.options;
  Value front = Value::array(), aims = Value::array();
  for (const std::size_t i : t.front) front.push(trial_value(t, i));
  for (const TuningAim aim : o.aims) aims.push(to_string(aim));
  return Value::object()
      .set("protocol", to_string(o.lineup.simulation.protocol))
      .set("seed", static_cast<std::int64_t>(o.seed))
      .set("trials", t.trials.size())
      .set("refused", t.refused)
      .set("aims", std::move(aims))
      .set("bound", o.lineup.simulation.bounds[o.bound])
      .set("train", range_value(o.train))
      .set("score", o.score ? range_value(*o.score) : Value())
      .set("choice", to_string(o.choice))
      .set("within", t.within)
      .set("given", trial_value(t, 0))
      .set("chosen", trial_value(t, t.chosen))
      .set("front", std::move(front));
}

std::string policy_file(const Tuning& t) {
  const TuningOptions& o = t.options;
  const TuningTrial& c = t.trials[t.chosen];
  const double bound = o.lineup.simulation.bounds[o.bound];
  std::string out = fmt::format(
      "# Chosen by learningplane tune out of {} policies (seed {}, protocol {}).\n"
      "# Chosen on slots {} to {}: {}.\n",
      t.trials.size(), o.seed, to_string(o.lineup.simulation.protocol), o.train.first,
      o.train.last - 1, line_of(c.train, bound));
  if (o.score && c.score)
    out += fmt::format("# On slots {} to {}, which played no part: {}.\n", o.score->first,
                       o.score->last - 1, line_of(*c.score, bound));
  if (c.margin > 0) out += fmt::format("# Plans {:g} % below what is promised.\n", 100 * c.margin);
  out += fmt::format("# Forecasts were made by {}.\n", o.lineup.forecaster);
  // JSON values are YAML values.
  for (const auto& [key, value] : c.policy.as_object()) out += key + ": " + dump_json(value) + '\n';
  return out;
}

}  // namespace learningplane::simulation
