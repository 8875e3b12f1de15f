#include "learningplane/decision/scaling_explanation.hpp"

#include <fmt/format.h>

#include <map>

#include "decision/explanation_parts.hpp"

namespace learningplane::decision {

namespace {

const std::map<std::string_view, std::string_view>& phrases() {
  static const std::map<std::string_view, std::string_view> all{
      {"load", "the load asks for it"},
      {"plan", "the forecast asks for it before a new instance would serve"},
      {"over_objective", "the latency is above the objective's upper bound"},
      {"under_objective", "the latency is below the objective's lower bound"},
      {"within_tolerance", "the latency is within the objective's tolerance"},
      {"plan_under", "load and forecast have needed fewer for long enough"},
      {"fits", "load and forecast need just that many"},
      {"calm", "fewer would do, but not for long enough yet"},
      {"memory", "fewer would do, but more were needed a short while ago"},
      {"fallback",
       "the load is above what was forecast, so the forecast is not trusted to give "
       "instances up"},
      {"unknown_data", "what it goes by is not known, and then nothing is taken away"},
      {"metric", "the metric is off its target"},
      {"tolerance", "the metric is at its target within the tolerance"},
      {"stabilization", "another number was recommended within the stabilization window"},
      {"rate_policy", "the rate policies allow no larger change"},
      {"disabled", "no instances are asked for, which switches the autoscaler off"},
      {"step", "the metric lies in a step's range"},
      {"between_steps", "the metric lies in no step's range"},
      {"period", "the schedule says so for this time"},
      {"otherwise", "the schedule has no period for this time"},
      {"forecast_over", "the window's forecast needs more"},
      {"forecast_under", "the window's forecast needs fewer"},
      {"forecast_idle", "nothing is forecast for the window"},
      {"forecast_fits", "the window's forecast needs just that many"},
      {"between_windows", "it decides once a window"},
      {"minimum", "the minimum does not allow fewer"},
      {"maximum", "the maximum does not allow more"},
      {"cooldown", "the last change is too short a time ago (cool-down)"},
      {"stage_down", "only so many are given up at a time"},
      {"rate_up", "only so many may be added within the period"},
      {"rate_down", "only so many may be given up within the period"}};
  return all;
}

std::string number(const Value* v) {
  return v != nullptr && v->is_number() ? fmt::format("{:.6g}", v->as_double()) : std::string();
}

std::int64_t count(const Value& v, std::string_view key) { return v.get(key, std::int64_t{0}); }

std::string seen(const Value& d) {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  if (const std::string v = number(d.find("load")); !v.empty()) add("the load was " + v);
  if (const std::string v = number(d.find("latency")); !v.empty()) add("the latency " + v);
  if (const std::string v = number(d.find("raw_forecast")); !v.empty())
    add("the highest mean forecast " + v);
  if (const std::string v = number(d.find("planned")); !v.empty())
    add(fmt::format("the highest at the quantile {} that is planned on {}",
                    number(d.find("quantile")), v));
  if (out.empty()) return out;
  out.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(out.front())));
  return " " + out + ".";
}

std::string wishes(const Decision& d) {
  std::string out;
  for (const Considered& c : d.considered) {
    if (!c.value.known() && c.note == "asks for nothing") continue;  // told as not known
    out += fmt::format("{}{}{} {}", out.empty() ? " " : "; ", c.name,
                       c.value.known() ? fmt::format(" {:.6g}", c.value.value) : std::string(),
                       c.note);
  }
  return out.empty() ? out : out + ".";
}

}  // namespace

bool is_scaling(const Decision& d) {
  return d.details.is_object() && d.details.find("wish") != nullptr &&
         d.details.find("replicas") != nullptr && d.details.find("current") != nullptr;
}

std::string explain_scaling(const Decision& d) {
  const Value& v = d.details;
  const std::int64_t from = count(v, "current"), to = count(v, "replicas"), wish = count(v, "wish");
  const auto found = phrases().find(d.rule);
  std::string out = from == to ? fmt::format("Stays at {} instance{}", to, to == 1 ? "" : "s")
                               : fmt::format("Scales from {} to {} instances", from, to);
  out += found == phrases().end() ? fmt::format(" by the rule {}.", d.rule)
                                  : fmt::format(" because {} [{}].", found->second, d.rule);
  out += seen(v) + wishes(d);
  if (wish != to) out += fmt::format(" {} were wished for.", wish);
  if (const Value* others = v.find("changed_by_others"); others != nullptr && others->is_object())
    out += fmt::format(" Somebody else had changed {} to {}.", count(*others, "from"),
                       count(*others, "to"));
  return out + unknowns_said(v);
}

std::string explain(const ScalingDecision& decision, const ScalingPolicy& policy) {
  return explain_scaling(to_decision(decision, policy));
}

}  // namespace learningplane::decision
