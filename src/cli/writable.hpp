#pragma once
#include <unistd.h>

#include <filesystem>
#include <string>

#include "learningplane/error.hpp"

namespace learningplane::cli {

/// Told before the work begins, not when its result is there. @throws ConfigError
inline void must_be_writable(const std::string& key, const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path folder = fs::absolute(path, ignored).parent_path();
  if (fs::is_directory(path, ignored)) throw ConfigError("", key, path, "a file, not a folder");
  if (!fs::is_directory(folder, ignored))
    throw ConfigError("", key, path, "a file in a folder that is there");
  const bool there = fs::exists(path, ignored);
  if (::access(there ? path.c_str() : folder.c_str(), W_OK) != 0)
    throw ConfigError("", key, path, "a file that may be written");
}

}  // namespace learningplane::cli
