#pragma once
#include "learningplane/actuator/workload_size.hpp"
#include "learningplane/value.hpp"

namespace learningplane::actuator::detail {

/// Null where it is not finite: not known.
Value known_number(double value);
/// {"cpu_cores", "memory_bytes"}
Value size_value(const decision::Size& size);
/// {"name", "mode", "target", "lower", "upper"}
Value recommendation_value(const SizeRecommendation& recommendation);

}  // namespace learningplane::actuator::detail
