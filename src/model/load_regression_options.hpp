#pragma once
#include "learningplane/model/load_regression.hpp"

namespace learningplane::model::detail {

/// @throws ConfigError
void check(const LoadRegressionOptions& options);
/// As a saved model keeps them.
Value to_value(const LoadRegressionOptions& options);

}  // namespace learningplane::model::detail
