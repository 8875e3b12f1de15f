#pragma once
#include <string>

#include "learningplane/agent/parts.hpp"
#include "learningplane/registries.hpp"

namespace learningplane::cli {

/// Under which name a site's model stands in a store: "site-" and the site, in which whatever is no
/// letter, digit, '.' or '-' is written as "_" and two hexadecimal digits.
std::string store_name(const std::string& site);

/// Lets the agent publish its models as versions in the store `folder`/models, of which the last
/// ones stay, and take them from there after a restart. `registries` outlives the agent.
void keep_models(agent::AgentParts& parts, const std::string& folder, const Registries& registries);

}  // namespace learningplane::cli
