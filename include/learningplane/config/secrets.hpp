#pragma once
#include <string>
#include <vector>

#include "learningplane/value.hpp"

namespace learningplane::config {

/// Texts that must not be shown. Thread safe where const.
class Secrets {
 public:
  void add(std::string secret);
  /// The text with every secret in it replaced by "***".
  std::string redact(std::string text) const;
  bool empty() const { return secrets_.empty(); }

 private:
  std::vector<std::string> secrets_;
};

/// The tree with `${env:NAME}` and `${file:PATH}` in its strings replaced by the variable and by
/// the file's content without its last line break; `$${` stands for a literal `${`. Other `${…}`
/// stay. What was put in is added to `secrets`, so that messages can be redacted.
/// @param base_dir relative paths start here.
/// @throws ConfigError naming line, key and what is missing, never a content.
Value expand_secrets(const Value& tree, const std::string& base_dir, Secrets& secrets);

}  // namespace learningplane::config
