#pragma once
#include <fstream>
#include <string>
#include <vector>

#include "learningplane/config/yaml.hpp"

namespace support {

/// The documents of a manifest, in order.
inline std::vector<learningplane::Value> yaml_documents(const std::string& file) {
  std::ifstream in(file);
  std::vector<learningplane::Value> out;
  std::string line, text;
  const auto flush = [&] {
    if (!text.empty()) out.push_back(learningplane::config::parse_yaml(text, file));
    text.clear();
  };
  while (std::getline(in, line)) {
    if (line == "---") {
      flush();
    } else {
      text += line + "\n";
    }
  }
  flush();
  return out;
}

}  // namespace support
