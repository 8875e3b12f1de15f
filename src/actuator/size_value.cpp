#include "actuator/size_value.hpp"

#include <cmath>

namespace learningplane::actuator::detail {

Value known_number(double v) { return std::isfinite(v) ? Value(v) : Value(); }

Value size_value(const decision::Size& s) {
  return Value::object()
      .set("cpu_cores", known_number(s.cpu_cores))
      .set("memory_bytes", known_number(s.memory_bytes));
}

Value recommendation_value(const SizeRecommendation& r) {
  return Value::object()
      .set("name", r.name)
      .set("mode", r.mode)
      .set("target", size_value(r.target))
      .set("lower", size_value(r.lower))
      .set("upper", size_value(r.upper));
}

}  // namespace learningplane::actuator::detail
