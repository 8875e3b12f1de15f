#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace learningplane {

/// Where a value stood in the text it was read from; line 0 where it came from no text.
struct SourceLocation {
  int line = 0;
  int column = 0;
};

/// A small JSON-like tree: what YAML, JSON and Python options become before they are checked
/// against a manifest. Objects keep the order of their keys. Accessors throw ConfigError with line
/// and kind where the kind is another.
class Value {
 public:
  using Array = std::vector<Value>;
  using Member = std::pair<std::string, Value>;
  using Object = std::vector<Member>;

  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool b) : data_(b) {}
  Value(int i) : data_(std::int64_t{i}) {}
  Value(std::int64_t i) : data_(i) {}
  Value(std::size_t i) : data_(static_cast<std::int64_t>(i)) {}
  Value(double d) : data_(d) {}
  Value(const char* s) : data_(std::string(s)) {}
  Value(std::string_view s) : data_(std::string(s)) {}
  Value(std::string s) : data_(std::move(s)) {}
  Value(Array a) : data_(std::move(a)) {}
  Value(Object o) : data_(std::move(o)) {}
  /// An empty object or array, to be filled.
  static Value object() { return Value(Object{}); }
  static Value array() { return Value(Array{}); }

  bool is_null() const { return data_.index() == 0; }
  bool is_bool() const { return data_.index() == 1; }
  bool is_int() const { return data_.index() == 2; }
  bool is_double() const { return data_.index() == 3; }
  bool is_number() const { return is_int() || is_double(); }
  bool is_string() const { return data_.index() == 4; }
  bool is_array() const { return data_.index() == 5; }
  bool is_object() const { return data_.index() == 6; }
  /// "null", "boolean", "integer", "number", "string", "list" or "mapping".
  std::string_view kind() const;

  bool as_bool() const;
  std::int64_t as_int() const;
  double as_double() const;  ///< an integer is a number too
  const std::string& as_string() const;
  const Array& as_array() const;
  const Object& as_object() const;

  /// The member, or nullptr where absent or where this is no object.
  const Value* find(std::string_view key) const;
  /// The member, or fallback converted from the same type.
  std::string get(std::string_view key, const char* fallback) const;
  double get(std::string_view key, double fallback) const;
  std::int64_t get(std::string_view key, std::int64_t fallback) const;
  bool get(std::string_view key, bool fallback) const;
  /// Sets or replaces a member (null becomes an object first); returns *this, so that calls chain.
  Value& set(std::string_view key, Value v);
  /// Appends an element (null becomes a list first).
  Value& push(Value v);
  std::size_t size() const;

  SourceLocation where() const { return where_; }
  void set_where(SourceLocation w) { where_ = w; }

  /// Equal content; where it stood does not matter.
  friend bool operator==(const Value& a, const Value& b) { return a.data_ == b.data_; }

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
  SourceLocation where_;
};

}  // namespace learningplane
