#include <fmt/format.h>

#include <set>

#include "agent/sizing_check.hpp"
#include "learningplane/agent/agent.hpp"
#include "learningplane/error.hpp"

namespace learningplane::agent {

namespace {

[[noreturn]] void refuse(std::string_view key, std::string_view value, std::string_view allowed) {
  throw ConfigError("", key, value, allowed);
}

void check_scaling(const AgentParts& p) {
  const ScalingPlan& s = p.scaling;
  if (s.load.empty()) refuse("scaling.load", "", "name the column of the load");
  if (!s.by.empty() && !p.applications.empty())
    refuse("applications", p.applications.front().name, "none: scaling.by names them");
  if (!s.by.empty() && p.actuators.size() > 1)
    refuse("actuators", fmt::format("{}", p.actuators.size()), "one, with scaling.by");
  std::set<std::string> names;
  std::vector<std::string> columns = s.metrics;
  for (const std::string& name : {s.load, s.latency, s.replicas, s.ready}) columns.push_back(name);
  for (const std::string& name : columns) {
    if (!name.empty() && !names.insert(name).second)
      refuse("scaling", name, "each column stands for one thing");
  }
  const auto needs = p.make_scaling()->needs();
  if (needs.horizon > Duration::zero() && !p.make_model)
    refuse("models", "", "this policy plans on a forecast: a model is needed");
  if (p.make_model && p.forecast.target != s.load)
    refuse("scaling.load", s.load, "the model's target, " + p.forecast.target);
}

void check_applications(const AgentParts& p) {
  std::set<std::string> names;
  for (const Application& a : p.applications) {
    if (!names.insert(a.name).second) refuse("applications", a.name, "each stands once");
  }
  if (p.mode != Mode::recommend) return;
  if (p.applications.empty() && p.scaling.by.empty() && p.sizing.by.empty())
    refuse("applications", "", "name whom decisions are for");
  if (p.policy == nullptr && !p.make_scaling && !p.make_sizing)
    refuse("policy", "", "a policy is needed to recommend");
  if (p.actuators.empty()) refuse("actuators", "", "an actuator is needed to recommend");
  for (const Application& a : p.applications) {
    if (a.actuator.empty() && p.actuators.size() > 1)
      refuse("applications." + a.name + ".actuator", "", "there are several: name one");
    if (!a.actuator.empty() && !p.actuators.contains(a.actuator))
      refuse("applications." + a.name + ".actuator", a.actuator, "there is no such actuator");
  }
}

/// No model is ever fitted to a window of nothing, and nothing is ever known that may have no age.
void check_times(const AgentParts& p) {
  const auto above = [](std::string_view key, Duration d) {
    if (d <= Duration::zero()) refuse(key, format_duration(d), "above 0s");
  };
  const auto least = [](std::string_view key, Duration d) {
    if (d < Duration::zero()) refuse(key, format_duration(d), "0s or more");
  };
  above("forecast.history", p.forecast.history);
  above("forecast.training", p.forecast.training);
  above("forecast.max_age", p.forecast.max_age);
  least("scaling.step", p.scaling.step);
  above("scaling.forecast_every", p.scaling.forecast_every);
  least("scaling.forget", p.scaling.forget);
  least("sizing.step", p.sizing.step);
  least("sizing.history", p.sizing.history);
  least("sizing.forget", p.sizing.forget);
  least("journal.retention", p.retention);
  least("journal.resend_within", p.resend_within);
  for (const Schedule& s : p.schedules)
    least("schedules." + s.job.name + ".misfire_grace", s.job.misfire_grace);
}

}  // namespace

void check_parts(const AgentParts& p) {
  if (p.name.empty()) refuse("agent", "", "a name is needed");
  check_times(p);
  if (p.make_scaling) check_scaling(p);
  if (p.make_sizing) check_sizing(p);
  const bool places = !p.make_scaling && !p.make_sizing;
  if (places && !p.make_model) refuse("models", "", "a model is needed");
  if (places && p.sites.empty()) refuse("sites", "", "at least one site is needed");
  if (p.make_model && p.forecast.target.empty())
    refuse("forecast.target", "", "name the column to forecast");
  if (p.forecast.horizon == 0) refuse("forecast.horizon", "0", "at least 1");
  if (!(p.forecast.quantile > 0 && p.forecast.quantile < 1))
    refuse("forecast.quantile", fmt::format("{}", p.forecast.quantile), "above 0 and below 1");
  std::set<std::string> names;
  for (const Site& s : p.sites) {
    if (!names.insert(s.name).second) refuse("sites", s.name, "each site stands once");
  }
  check_applications(p);
}

}  // namespace learningplane::agent
