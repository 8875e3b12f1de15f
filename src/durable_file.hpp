#pragma once
#include <string>
#include <string_view>

#include "learningplane/result.hpp"

namespace learningplane::detail {

/// Writes a file that appears whole or not at all and is on disk when this returns: beside it,
/// synced, renamed, the folder synced. @return unavailable
Result<void> write_durably(const std::string& path, std::string_view bytes);
/// Makes a rename in this folder durable. @return unavailable
Result<void> sync_folder(const std::string& path);
/// A whole file of at most `limit` bytes. @return not_found, unavailable, too_large
Result<std::string> read_whole(const std::string& path, std::size_t limit);

}  // namespace learningplane::detail
