#include "crc64.hpp"

#include <array>

namespace learningplane::detail {

std::uint64_t crc64(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint64_t, 256> out{};
    for (std::uint64_t i = 0; i < 256; ++i) {
      std::uint64_t crc = i;
      for (int bit = 0; bit < 8; ++bit)
        crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xC96C5795D7870F42ULL : 0);
      out[i] = crc;
    }
    return out;
  }();
  std::uint64_t crc = ~std::uint64_t{0};
  for (const char c : bytes)
    crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
  return ~crc;
}

}  // namespace learningplane::detail
