#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace learningplane {

/// A small sorted set of name=value pairs that identifies a series. Each name stands once.
class Labels {
 public:
  using Pair = std::pair<std::string, std::string>;

  Labels() = default;
  /// Sorts; where a name stands twice the last value wins.
  Labels(std::initializer_list<Pair> pairs);
  explicit Labels(std::vector<Pair> pairs);

  void set(std::string_view name, std::string_view value);
  /// The value, or an empty optional where the name is absent.
  std::optional<std::string_view> get(std::string_view name) const;
  /// True where every pair of `wanted` stands here with the same value.
  bool contains(const Labels& wanted) const;
  bool empty() const { return pairs_.empty(); }
  std::size_t size() const { return pairs_.size(); }
  auto begin() const { return pairs_.begin(); }
  auto end() const { return pairs_.end(); }
  /// {a="1",b="2"}, quotes and backslashes escaped; "" where empty.
  std::string to_string() const;

  friend bool operator==(const Labels&, const Labels&) = default;
  friend auto operator<=>(const Labels&, const Labels&) = default;

 private:
  std::vector<Pair> pairs_;
};

}  // namespace learningplane
