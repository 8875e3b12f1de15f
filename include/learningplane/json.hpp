#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "learningplane/result.hpp"
#include "learningplane/value.hpp"

namespace learningplane {

/// What a JSON text may be at most; beyond it the text is refused whole.
struct JsonLimits {
  std::size_t bytes = 64U << 20U;
  int depth = 64;
};

enum class JsonStyle { compact, pretty };

/// Reads one JSON text. Refused, with the byte offset: anything after the value (a NUL too), a key
/// that stands twice, numbers out of range, texts over the limits.
Result<Value> parse_json(std::string_view text, JsonLimits limits = {});

/// Writes JSON. A double that is NaN or infinite, which JSON cannot hold, is written as null;
/// invalid UTF-8 is replaced.
std::string dump_json(const Value& value, JsonStyle style = JsonStyle::compact);

}  // namespace learningplane
