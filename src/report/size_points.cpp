#include "report/size_points.hpp"

#include <cmath>
#include <limits>

#include "decision/explanation_parts.hpp"
#include "learningplane/decision/sizing_explanation.hpp"

namespace learningplane::report {

namespace {

using decision::Resource;

double number(const Value& v, std::string_view key) {
  const Value* found = v.find(key);
  return found != nullptr && found->is_number() ? found->as_double()
                                                : std::numeric_limits<double>::quiet_NaN();
}

ResourcePoint resource_point(const Value& v) {
  return {number(v, "usage"), number(v, "current"), number(v, "wish"), number(v, "value")};
}

Value to_value(const ResourcePoint& r) {
  return Value::object()
      .set("usage", r.usage)
      .set("current", r.current)
      .set("wish", r.wish)
      .set("value", r.value);
}

}  // namespace

std::optional<SizePoint> size_point(const decision::Decision& d, TimePoint at) {
  if (!decision::is_sizing(d)) return {};
  SizePoint out{.at = at};
  out.cpu = resource_point(*d.details.find("cpu"));
  out.memory = resource_point(*d.details.find("memory"));
  const Value* kills = d.details.find("out_of_memory");
  if (kills != nullptr && kills->is_array()) out.kills = kills->size();
  return out;
}

std::string size_text(const SizePoint& p) {
  return decision::amount(Resource::cpu, p.cpu.current) + ", " +
         decision::amount(Resource::memory, p.memory.current);
}

std::pair<std::string, std::string> change_text(const SizePoint& p) {
  std::pair<std::string, std::string> out;
  for (const auto& [resource, r] :
       {std::pair(Resource::cpu, &p.cpu), std::pair(Resource::memory, &p.memory)}) {
    if (!std::isfinite(r->value) || r->value == r->current) continue;
    const char* const comma = out.first.empty() ? "" : ", ";
    out.first += comma + decision::amount(resource, r->current);
    out.second += comma + decision::amount(resource, r->value);
  }
  return out;
}

Value to_value(const SizePoint& p) {
  return Value::object()
      .set("at", to_iso8601(p.at))
      .set("in_effect", p.in_effect)
      .set("kills", p.kills)
      .set("cpu", to_value(p.cpu))
      .set("memory", to_value(p.memory));
}

}  // namespace learningplane::report
