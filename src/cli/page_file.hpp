#pragma once
#include <ostream>
#include <string>
#include <string_view>

#include "cli/writable.hpp"
#include "durable_file.hpp"
#include "learningplane/error.hpp"

namespace learningplane::cli {

inline void check_page(const std::string& path) { must_be_writable("--report", path); }

/// A page that was asked for: it appears whole or not at all. @throws Error
inline void write_page(const std::string& path, std::string_view html) {
  value_or_throw(detail::write_durably(path, html));
}

/// Says where it is, where one was asked for and people read.
inline void say_page(const std::string& path, std::ostream& out) {
  if (!path.empty()) out << "report written to " << path << '\n';
}

}  // namespace learningplane::cli
