#pragma once
// Options that are one of a few names: read, written and listed from one table.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "learningplane/error.hpp"
#include "model/parameters.hpp"

namespace learningplane::model::detail {

template <class E, std::size_t N>
using Names = std::array<std::pair<const char*, E>, N>;

/// @throws ConfigError naming the key, what was written and what is allowed
template <class E, std::size_t N>
E parse(const Names<E, N>& names, const Value& options, const char* key) {
  const std::string& text = options.find(key)->as_string();
  std::string allowed;
  for (const auto& [name, value] : names) {
    if (text == name) return value;
    allowed += (allowed.empty() ? "" : ", ") + std::string(name);
  }
  throw ConfigError("", key, text, allowed);
}

template <class E, std::size_t N>
Value name_of(const Names<E, N>& names, E value) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [value](const auto& entry) { return entry.second == value; });
  return Value(found->first);
}

template <class E, std::size_t N>
Parameter choice(const char* name, const char* summary, const Names<E, N>& names, E fallback) {
  std::vector<std::string> allowed;
  for (const auto& entry : names) allowed.emplace_back(entry.first);
  return choice(name, summary, name_of(names, fallback).as_string(), std::move(allowed));
}

}  // namespace learningplane::model::detail
