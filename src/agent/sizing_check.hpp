#pragma once
#include "learningplane/agent/parts.hpp"

namespace learningplane::agent {

/// @throws ConfigError where the parts of an agent that sizes do not fit together
void check_sizing(const AgentParts& parts);

}  // namespace learningplane::agent
