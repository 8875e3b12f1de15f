#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/pipeline/stage.hpp"

namespace learningplane::pipeline {

/// Stages and what each waits for: a directed graph without cycles. Immutable once made.
class Graph {
 public:
  /// @throws ConfigError: no stage, a name that stands twice or is empty, work that is missing, an
  /// unknown name in `after`, or a cycle, which it names ("a -> b -> a").
  Graph(std::string name, std::vector<Stage> stages);

  const std::string& name() const { return name_; }
  /// In an order in which each stage stands after those that it waits for.
  const std::vector<Stage>& stages() const { return stages_; }
  std::size_t index(std::string_view stage) const;

 private:
  std::string name_;
  std::vector<Stage> stages_;
};

}  // namespace learningplane::pipeline
