#include "learningplane/labels.hpp"

#include <algorithm>

namespace learningplane {

Labels::Labels(std::initializer_list<Pair> pairs) : Labels(std::vector<Pair>(pairs)) {}

Labels::Labels(std::vector<Pair> pairs) {
  for (auto& [name, value] : pairs) set(name, value);
}

void Labels::set(std::string_view name, std::string_view value) {
  auto it = std::lower_bound(pairs_.begin(), pairs_.end(), name,
                             [](const Pair& p, std::string_view n) { return p.first < n; });
  if (it != pairs_.end() && it->first == name) {
    it->second = value;
  } else {
    pairs_.emplace(it, name, value);
  }
}

std::optional<std::string_view> Labels::get(std::string_view name) const {
  auto it = std::lower_bound(pairs_.begin(), pairs_.end(), name,
                             [](const Pair& p, std::string_view n) { return p.first < n; });
  if (it == pairs_.end() || it->first != name) return std::nullopt;
  return it->second;
}

bool Labels::contains(const Labels& wanted) const {
  return std::includes(pairs_.begin(), pairs_.end(), wanted.pairs_.begin(), wanted.pairs_.end());
}

std::string Labels::to_string() const {
  if (pairs_.empty()) return {};
  std::string out = "{";
  for (const auto& [name, value] : pairs_) {
    if (out.size() > 1) out += ',';
    out += name;
    out += "=\"";
    for (char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      if (c == '\n') {
        out += "\\n";
      } else {
        out += c;
      }
    }
    out += '"';
  }
  return out + '}';
}

}  // namespace learningplane
