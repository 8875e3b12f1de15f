#pragma once
#include <vector>

#include "learningplane/model/season.hpp"

namespace learningplane::model::detail {

/// The parameter "seasons" of a manifest: a day and a week where nothing is said.
Parameter seasons_parameter();
/// A list of seasons, or one. @throws ConfigError
std::vector<Season> seasons_from(const Value& value);
Value seasons_value(const std::vector<Season>& seasons);
/// In steps, shortest first, those of one step left out. @return invalid_argument
Result<std::vector<std::size_t>> in_steps(const std::vector<Season>& seasons, std::int64_t step_ns);

}  // namespace learningplane::model::detail
