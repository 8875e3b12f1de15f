#pragma once
#include <string>

#include "learningplane/agent/parts.hpp"
#include "learningplane/registries.hpp"

namespace learningplane::agent {

/// Makes policies of the agent file's section `policy`, where that is one of sizes; empty where it
/// is another. `registries` outlives what is returned. @throws ConfigError
SizingPolicyFactory sizing_policy(const Registries& registries, const std::string& kind,
                                  const Value& options);
/// The section `sizing` of an agent file, which has a policy of sizes or (nullptr) not.
/// @throws ConfigError
SizingPlan sizing_plan(const Value& section, const SizingPolicyFactory& policy);

}  // namespace learningplane::agent
