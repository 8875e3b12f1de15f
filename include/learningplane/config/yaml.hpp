#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "learningplane/value.hpp"

namespace learningplane::config {

/// What a YAML text may be at most; beyond it the text is refused whole.
struct YamlLimits {
  std::size_t bytes = 4U << 20U;
  std::size_t depth = 64;
  std::size_t nodes = 200'000;  ///< after aliases are followed, so that no alias bomb unfolds
};

/// Reads one YAML document. Plain scalars are typed as the core schema of YAML 1.2 says (`no` and
/// `on` are strings, `010` is ten); quoted ones are strings. Every value keeps its line and column.
/// Refused: a key that stands twice, keys that are no scalars, other tags than !!str, several
/// documents, integers beyond 64 bits, NUL bytes, invalid UTF-8, texts over the limits.
/// @param file the name for messages. @throws ConfigError that starts with "file:line:column".
Value parse_yaml(std::string_view text, std::string_view file, YamlLimits limits = {});

/// parse_yaml() of a file's content. @throws ConfigError also where the file cannot be read
Value load_yaml(const std::string& path, YamlLimits limits = {});

}  // namespace learningplane::config
