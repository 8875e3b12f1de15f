#pragma once
#include <string>
#include <string_view>

#include "learningplane/result.hpp"
#include "learningplane/value.hpp"

namespace learningplane::stress::detail {

/// Adds kind, format and a checksum over all else, and writes the JSON text durably.
Result<void> write_file(const Value& content, std::string_view kind, const std::string& path);
/// Reads what write_file() wrote. @return not_found, unavailable, malformed, unsupported
Result<Value> read_file(std::string_view kind, const std::string& path);

}  // namespace learningplane::stress::detail
