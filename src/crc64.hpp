#pragma once
#include <cstdint>
#include <string_view>

namespace learningplane::detail {

/// CRC-64/XZ (ECMA-182, reflected): what the files that we write end with.
std::uint64_t crc64(std::string_view bytes);

}  // namespace learningplane::detail
