#pragma once
#include <unistd.h>

#include <filesystem>
#include <string>

#include "learningplane/error.hpp"

namespace learningplane::cli {

/// Told before the work begins and before other files are written, not when the result is there.
/// An empty path asks for none. @throws ConfigError
inline void must_be_writable(const std::string& key, const std::string& path) {
  if (path.empty()) return;
  namespace fs = std::filesystem;
  const auto refuse = [&](const char* allowed) { throw ConfigError("", key, path, allowed); };
  std::error_code error;
  const fs::path parent = fs::path(path).parent_path();
  const fs::path folder = parent.empty() ? fs::path(".") : parent;
  if (!fs::is_directory(folder, error)) refuse("a file in a folder that exists");
  if (fs::is_directory(path, error)) refuse("a file; this is a folder");
  // Files are written beside and then put in place.
  if (::access(folder.c_str(), W_OK | X_OK) != 0) refuse("a file in a folder that can be written");
}

}  // namespace learningplane::cli
