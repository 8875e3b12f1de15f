#include "agent/sizing_section.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/sections.hpp"
#include "learningplane/error.hpp"

namespace learningplane::agent {

namespace {
std::string where_of(const Value& v) {
  return v.where().line > 0 ? fmt::format("line {}", v.where().line) : std::string();
}
}  // namespace

SizingPolicyFactory sizing_policy(const Registries& registries, const std::string& kind,
                                  const Value& options) {
  const auto& parameters = registries.policies.manifest(kind).parameters;
  const auto has = [&](std::string_view name) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const Parameter& p) { return p.name == name; });
  };
  // Not every policy is built to see what it is; those that size take the limits of sizes.
  if (!has("manage") || !has("memory_bump_ratio")) return {};
  // The mapping is the replay's too, where policies have names.
  Value own = Value::object();
  for (const auto& [name, v] : options.as_object()) {
    if (name != "name") own.set(name, v);
  }
  own.set_where(options.where());
  SizingPolicyFactory make = [all = &registries, kind, own] {
    std::unique_ptr<decision::Policy> made = all->policies.build_at("policy", kind, own);
    auto* sizing = dynamic_cast<decision::SizingPolicy*>(made.get());
    if (sizing == nullptr) throw LogicError(kind + " does not say how large an instance is");
    (void)made.release();
    return std::unique_ptr<decision::SizingPolicy>(sizing);
  };
  // A wrong option is refused now.
  if (make()->needs().horizon > Duration::zero())
    throw ConfigError(where_of(options), "policy.kind", kind,
                      "a policy that goes by the past: only a replay (learningplane size) knows "
                      "the future");
  return make;
}

SizingPlan sizing_plan(const Value& section, const SizingPolicyFactory& policy) {
  SizingPlan p;
  if (section.is_null()) return p;
  if (!policy)
    throw ConfigError(where_of(section), "sizing", "",
                      "leave this section out, or choose a policy that says how large an instance "
                      "is (sizing_window, sizing_histogram …)");
  const Value s = sizing_section().check(section, "sizing");
  const auto duration = [&](std::string_view key) {
    return value_or_throw(parse_duration(s.find(key)->as_string()));
  };
  const auto number = [&](std::string_view key, double& into) {
    if (const Value* v = s.find(key); v->is_number()) into = v->as_double();
  };
  p.by = s.find("by")->as_string();
  p.cpu = s.find("cpu")->as_string();
  p.memory = s.find("memory")->as_string();
  number("cpu_unit", p.cpu_unit);
  number("memory_unit", p.memory_unit);
  number("instances_quantile", p.instances_quantile);
  number("requested_cpu", p.requested.cpu_cores);
  number("requested_memory", p.requested.memory_bytes);
  p.step = duration("step");
  p.history = duration("history");
  p.forget = duration("forget");
  if (s.find("record")->as_string() == "changes") p.record = RecordedDecisions::changes;
  return p;
}

}  // namespace learningplane::agent
