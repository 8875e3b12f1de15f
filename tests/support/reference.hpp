#pragma once
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "learningplane/json.hpp"
#include "support/source_dir.hpp"

namespace support {

/// What another library found: a JSON file of tests/data, made by a script of tools/fixtures.
inline learningplane::Value reference(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(support::source_dir() + "/tests/data/" + file).rdbuf();
  return learningplane::value_or_throw(learningplane::parse_json(text.str()));
}

inline std::vector<double> list(const learningplane::Value& of, const std::string& key) {
  std::vector<double> out;
  for (const learningplane::Value& v : of.find(key)->as_array()) out.push_back(v.as_double());
  return out;
}

inline std::string text(const learningplane::Value& of, const std::string& key) {
  return of.find(key)->as_string();
}

inline std::size_t count(const learningplane::Value& of, const std::string& key) {
  return static_cast<std::size_t>(of.find(key)->as_int());
}

}  // namespace support
