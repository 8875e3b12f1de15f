#pragma once
#include <string>

#include "learningplane/agent/config.hpp"
#include "learningplane/config/secrets.hpp"

namespace learningplane::config {

/// An agent file from disk: YAML read, secrets put in, checked and built. Relative paths start at
/// the file's folder. `registries` outlives what is built.
/// @param secrets receives what must not be shown.
/// @throws ConfigError as "file:line: key: 'value'; what is allowed", with secrets blackened
agent::AgentFile load_agent(const std::string& path, const Registries& registries,
                            const Clock& clock, agent::Purpose purpose, Secrets& secrets);

}  // namespace learningplane::config
