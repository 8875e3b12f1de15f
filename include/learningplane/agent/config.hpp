#pragma once
#include <optional>
#include <string>

#include "learningplane/agent/parts.hpp"
#include "learningplane/registries.hpp"
#include "learningplane/value.hpp"

namespace learningplane::agent {

enum class Purpose {
  live,   ///< builds what the file names
  replay  ///< builds no sensor (the caller brings one) and records instead of acting
};

/// What an agent file says: the parts that it names, built, and what surrounds the agent. Journal,
/// executor, logger, observer and worker are for the caller to add.
struct AgentFile {
  AgentParts parts{};
  std::string state{};          ///< folder, absolute or from base_dir
  std::string timezone{};       ///< IANA
  std::string listen{};         ///< host:port of /metrics and /healthz; empty: none
  Value csv = Value::object();  ///< options of the first csv sensor, for a replay
  std::string sensor{};         ///< the name of the first sensor
};

/// Checks the whole tree against the manifests, then builds. @throws ConfigError naming line, key,
/// value and what is allowed.
AgentFile read_agent(const Value& tree, const Registries& registries, const BuildContext& context,
                     Purpose purpose = Purpose::live);

/// JSON Schema (draft 2020-12) of the agent file, from the manifests of everything registered.
Value agent_schema(const Registries& registries);

}  // namespace learningplane::agent
