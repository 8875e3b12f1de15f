#include "learningplane/config/agent_file.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "learningplane/config/yaml.hpp"
#include "learningplane/decision/policy_files.hpp"
#include "learningplane/error.hpp"

namespace learningplane::config {

namespace {
/// `policy: {file: PATH}` takes the policy from a file of its own, as `learningplane tune` writes
/// it; the path starts from `base_dir`, and files that it names from that file's folder.
Value with_policy_file(Value tree, const std::string& base_dir) {
  const Value* policy = tree.find("policy");
  const Value* file = policy == nullptr ? nullptr : policy->find("file");
  if (file == nullptr || !file->is_string()) return tree;
  if (policy->size() != 1)
    throw ConfigError(fmt::format("line {}", file->where().line), "policy.file", file->as_string(),
                      "no other option beside it");
  std::filesystem::path path = file->as_string();
  if (path.is_relative()) path = base_dir / path;
  tree.set("policy",
           decision::with_policy_files(load_yaml(path.string()), path.parent_path().string()));
  return tree;
}
}  // namespace

agent::AgentFile load_agent(const std::string& path, const Registries& registries,
                            const Clock& clock, agent::Purpose purpose, Secrets& secrets) {
  BuildContext context;
  context.clock = &clock;
  context.base_dir = std::filesystem::absolute(path).parent_path().string();
  Value raw = load_yaml(path);
  try {
    raw = with_policy_file(std::move(raw), context.base_dir);
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
