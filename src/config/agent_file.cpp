#include "learningplane/config/agent_file.hpp"

#include <filesystem>

#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"

namespace learningplane::config {

agent::AgentFile load_agent(const std::string& path, const Registries& registries,
                            const Clock& clock, agent::Purpose purpose, Secrets& secrets) {
  const Value raw = load_yaml(path);
  BuildContext context;
  context.clock = &clock;
  context.base_dir = std::filesystem::absolute(path).parent_path().string();
  try {
    return agent::read_agent(expand_secrets(raw, context.base_dir, secrets), registries, context,
                             purpose);
  } catch (const ConfigError& e) {
    // "line 3: key…" becomes "file:3: key…".
    std::string message = secrets.redact(e.what());
    message = message.starts_with("line ") ? path + ":" + message.substr(5) : path + ": " + message;
    throw ConfigError(message);
  }
}

}  // namespace learningplane::config
