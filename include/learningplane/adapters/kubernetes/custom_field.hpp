#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/value.hpp"

namespace learningplane::adapters::kubernetes {

/// The place of one field of an object, as a JSON path of keys:
/// "spec.pravega.segmentStoreReplicas",
/// "$.spec['odd.key'].count". Elements of lists cannot be named: a merge patch replaces a list
/// whole.
class FieldPath {
 public:
  FieldPath() = default;
  /// @throws ConfigError naming what is wrong: empty keys, lists, wildcards, no "spec" in front
  static FieldPath parse(std::string_view text);

  bool empty() const { return keys_.empty(); }
  const std::vector<std::string>& keys() const { return keys_; }
  /// {"spec": {"pravega": {"segmentStoreReplicas": value}}}
  Value with(Value value) const;
  /// The field in an object, or nullptr.
  const Value* in(const Value& object) const;
  /// As it was written.
  const std::string& text() const { return text_; }

 private:
  std::vector<std::string> keys_{};
  std::string text_{};
};

}  // namespace learningplane::adapters::kubernetes
