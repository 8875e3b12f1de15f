#include "learningplane/adapters/kubernetes/custom_field.hpp"

#include "learningplane/error.hpp"

namespace learningplane::adapters::kubernetes {

namespace {
[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw ConfigError("", "field", text, why);
}
}  // namespace

FieldPath FieldPath::parse(std::string_view text) {
  FieldPath out;
  out.text_ = std::string(text);
  std::string_view rest = text;
  if (rest.starts_with('$')) rest.remove_prefix(1);
  if (rest.starts_with('.')) rest.remove_prefix(1);
  bool key_expected = true;
  while (!rest.empty()) {
    if (rest.front() == '[') {
      if (rest.size() < 2 || (rest[1] != '\'' && rest[1] != '"'))
        refuse(text, "keys alone make the path: an element of a list cannot be named");
      const auto end = rest.find(rest[1], 2);
      if (end == std::string_view::npos || end == 2 || end + 1 >= rest.size() ||
          rest[end + 1] != ']')
        refuse(text, "['key'] is not closed or empty");
      out.keys_.emplace_back(rest.substr(2, end - 2));
      rest.remove_prefix(end + 2);
    } else {
      const auto end = std::min(rest.find_first_of(".["), rest.size());
      const std::string_view key = rest.substr(0, end);
      if (!key_expected || key.empty()) refuse(text, "a key is empty or stands without a '.'");
      if (key.find_first_of("*?@'\"()]/ ") != std::string_view::npos)
        refuse(text, "a plain path of keys is expected, like spec.replicas");
      out.keys_.emplace_back(key);
      rest.remove_prefix(end);
    }
    key_expected = rest.starts_with('.');
    if (key_expected) {
      rest.remove_prefix(1);
      if (rest.empty()) refuse(text, "it ends in '.'");
    } else if (!rest.empty() && rest.front() != '[') {
      refuse(text, "a '.' is missing after ]");
    }
  }
  // Metadata and status are not ours to write.
  if (out.keys_.size() < 2 || out.keys_.front() != "spec")
    refuse(text, "a field under spec is expected, like spec.pravega.segmentStoreReplicas");
  if (out.keys_.size() > 32) refuse(text, "at most 32 keys");
  return out;
}

Value FieldPath::with(Value value) const {
  for (auto key = keys_.rbegin(); key != keys_.rend(); ++key)
    value = Value::object().set(*key, std::move(value));
  return value;
}

const Value* FieldPath::in(const Value& object) const {
  const Value* at = &object;
  for (const std::string& key : keys_) at = at == nullptr ? nullptr : at->find(key);
  return at;
}

}  // namespace learningplane::adapters::kubernetes
