// YAML of any bytes: read whole or refused with a place, within the limits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    (void)learningplane::config::parse_yaml(text, "fuzz",
                                            {.bytes = 65536, .depth = 32, .nodes = 10000});
  } catch (const learningplane::ConfigError& e) {
    if (std::string_view(e.what()).substr(0, 4) != "fuzz") std::abort();
  }
  return 0;
}
