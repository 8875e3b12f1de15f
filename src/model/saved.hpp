#pragma once
// Reading what a model has saved: everything may be absent or of another kind.
#include <string>

#include "learningplane/error.hpp"
#include "learningplane/value.hpp"

namespace learningplane::model::detail {

/// @throws FormatError where the attribute is absent
inline const Value& member(const Value& value, const char* key) {
  const Value* found = value.find(key);
  if (found == nullptr) throw FormatError(std::string("the model lacks '") + key + "'");
  return *found;
}

/// @throws FormatError where the attribute is absent or below zero
inline std::size_t count(const Value& value, const char* key) {
  const std::int64_t n = member(value, key).as_int();
  if (n < 0) throw FormatError(std::string("'") + key + "' is negative");
  return static_cast<std::size_t>(n);
}

}  // namespace learningplane::model::detail
