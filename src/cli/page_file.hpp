#pragma once
#include <unistd.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>

#include "durable_file.hpp"
#include "learningplane/error.hpp"

namespace learningplane::cli {

/// Whether a page can be written there, told before the work that it reports on and before other
/// files are written; an empty path asks for none. @throws ConfigError
inline void check_page(const std::string& path) {
  if (path.empty()) return;
  namespace fs = std::filesystem;
  const auto refuse = [&](const char* allowed) {
    throw ConfigError("", "--report", path, allowed);
  };
  std::error_code error;
  const fs::path folder = fs::path(path).parent_path();
  const fs::path place = folder.empty() ? fs::path(".") : folder;
  if (!fs::is_directory(place, error)) refuse("a file in a folder that exists");
  if (fs::is_directory(path, error)) refuse("a file; this is a folder");
  if (::access(place.c_str(), W_OK | X_OK) != 0) refuse("a file in a folder that can be written");
}

/// A page that was asked for: it appears whole or not at all. @throws Error
inline void write_page(const std::string& path, std::string_view html) {
  value_or_throw(detail::write_durably(path, html));
}

/// Says where it is, where one was asked for and people read.
inline void say_page(const std::string& path, std::ostream& out) {
  if (!path.empty()) out << "report written to " << path << '\n';
}

}  // namespace learningplane::cli
