// A model file of any bytes: loaded whole or refused with the source named. The checksum is put
// right first where the input asks for it, so that the parser behind it is reached.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "learningplane/model/model_file.hpp"
#include "learningplane/registries.hpp"

namespace {

std::string with_checksum(std::string bytes) {
  std::uint64_t crc = ~std::uint64_t{0};
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xC96C5795D7870F42ULL : 0);
  }
  for (unsigned i = 0; i < 8; ++i) bytes.push_back(static_cast<char>((~crc >> (8 * i)) & 0xFFU));
  return bytes;
}

const learningplane::Registries& registries() {
  static learningplane::Registries all;
  static const bool filled = (learningplane::register_core(all), true);
  (void)filled;
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const learningplane::model::ModelFileLimits limits{
      .bytes = 1U << 20U, .header_bytes = 1U << 16U, .tensors = 64};
  for (const std::string& file :
       {bytes, with_checksum(bytes.size() > 8 ? bytes.substr(0, bytes.size() - 8) : bytes)}) {
    const auto loaded =
        learningplane::model::decode_model(file, registries().forecasters, "fuzz", limits);
    if (!loaded && loaded.error().describe().find("fuzz") == std::string::npos) std::abort();
  }
  return 0;
}
