#pragma once
#include <string>

#include "learningplane/value.hpp"

namespace learningplane::detail {

/// What stands as `checksum` in the JSON files that we write: of everything but itself, as 16
/// digits.
std::string json_checksum(const Value& file);

}  // namespace learningplane::detail
