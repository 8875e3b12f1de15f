#include "learningplane/pipeline/graph.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace learningplane::pipeline {

namespace {

using Edges = std::map<std::string, std::vector<std::string>>;

/// A cycle among the stages that could not be ordered: every one of them waits for another of them.
std::string cycle_in(const Edges& waiting) {
  std::vector<std::string> trail{waiting.begin()->first};
  for (;;) {
    const auto& after = waiting.at(trail.back());
    const auto next = std::find_if(after.begin(), after.end(),
                                   [&](const std::string& a) { return waiting.contains(a); });
    const auto seen = std::find(trail.begin(), trail.end(), *next);
    if (seen != trail.end()) {
      trail.erase(trail.begin(), seen);
      trail.push_back(trail.front());
      return fmt::format("{}", fmt::join(trail, " -> "));
    }
    trail.push_back(*next);
  }
}

}  // namespace

Graph::Graph(std::string name, std::vector<Stage> stages) : name_(std::move(name)) {
  const auto where = fmt::format("pipeline {}", name_);
  if (stages.empty()) throw ConfigError(where, "stages", "", "at least one stage is needed");
  Edges waiting;
  for (const Stage& s : stages) {
    if (s.name.empty()) throw ConfigError(where, "stage", "", "each stage needs a name");
    if (!s.work) throw ConfigError(where, s.name, "", "the stage has no work");
    if (s.retries < 0) {
      throw ConfigError(where, s.name + ".retries", std::to_string(s.retries), "at least 0");
    }
    if (!waiting.emplace(s.name, s.after).second) {
      throw ConfigError(where, "stage", s.name, "the name stands twice");
    }
  }
  for (const Stage& s : stages) {
    for (const std::string& a : s.after) {
      if (!waiting.contains(a)) {
        throw ConfigError(where, s.name + ".after", a, "there is no stage of this name");
      }
    }
  }
  // Again and again the first stage, in the order given, that waits for none still waiting.
  while (!waiting.empty()) {
    const auto ready = std::find_if(stages.begin(), stages.end(), [&](const Stage& s) {
      return waiting.contains(s.name) &&
             std::none_of(s.after.begin(), s.after.end(),
                          [&](const std::string& a) { return waiting.contains(a); });
    });
    if (ready == stages.end()) {
      throw ConfigError(where, "stages", cycle_in(waiting), "stages wait for each other in a ring");
    }
    waiting.erase(ready->name);
    stages_.push_back(*ready);
  }
}

std::size_t Graph::index(std::string_view stage) const {
  const auto it =
      std::find_if(stages_.begin(), stages_.end(), [&](const Stage& s) { return s.name == stage; });
  if (it == stages_.end()) {
    throw LogicError(fmt::format("pipeline {}: there is no stage '{}'", name_, stage));
  }
  return static_cast<std::size_t>(it - stages_.begin());
}

}  // namespace learningplane::pipeline
