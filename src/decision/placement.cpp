#include "learningplane/decision/placement.hpp"

#include <fmt/format.h>

#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::decision {

Placement::Placement(PlacementOptions options) : options_(options) {
  const auto check = [](bool fine, std::string_view key, double value, std::string_view allowed) {
    if (!fine) throw ConfigError("", key, fmt::format("{}", value), allowed);
  };
  const PlacementOptions& o = options_;
  check(!o.constraint || std::isfinite(*o.constraint), "constraint", o.constraint.value_or(0),
        "a finite number");
  check(o.hysteresis >= 0 && std::isfinite(o.hysteresis), "hysteresis", o.hysteresis,
        "a number of at least 0");
  check(o.quantile > 0 && o.quantile < 1, "quantile", o.quantile, "above 0 and below 1");
  check(o.max_imputed_share >= 0 && o.max_imputed_share <= 1, "max_imputed_share",
        o.max_imputed_share, "between 0 and 1");
  if (o.cooldown < Duration::zero())
    throw ConfigError("", "cooldown", format_duration(o.cooldown), "a duration of at least 0s");
}

namespace {

Decision hold(Decision d, std::string rule, std::string reason) {
  d.action = Hold{};
  d.rule = std::move(rule);
  d.reason = std::move(reason);
  return d;
}

/// The candidates as the policy sees them: those that rest on too much imputed data are unknown.
std::vector<Considered> judge(const Observation& seen, const PlacementOptions& o) {
  std::vector<Considered> out;
  for (const Candidate& c : seen.candidates) {
    Considered one{c.name, c.forecast, false, {}};
    if (one.value.known() && !std::isfinite(one.value.value))
      one.value = Quantity::of(one.value.value);
    if (one.value.known() && one.value.imputed_share > o.max_imputed_share) {
      one.value = Quantity::missing(
          Unknown::imputed,
          fmt::format("{:.0f} % of its data are imputed, at most {:.0f} % are trusted",
                      c.forecast.imputed_share * 100, o.max_imputed_share * 100));
      one.value.imputed_share = c.forecast.imputed_share;
    }
    one.feasible = one.value.known() && (!o.constraint || one.value.value >= *o.constraint);
    if (!one.value.known()) {
      one.note = "not known";
    } else if (!one.feasible) {
      one.note = "below the constraint";
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::string rule_of(const Quantity& unknown) {
  return unknown.unknown == Unknown::imputed ? "imputed_data" : "unknown_data";
}

}  // namespace

Decision Placement::decide(const Observation& seen) {
  Decision d;
  d.application = seen.application;
  d.considered = judge(seen, options_);
  d.details.set("constraint", options_.constraint ? Value(*options_.constraint) : Value())
      .set("on_infeasible", options_.on_infeasible == OnInfeasible::best ? "best" : "hold")
      .set("hysteresis", options_.hysteresis)
      .set("cooldown", format_duration(options_.cooldown))
      .set("quantile", options_.quantile)
      .set("max_imputed_share", options_.max_imputed_share)
      .set("current", seen.current);

  Considered* current = nullptr;
  Considered* best = nullptr;
  bool any_feasible = false;
  for (Considered& c : d.considered) {
    if (!seen.current.empty() && c.name == seen.current) current = &c;
    any_feasible = any_feasible || c.feasible;
  }
  const auto better = [&](const Considered& a, const Considered& b) {
    if (a.feasible != b.feasible) return a.feasible;
    if (a.value.value != b.value.value) return a.value.value > b.value.value;
    return &a == current;
  };
  for (Considered& c : d.considered) {
    if (c.value.known() && (best == nullptr || better(c, *best))) best = &c;
  }
  if (best == nullptr) {
    const bool imputed =
        !d.considered.empty() && d.considered.front().value.unknown == Unknown::imputed;
    return hold(std::move(d), imputed ? "imputed_data" : "unknown_data",
                "no site's forecast is known");
  }
  d.details.set("best", best->name).set("any_feasible", any_feasible);
  if (current != nullptr && !current->value.known()) {
    std::string rule = rule_of(current->value);
    std::string reason = fmt::format("the forecast of the current site {} is not known: {}",
                                     current->name, current->value.detail);
    return hold(std::move(d), std::move(rule), std::move(reason));
  }
  if (!any_feasible && options_.on_infeasible == OnInfeasible::hold) {
    return hold(std::move(d), "below_constraint",
                fmt::format("no site reaches {:g}; the best, {}, is forecast {:.4f}",
                            *options_.constraint, best->name, best->value.value));
  }
  if (best == current) {
    return hold(
        std::move(d), "already_best",
        fmt::format("{} is the best already, forecast {:.4f}", best->name, best->value.value));
  }
  if (current != nullptr) {
    const double gain = best->value.value - current->value.value;
    d.details.set("gain", gain);
    if (gain < options_.hysteresis) {
      best->note = "too small a gain";
      return hold(std::move(d), "hysteresis",
                  fmt::format("{} gains {:.4f} over {}, {:g} is needed to move", best->name, gain,
                              current->name, options_.hysteresis));
    }
  }
  if (seen.last_change && seen.at - *seen.last_change < options_.cooldown) {
    best->note = "cooling down";
    return hold(std::move(d), "cooldown",
                fmt::format("moved {} ago, {} must pass before the next move",
                            format_duration(seen.at - *seen.last_change),
                            format_duration(options_.cooldown)));
  }
  d.rule = "highest_forecast";
  d.reason = fmt::format("{} is forecast {:.4f}", best->name, best->value.value);
  if (current != nullptr) {
    d.reason += fmt::format(", {:.4f} more than {}", best->value.value - current->value.value,
                            current->name);
  } else if (!seen.current.empty()) {
    d.reason += fmt::format("; {} is no candidate", seen.current);
  }
  if (!any_feasible) d.reason += fmt::format("; no site reaches {:g}", *options_.constraint);
  d.action = Place{best->name};
  return d;
}

Manifest placement_manifest() {
  const auto number = [](std::string name, std::string summary, Value fallback, double low,
                         double high) {
    return Parameter{std::move(name),
                     ParameterType::number,
                     std::move(summary),
                     std::move(fallback),
                     false,
                     {},
                     low,
                     high};
  };
  return {"placement",
          "Places on the site with the highest forecast",
          {number("constraint", "quality of service that a site must reach; none: no constraint",
                  Value(), -1e308, 1e308),
           {"on_infeasible",
            ParameterType::string,
            "what to do where no site reaches it",
            "best",
            false,
            {"best", "hold"}},
           number("hysteresis", "gain over the current site needed to move", 0.0, 0, 1e308),
           {"cooldown", ParameterType::duration, "no move so long after the last one", "0s"},
           number("quantile", "of the forecast to plan on, in (0, 1)", 0.5, 1e-6, 1 - 1e-6),
           number("max_imputed_share", "a forecast from more imputed data is not used, in [0, 1]",
                  0.5, 0, 1)}};
}

PlacementOptions placement_options(const Value& v) {
  PlacementOptions o;
  if (const Value* c = v.find("constraint"); c != nullptr && !c->is_null())
    o.constraint = c->as_double();
  o.on_infeasible =
      v.get("on_infeasible", "best") == "hold" ? OnInfeasible::hold : OnInfeasible::best;
  o.hysteresis = v.get("hysteresis", 0.0);
  o.cooldown = value_or_throw(parse_duration(v.get("cooldown", "0s")));
  o.quantile = v.get("quantile", 0.5);
  o.max_imputed_share = v.get("max_imputed_share", 0.5);
  return o;
}

}  // namespace learningplane::decision
