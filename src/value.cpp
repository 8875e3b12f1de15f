#include "learningplane/value.hpp"

#include <fmt/format.h>

#include "learningplane/error.hpp"

namespace learningplane {

namespace {
[[noreturn]] void wrong_kind(const Value& v, std::string_view wanted) {
  const std::string where = v.where().line > 0 ? fmt::format("line {}", v.where().line) : "";
  throw ConfigError(where, "value", v.is_string() ? v.as_string() : std::string(v.kind()),
                    fmt::format("a {} is expected", wanted));
}
}  // namespace

std::string_view Value::kind() const {
  static constexpr std::string_view names[] = {"null",   "boolean", "integer", "number",
                                               "string", "list",    "mapping"};
  return names[data_.index()];
}

bool Value::as_bool() const {
  if (!is_bool()) wrong_kind(*this, "boolean");
  return std::get<bool>(data_);
}
std::int64_t Value::as_int() const {
  if (!is_int()) wrong_kind(*this, "integer");
  return std::get<std::int64_t>(data_);
}
double Value::as_double() const {
  if (is_int()) return static_cast<double>(std::get<std::int64_t>(data_));
  if (!is_double()) wrong_kind(*this, "number");
  return std::get<double>(data_);
}
const std::string& Value::as_string() const {
  if (!is_string()) wrong_kind(*this, "string");
  return std::get<std::string>(data_);
}
const Value::Array& Value::as_array() const {
  if (!is_array()) wrong_kind(*this, "list");
  return std::get<Array>(data_);
}
const Value::Object& Value::as_object() const {
  if (!is_object()) wrong_kind(*this, "mapping");
  return std::get<Object>(data_);
}

const Value* Value::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const auto& [name, value] : std::get<Object>(data_)) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string Value::get(std::string_view key, const char* fallback) const {
  const Value* v = find(key);
  return v == nullptr || v->is_null() ? fallback : v->as_string();
}
double Value::get(std::string_view key, double fallback) const {
  const Value* v = find(key);
  return v == nullptr || v->is_null() ? fallback : v->as_double();
}
std::int64_t Value::get(std::string_view key, std::int64_t fallback) const {
  const Value* v = find(key);
  return v == nullptr || v->is_null() ? fallback : v->as_int();
}
bool Value::get(std::string_view key, bool fallback) const {
  const Value* v = find(key);
  return v == nullptr || v->is_null() ? fallback : v->as_bool();
}

Value& Value::set(std::string_view key, Value v) {
  if (is_null()) data_ = Object{};
  if (!is_object()) wrong_kind(*this, "mapping");
  for (auto& [name, value] : std::get<Object>(data_)) {
    if (name == key) {
      value = std::move(v);
      return *this;
    }
  }
  std::get<Object>(data_).emplace_back(std::string(key), std::move(v));
  return *this;
}

Value& Value::push(Value v) {
  if (is_null()) data_ = Array{};
  if (!is_array()) wrong_kind(*this, "list");
  std::get<Array>(data_).push_back(std::move(v));
  return *this;
}

std::size_t Value::size() const {
  if (is_array()) return std::get<Array>(data_).size();
  if (is_object()) return std::get<Object>(data_).size();
  return 0;
}

}  // namespace learningplane
