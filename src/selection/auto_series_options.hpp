#pragma once
#include "learningplane/selection/auto_series.hpp"

namespace learningplane::selection::detail {

/// @throws ConfigError
void check(const AutoSeriesOptions& options);

}  // namespace learningplane::selection::detail
