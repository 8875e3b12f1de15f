#include "agent/sizing_check.hpp"

#include <fmt/format.h>

#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::agent {

namespace {
[[noreturn]] void refuse(std::string_view key, std::string_view value, std::string_view allowed) {
  throw ConfigError("", key, value, allowed);
}
void positive(std::string_view key, double value) {
  if (!(value > 0) || !std::isfinite(value)) refuse(key, fmt::format("{}", value), "above 0");
}
}  // namespace

void check_sizing(const AgentParts& p) {
  const SizingPlan& s = p.sizing;
  const auto policy = p.make_sizing();
  const decision::SizingNeeds needs = policy->needs();
  const decision::Managed manage = policy->limits().manage;
  if (needs.horizon > Duration::zero())
    refuse("policy", policy->kind(), "one that goes by the past: only a replay knows the future");
  if (p.make_scaling || p.policy) refuse("policy", policy->kind(), "one policy of an agent");
  if (manage != decision::Managed::memory && s.cpu.empty())
    refuse("sizing.cpu", "",
           "name the column, or leave CPU alone with the policy's manage: memory");
  if (manage != decision::Managed::cpu && s.memory.empty())
    refuse("sizing.memory", "",
           "name the column, or leave memory alone with the policy's manage: cpu");
  if (s.cpu == s.memory) refuse("sizing.memory", s.memory, "another column than sizing.cpu");
  positive("sizing.cpu_unit", s.cpu_unit);
  positive("sizing.memory_unit", s.memory_unit);
  if (!std::isnan(s.requested.cpu_cores)) positive("sizing.requested_cpu", s.requested.cpu_cores);
  if (!std::isnan(s.requested.memory_bytes))
    positive("sizing.requested_memory", s.requested.memory_bytes);
  if (!(s.instances_quantile > 0 && s.instances_quantile <= 1))
    refuse("sizing.instances_quantile", fmt::format("{}", s.instances_quantile),
           "above 0, at most 1");
  if (s.history < Duration::zero())
    refuse("sizing.history", format_duration(s.history), "0s (as the policy needs) or more");
  const Duration stale = policy->limits().stale;
  if (s.step < Duration::zero() || (s.step > Duration::zero() && s.step > stale))
    refuse("sizing.step", format_duration(s.step),
           fmt::format("0s to {}: what is older is stale to the policy", format_duration(stale)));
  if (needs.spacing > Duration::zero() && s.step > needs.spacing)
    refuse("sizing.step", format_duration(s.step),
           fmt::format("at most {}: samples further apart tell this policy nothing",
                       format_duration(needs.spacing)));
  if (!s.by.empty() && !p.applications.empty())
    refuse("applications", p.applications.front().name, "none: sizing.by names them");
  if (!s.by.empty() && p.actuators.size() > 1)
    refuse("actuators", fmt::format("{}", p.actuators.size()), "one, with sizing.by");
}

}  // namespace learningplane::agent
