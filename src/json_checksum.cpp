#include "json_checksum.hpp"

#include <fmt/format.h>

#include "crc64.hpp"
#include "learningplane/json.hpp"

namespace learningplane::detail {

std::string json_checksum(const Value& file) {
  Value bare = Value::object();
  for (const auto& [key, value] : file.as_object()) {
    if (key != "checksum") bare.set(key, value);
  }
  return fmt::format("{:016x}", crc64(dump_json(bare)));
}

}  // namespace learningplane::detail
