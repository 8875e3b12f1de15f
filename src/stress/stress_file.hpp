#pragma once
#include <string>
#include <string_view>

#include "learningplane/error.hpp"
#include "learningplane/result.hpp"
#include "learningplane/value.hpp"

namespace learningplane::stress::detail {

/// Adds kind, format and a checksum over all else, and writes the JSON text durably.
Result<void> write_file(const Value& content, std::string_view kind, const std::string& path);
/// Reads what write_file() wrote. @return not_found, unavailable, malformed, unsupported
Result<Value> read_file(std::string_view kind, const std::string& path);
/// The same as what `parse` makes of it; what it throws is told as malformed.
template <class Parse>
auto read_file_as(std::string_view kind, const std::string& path, Parse parse)
    -> Result<decltype(parse(Value()))> {
  const auto value = read_file(kind, path);
  if (!value) return tl::unexpected(value.error());
  try {
    return parse(*value);
  } catch (const Error& e) {
    return fail(Errc::malformed, path + ": " + e.failure().message);
  }
}

}  // namespace learningplane::stress::detail
