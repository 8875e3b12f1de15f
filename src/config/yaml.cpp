#include "learningplane/config/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

#include "learningplane/error.hpp"

namespace learningplane::config {

namespace {

bool one_of(std::string_view text, std::initializer_list<std::string_view> names) {
  for (std::string_view n : names) {
    if (text == n) return true;
  }
  return false;
}

bool only(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool looks_like_number(std::string_view t) {
  const auto digits = [&] {
    std::size_t n = 0;
    while (!t.empty() && t.front() >= '0' && t.front() <= '9') {
      t.remove_prefix(1);
      ++n;
    }
    return n;
  };
  if (!t.empty() && (t.front() == '-' || t.front() == '+')) t.remove_prefix(1);
  std::size_t n = digits();
  if (!t.empty() && t.front() == '.') {
    t.remove_prefix(1);
    n += digits();
  }
  if (n == 0) return false;
  if (!t.empty() && (t.front() == 'e' || t.front() == 'E')) {
    t.remove_prefix(1);
    if (!t.empty() && (t.front() == '-' || t.front() == '+')) t.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return t.empty();
}

/// The first byte that is no UTF-8 (or a NUL); npos where all is well.
std::size_t first_bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    std::size_t length = c < 0x80             ? 1
                         : (c >> 5U) == 0x06U ? 2
                         : (c >> 4U) == 0x0EU ? 3
                         : (c >> 3U) == 0x1EU ? 4
                                              : 0;
    if (length == 0 || c == 0 || c == 0xC0 || c == 0xC1 || i + length > text.size()) return i;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) >> 6U) != 0x02U) return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view file, std::string_view text, YamlLimits limits)
      : file_(file), text_(text), limits_(limits) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    put(Value(), mark, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (tag == "?") return put_plain(text, mark, anchor);
    if (tag != "!" && tag != "tag:yaml.org,2002:str") refuse_tag(mark, tag);
    check_closed(mark);
    put(Value(text), mark, anchor, text);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto it = anchors_.find(anchor);
    if (it == anchors_.end()) stop(mark, "an alias stands inside of its own anchor");
    count(mark, it->second.nodes);
    Value copy = it->second.value;
    if (stack_.size() + it->second.depth > limits_.depth) too_deep(mark);
    add(std::move(copy), mark, {});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Value::array(), mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Value::object(), mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

  Value take() { return std::move(root_); }

 private:
  struct Level {
    Value value;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    std::optional<std::string> key{};  ///< the key read last, waiting for its value
    std::size_t nodes_before = 0;
    std::size_t deepest = 0;
  };
  struct Anchored {
    Value value;
    std::size_t nodes = 1;
    std::size_t depth = 0;
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string_view why) const {
    throw ConfigError(fmt::format("{}:{}:{}: {}", file_, mark.line + 1, mark.column + 1, why));
  }
  [[noreturn]] void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    stop(mark, fmt::format("the tag '{}' is not read here; leave it out", tag.substr(0, 60)));
  }
  [[noreturn]] void too_deep(const YAML::Mark& mark) const {
    stop(mark, fmt::format("the text is nested deeper than {} levels", limits_.depth));
  }
  void count(const YAML::Mark& mark, std::size_t n) {
    nodes_ += n;
    if (nodes_ > limits_.nodes)
      stop(mark, fmt::format("the text unfolds to more than {} values", limits_.nodes));
  }

  /// yaml-cpp 0.7 takes a quoted text that the end of the file cuts off as whole.
  void check_closed(const YAML::Mark& mark) const {
    auto at = static_cast<std::size_t>(mark.pos);
    if (at >= text_.size() || (text_[at] != '\'' && text_[at] != '"')) return;
    const char quote = text_[at++];
    for (; at < text_.size(); ++at) {
      if (quote == '"' && text_[at] == '\\') {
        ++at;
      } else if (text_[at] == quote) {
        if (quote == '"' || at + 1 >= text_.size() || text_[at + 1] != quote) return;
        ++at;
      }
    }
    stop(mark, "the quoted text is not closed");
  }

  void put_plain(const std::string& text, const YAML::Mark& mark, YAML::anchor_t anchor) {
    put(typed(text, mark), mark, anchor, text);
  }
  Value typed(const std::string& text, const YAML::Mark& mark) const {
    if (one_of(text, {"", "~", "null", "Null", "NULL"})) return Value();
    if (one_of(text, {"true", "True", "TRUE"})) return Value(true);
    if (one_of(text, {"false", "False", "FALSE"})) return Value(false);
    const std::string_view bare =
        text[0] == '-' || text[0] == '+' ? std::string_view(text).substr(1) : text;
    const bool octal = text.starts_with("0o") && only(text.substr(2), "01234567");
    const bool hex = text.starts_with("0x") && only(text.substr(2), "0123456789abcdefABCDEF");
    if (octal || hex || only(bare, "0123456789")) {
      std::string_view digits = octal || hex ? std::string_view(text).substr(2) : text;
      if (digits.front() == '+') digits.remove_prefix(1);
      std::int64_t out = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out,
                                                octal ? 8 : (hex ? 16 : 10));
      if (error != std::errc{} || end != digits.data() + digits.size())
        stop(mark,
             fmt::format("'{}' is beyond 64 bits; quote it to have a string", text.substr(0, 60)));
      return Value(out);
    }
    if (one_of(bare, {".inf", ".Inf", ".INF"})) {
      const double inf = std::numeric_limits<double>::infinity();
      return Value(text[0] == '-' ? -inf : inf);
    }
    if (one_of(text, {".nan", ".NaN", ".NAN"}))
      return Value(std::numeric_limits<double>::quiet_NaN());
    if (looks_like_number(text)) {
      const char* first = text.data() + (text[0] == '+' ? 1 : 0);
      double out = 0;
      const auto [end, error] = std::from_chars(first, text.data() + text.size(), out);
      if (error != std::errc{})
        stop(mark, fmt::format("'{}' is no number that a double holds; quote it to have a string",
                               text.substr(0, 60)));
      return Value(out);
    }
    return Value(text);
  }

  void put(Value v, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& text = {}) {
    count(mark, 1);
    v.set_where({mark.line + 1, mark.column + 1});
    if (anchor != 0) anchors_[anchor] = {v, 1, 0};
    add(std::move(v), mark, text);
  }
  /// A finished value becomes the root, an element, a key or a member's value.
  void add(Value v, const YAML::Mark& mark, const std::string& text) {
    if (stack_.empty()) {
      root_ = std::move(v);
      return;
    }
    Level& level = stack_.back();
    if (level.value.is_array()) {
      level.value.push(std::move(v));
    } else if (!level.key) {
      if (v.is_array() || v.is_object()) stop(mark, "a key must be a word or a number");
      std::string key = v.is_string() ? v.as_string() : text;
      if (key.empty()) stop(mark, "a key is empty");
      // One set of keys a mapping, so that wide mappings stay linear.
      if (!keys_.back().emplace(key, mark.line + 1).second)
        stop(mark, fmt::format("the key '{}' stands twice; first in line {}", key.substr(0, 60),
                               keys_.back().at(key)));
      level.key = std::move(key);
    } else {
      members_.back().emplace_back(std::move(*level.key), std::move(v));
      level.key.reset();
    }
  }
  void open(Value v, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark, tag);
    count(mark, 1);
    if (stack_.size() + 1 > limits_.depth) too_deep(mark);
    v.set_where({mark.line + 1, mark.column + 1});
    if (!stack_.empty() && stack_.back().value.is_object() && !stack_.back().key)
      stop(mark, "a key must be a word or a number");
    stack_.push_back({std::move(v), mark, anchor, {}, nodes_ - 1, 0});
    keys_.emplace_back();
    members_.emplace_back();
  }
  void close() {
    Level level = std::move(stack_.back());
    stack_.pop_back();
    if (level.value.is_object()) {
      const SourceLocation where = level.value.where();
      level.value = Value(std::move(members_.back()));
      level.value.set_where(where);
    }
    keys_.pop_back();
    members_.pop_back();
    if (level.anchor != 0)
      anchors_[level.anchor] = {level.value, nodes_ - level.nodes_before, level.deepest + 1};
    if (!stack_.empty()) stack_.back().deepest = std::max(stack_.back().deepest, level.deepest + 1);
    add(std::move(level.value), level.mark, {});
  }

  std::string_view file_;
  std::string_view text_;
  YamlLimits limits_;
  std::size_t nodes_ = 0;
  Value root_;
  std::vector<Level> stack_;
  std::vector<std::map<std::string, int>> keys_;
  std::vector<Value::Object> members_;
  std::map<YAML::anchor_t, Anchored> anchors_;
};

}  // namespace

Value parse_yaml(std::string_view text, std::string_view file, YamlLimits limits) {
  const std::string name(file.empty() ? "yaml" : file);
  if (text.size() > limits.bytes)
    throw ConfigError(fmt::format("{}:1:1: the text has {} bytes; at most {} are read", name,
                                  text.size(), limits.bytes));
  if (const std::size_t bad = first_bad_byte(text); bad != std::string_view::npos) {
    const auto before = text.substr(0, bad);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
    throw ConfigError(fmt::format("{}:{}:{}: a byte that is no UTF-8 text; save the file as UTF-8",
                                  name, line, bad - start + 1));
  }
  TreeBuilder builder(name, text, limits);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    TreeBuilder second(name, text, limits);
    if (parser.HandleNextDocument(second))
      throw ConfigError(name + ":1:1: holds more than one document; write one file for each");
  } catch (const YAML::Exception& e) {
    if (e.mark.is_null()) throw ConfigError(fmt::format("{}:1:1: {}", name, e.msg));
    throw ConfigError(fmt::format("{}:{}:{}: {}", name, e.mark.line + 1, e.mark.column + 1, e.msg));
  }
  return builder.take();
}

Value load_yaml(const std::string& path, YamlLimits limits) {
  std::ifstream in(path, std::ios::binary);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw ConfigError("", "file", path, "it is a folder; name a file");
  if (!in)
    throw ConfigError("", "file", path, "it cannot be read; check the path and the permissions");
  std::string text;
  text.reserve(4096);
  char chunk[8192];
  while (in.read(chunk, sizeof chunk) || in.gcount() > 0) {
    text.append(chunk, static_cast<std::size_t>(in.gcount()));
    if (text.size() > limits.bytes) break;  // parse_yaml refuses it
  }
  return parse_yaml(text, path, limits);
}

}  // namespace learningplane::config
