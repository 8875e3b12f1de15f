#include "decision/explanation_parts.hpp"

#include <fmt/format.h>

#include <cmath>

namespace learningplane::decision {

std::string unknowns_said(const Value& details) {
  const Value* list = details.find("unknown");
  if (list == nullptr || !list->is_array() || list->size() == 0) return {};
  std::string out;
  for (const Value& one : list->as_array())
    out += fmt::format("{}{} ({}: {})", out.empty() ? " Not known: " : ", ", one.get("name", ""),
                       one.get("reason", ""), one.get("detail", ""));
  return out + ".";
}

std::string amount(Resource resource, double v) {
  if (!std::isfinite(v)) return "an unknown size";
  return resource == Resource::cpu ? fmt::format("{:.3g} cores", v)
                                   : fmt::format("{:.4g} MiB", v / 1'048'576);
}

}  // namespace learningplane::decision
