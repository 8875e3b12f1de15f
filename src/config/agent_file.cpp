#include "learningplane/config/agent_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "learningplane/config/yaml.hpp"
#include "learningplane/decision/policy_files.hpp"
#include "learningplane/error.hpp"

namespace learningplane::config {

namespace {
/// `policy: {file: PATH}` takes the policy from a file of its own, as `learningplane tune` writes
/// it; the path starts from `base_dir`, and files that it names from that file's folder.
/// @return that file's path; empty: the policy stands in the agent file
std::string put_policy_file(Value& tree, const std::string& agent_file,
                            const std::string& base_dir) {
  const Value* policy = tree.find("policy");
  const Value* file = policy == nullptr ? nullptr : policy->find("file");
  if (file == nullptr) return {};
  const std::string line = fmt::format("{}:{}", agent_file, file->where().line);
  if (!file->is_string())
    throw ConfigError(line, "policy.file", std::string(file->kind()), "the path of a file");
  if (policy->size() != 1)
    throw ConfigError(line, "policy.file", file->as_string(), "no other option beside it");
  std::filesystem::path path = file->as_string();
  if (path.is_relative()) path = base_dir / path;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored) || std::filesystem::is_directory(path, ignored))
    throw ConfigError(line, "policy.file", file->as_string(),
                      std::filesystem::is_directory(path, ignored)
                          ? "it is a folder; name the file of one policy"
                          : "there is no such file; its path starts from the agent file's folder");
  const Value read = load_yaml(path.string());
  const std::string at = fmt::format("{}:{}", path.string(), std::max(read.where().line, 1));
  const std::string wanted = fmt::format(
      "one policy as a mapping {{kind: …}} is expected; {} names this file as its "
      "policy",
      line);
  if (read.is_null()) throw ConfigError(at, "policy", "", "the file is empty: " + wanted);
  if (!read.is_object())
    throw ConfigError(at, "policy", read.is_string() ? read.as_string() : std::string(read.kind()),
                      wanted);
  if (read.find("kind") == nullptr)
    throw ConfigError(at, "policy.kind", "", "it is missing: " + wanted);
  tree.set("policy", decision::with_policy_files(read, path.parent_path().string()));
  return path.string();
}

/// The line of the deepest part of a dotted key that stands in the tree; 1 where none does.
int line_of(const Value& tree, std::string_view key) {
  const Value* at = &tree;
  int line = std::max(tree.where().line, 1);
  while (!key.empty()) {
    const std::string_view part = key.substr(0, key.find('.'));
    at = at->find(part.substr(0, part.find('[')));
    if (at == nullptr) break;
    if (at->where().line > 0) line = at->where().line;
    key.remove_prefix(std::min(key.size(), part.size() + 1));
  }
  return line;
}

/// "line 3: key: …" and "key: …" become "file:3: key: …", with the file that the key stands in.
std::string located(const std::string& message, const Value& tree, const std::string& agent_file,
                    const std::string& policy_file) {
  std::string rest = message;
  std::string line;
  if (message.starts_with("line ")) {
    const std::size_t end = message.find(": ");
    line = message.substr(5, end - 5);
    rest = message.substr(end + 2);
  }
  const std::string key = rest.substr(0, rest.find(": "));
  const bool of_policy =
      key == "policy" || key.starts_with("policy.") || key.starts_with("policy[");
  if (line.empty()) line = fmt::format("{}", line_of(tree, key));
  return fmt::format("{}:{}: {}", of_policy && !policy_file.empty() ? policy_file : agent_file,
                     line, rest);
}
}  // namespace

agent::AgentFile load_agent(const std::string& path, const Registries& registries,
                            const Clock& clock, agent::Purpose purpose, Secrets& secrets) {
  BuildContext context;
  context.clock = &clock;
  context.base_dir = std::filesystem::absolute(path).parent_path().string();
  Value raw = load_yaml(path);
  const std::string policy_file = put_policy_file(raw, path, context.base_dir);
  try {
    return agent::read_agent(expand_secrets(raw, context.base_dir, secrets), registries, context,
                             purpose);
  } catch (const ConfigError& e) {
    throw ConfigError(secrets.redact(located(e.what(), raw, path, policy_file)));
  }
}

}  // namespace learningplane::config
