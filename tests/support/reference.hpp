#pragma once
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace support {

/// A file of tests/data, which a script in tools/fixtures made.
inline learningplane::Value reference(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(LEARNINGPLANE_SOURCE_DIR) + "/tests/data/" + name).rdbuf();
  return learningplane::value_or_throw(learningplane::parse_json(text.str()));
}

inline std::vector<double> numbers(const learningplane::Value& list) {
  std::vector<double> out;
  for (const learningplane::Value& v : list.as_array()) out.push_back(v.as_double());
  return out;
}

}  // namespace support
