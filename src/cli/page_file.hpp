#pragma once
#include <string>
#include <string_view>

#include "durable_file.hpp"
#include "learningplane/error.hpp"

namespace learningplane::cli {

/// A page that was asked for: it appears whole or not at all. @throws Error
inline void write_page(const std::string& path, std::string_view html) {
  value_or_throw(detail::write_durably(path, html));
}

}  // namespace learningplane::cli
