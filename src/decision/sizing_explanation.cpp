#include "learningplane/decision/sizing_explanation.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "decision/explanation_parts.hpp"

namespace learningplane::decision {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

const std::map<std::string_view, std::string_view>& phrases() {
  static const std::map<std::string_view, std::string_view> all{
      {"target", "the target percentile of what was used, with its margin, asks for it"},
      {"within_bounds", "it lies between the recommender's bounds"},
      {"warming_up", "too little of its usage has been seen yet"},
      {"window", "the sliding window of its usage asks for it"},
      {"between_windows", "it is asked for anew only once a window"},
      {"forecast", "the highest usage that is forecast asks for it"},
      {"capped", "the highest usage that is forecast is above the cap"},
      {"last_window", "too little was seen for a forecast, and the last window asks for it"},
      {"phase", "the phase that comes next asks for it"},
      {"phase_unknown", "the phase that it is in is not known"},
      {"request", "that was asked for"},
      {"no_request", "nobody has said what is asked for"},
      {"oracle", "the coming window asks for it"},
      {"no_future", "nothing is known of the coming window"},
      {"at_limit", "its usage has reached the limit (bump)"},
      {"out_of_memory", "an instance was killed for want of memory (bump)"},
      {"in_use", "so much is in use, and less would kill it"},
      {"minimum", "the minimum does not allow less"},
      {"maximum", "the maximum does not allow more"},
      {"small_change", "the change would be too small to be worth it"},
      {"cooldown", "the last change is too short a time ago (cool-down)"},
      {"not_managed", "the policy leaves it alone"},
      {"unknown_data", "what it uses is not known, and then nothing is changed"}};
  return all;
}

double number(const Value& v, std::string_view key) {
  const Value* found = v.find(key);
  return found != nullptr && found->is_number() ? found->as_double() : unknown;
}

std::string resource_said(Resource resource, const Value& r) {
  const double from = number(r, "current"), to = number(r, "value"), wish = number(r, "wish");
  const std::string name = resource == Resource::cpu ? "CPU" : "Memory", rule = r.get("rule", "");
  const auto said = [&](double v) { return amount(resource, v); };
  const bool acts = std::isfinite(to) && to != from;
  std::string out = acts ? fmt::format("{} goes from {} to {}", name, said(from), said(to))
                         : fmt::format("{} stays at {}", name, said(from));
  const auto found = phrases().find(rule);
  out += found == phrases().end() ? fmt::format(" by the rule {}", rule)
                                  : fmt::format(" because {} [{}]", found->second, rule);
  std::string figures;
  const auto add = [&](const std::string& text) {
    figures += (figures.empty() ? ": " : ", ") + text;
  };
  if (const double v = number(r, "usage"); std::isfinite(v)) add(said(v) + " were in use");
  if (std::isfinite(wish)) add(said(wish) + " were wished for");
  const double lower = number(r, "lower"), upper = number(r, "upper");
  if (std::isfinite(lower) && std::isfinite(upper))
    add(fmt::format("anything from {} to {} would be left", said(lower), said(upper)));
  return out + figures + ".";
}

std::string size_said(const Value& v) {
  return amount(Resource::cpu, number(v, "cpu_cores")) + " and " +
         amount(Resource::memory, number(v, "memory_bytes"));
}

std::string kills_said(const Value& details) {
  const Value* list = details.find("out_of_memory");
  if (list == nullptr || !list->is_array() || list->size() == 0) return {};
  const Value& last = list->as_array().back();
  return fmt::format(" Killed for want of memory since the last decision: {}, last at {} with {}.",
                     list->size(), last.get("at", ""),
                     amount(Resource::memory, number(last, "memory_bytes")));
}

std::string others_said(const Value& details) {
  std::string out;
  if (const Value* v = details.find("changed_by_others"); v != nullptr && v->is_object())
    out += fmt::format(" Somebody else had changed {} to {}.", size_said(*v->find("from")),
                       size_said(*v->find("to")));
  const Value* r = details.find("recommendation");
  if (r != nullptr && r->is_object() && r->find("target") != nullptr)
    out += fmt::format(" {} (mode {}) recommends {}.", r->get("name", ""), r->get("mode", ""),
                       size_said(*r->find("target")));
  return out;
}

const Value* part(const Decision& d, std::string_view resource) {
  const Value* v = d.details.is_object() ? d.details.find(resource) : nullptr;
  return v != nullptr && v->is_object() && v->find("wish") != nullptr ? v : nullptr;
}

}  // namespace

bool is_sizing(const Decision& d) {
  return part(d, "cpu") != nullptr && part(d, "memory") != nullptr;
}

std::string explain_sizing(const Decision& d) {
  return resource_said(Resource::cpu, *part(d, "cpu")) + " " +
         resource_said(Resource::memory, *part(d, "memory")) + kills_said(d.details) +
         others_said(d.details) + unknowns_said(d.details);
}

std::string explain(const SizingDecision& decision, const SizingPolicy& policy) {
  return explain_sizing(to_decision(decision, policy));
}

}  // namespace learningplane::decision
