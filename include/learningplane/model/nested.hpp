#pragma once
#include <memory>
#include <string_view>

#include "learningplane/model/model.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

/// Builds a model that stands inside another one's options.
/// @param spec its name, or a mapping {kind: NAME, option: value, …}
/// @param target column that it forecasts where the mapping names none
/// @param key where it stands in the options, for messages
/// @throws ConfigError naming the key
std::unique_ptr<Forecaster> build_nested(const Registry<Forecaster>& all, const Value& spec,
                                         std::string_view target, std::string_view key);
/// The options that build_nested() builds from: defaults filled in, the kind under "kind".
/// @throws ConfigError naming the key
Value nested_spec(const Registry<Forecaster>& all, const Value& spec, std::string_view target,
                  std::string_view key);

}  // namespace learningplane::model
