#pragma once
// The series of the accuracy panel as benchmarks/panel.py and its like write them: a line a series,
// with its name, seasons in steps separated by ';' (the first is a day), origins separated by ';',
// then the values.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "learningplane/error.hpp"

namespace learningplane::bench {

struct PanelSeries {
  std::string name{};
  std::vector<std::size_t> seasons{}, origins{};
  std::vector<double> values{};
};

inline std::vector<std::size_t> panel_list(const std::string& text) {
  std::vector<std::size_t> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ';');)
    if (!part.empty()) out.push_back(std::stoul(part));
  return out;
}

inline std::vector<PanelSeries> read_panel(const char* path) {
  std::vector<PanelSeries> out;
  std::ifstream in(path);
  if (!in) throw ConfigError("", "SERIES.csv", path, "a file that can be read");
  for (std::string line; std::getline(in, line);) {
    std::istringstream parts(line);
    PanelSeries s;
    std::string text;
    std::getline(parts, s.name, ',');
    std::getline(parts, text, ',');
    s.seasons = panel_list(text);
    std::getline(parts, text, ',');
    s.origins = panel_list(text);
    while (std::getline(parts, text, ',')) s.values.push_back(std::stod(text));
    out.push_back(std::move(s));
  }
  return out;
}

}  // namespace learningplane::bench
