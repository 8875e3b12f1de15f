#include "learningplane/json.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace learningplane {

namespace {

using Json = nlohmann::ordered_json;

/// Builds Values while the text is read, so that depth and double keys are refused at the place
/// where they stand.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(int depth) : limit_(depth) {}
  Value take() { return std::move(root_); }
  const std::string& error() const { return error_; }
  Errc code() const { return code_; }

  bool null() override { return put(Value{}); }
  bool boolean(bool b) override { return put(Value{b}); }
  bool number_integer(number_integer_t i) override {
    return put(Value{static_cast<std::int64_t>(i)});
  }
  bool number_unsigned(number_unsigned_t u) override {
    // Beyond 63 bits it is a number, not an integer.
    if (u > static_cast<number_unsigned_t>(INT64_MAX)) return put(Value{static_cast<double>(u)});
    return put(Value{static_cast<std::int64_t>(u)});
  }
  bool number_float(number_float_t d, const string_t& text) override {
    if (!std::isfinite(d))
      return refuse(Errc::malformed,
                    fmt::format("the number {} is out of range", text.substr(0, 32)));
    return put(Value{d});
  }
  bool string(string_t& s) override { return put(Value{std::move(s)}); }
  bool binary(binary_t&) override { return refuse(Errc::malformed, "binary data"); }
  bool start_object(std::size_t) override { return open(Value::object()); }
  bool start_array(std::size_t) override { return open(Value::array()); }
  bool key(string_t& k) override {
    if (open_.back().find(k) != nullptr)
      return refuse(Errc::malformed, fmt::format("the key '{}' stands twice", k.substr(0, 64)));
    keys_.back() = std::move(k);
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& e) override {
    const bool range = e.id == 406;
    return refuse(Errc::malformed,
                  fmt::format("{} at byte {}",
                              range ? "a number is out of range" : "a syntax error", position));
  }

 private:
  bool refuse(Errc code, std::string why) {
    code_ = code;
    error_ = std::move(why);
    return false;
  }
  bool open(Value v) {
    if (static_cast<int>(open_.size()) >= limit_)
      return refuse(Errc::too_large, fmt::format("it is nested deeper than {} levels", limit_));
    open_.push_back(std::move(v));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    Value v = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return put(std::move(v));
  }
  bool put(Value v) {
    if (open_.empty()) {
      root_ = std::move(v);
    } else if (open_.back().is_array()) {
      open_.back().push(std::move(v));
    } else {
      open_.back().set(keys_.back(), std::move(v));
    }
    return true;
  }

  int limit_;
  Value root_;
  std::vector<Value> open_;
  std::vector<std::string> keys_;
  std::string error_;
  Errc code_ = Errc::malformed;
};

Json to_json(const Value& v) {
  if (v.is_bool()) return v.as_bool();
  if (v.is_int()) return v.as_int();
  if (v.is_double()) return std::isfinite(v.as_double()) ? Json(v.as_double()) : Json(nullptr);
  if (v.is_string()) return v.as_string();
  if (v.is_array()) {
    Json out = Json::array();
    for (const Value& e : v.as_array()) out.push_back(to_json(e));
    return out;
  }
  if (v.is_object()) {
    Json out = Json::object();
    for (const auto& [key, e] : v.as_object()) out[key] = to_json(e);
    return out;
  }
  return nullptr;
}

}  // namespace

Result<Value> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.bytes) {
    return fail(Errc::too_large, fmt::format("the JSON text has {} bytes, at most {} are read",
                                             text.size(), limits.bytes));
  }
  // The reader would stop at a NUL and call what follows it absent.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return fail(Errc::malformed, fmt::format("JSON: a NUL byte at byte {}", nul));
  }
  Builder builder(limits.depth);
  if (!Json::sax_parse(text.begin(), text.end(), &builder, Json::input_format_t::json, true)) {
    return fail(builder.code(), "JSON: " + builder.error());
  }
  return builder.take();
}

std::string dump_json(const Value& value, JsonStyle style) {
  return to_json(value).dump(style == JsonStyle::pretty ? 2 : -1, ' ', false,
                             Json::error_handler_t::replace);
}

}  // namespace learningplane
