#pragma once
#include <functional>
#include <string>
#include <vector>

#include "learningplane/pipeline/context.hpp"
#include "learningplane/time.hpp"

namespace learningplane::pipeline {

/// One named step of a pipeline.
struct Stage {
  std::string name{};
  std::vector<std::string> after{};  ///< names of the stages whose results it needs
  /// The work. What it puts into the context is seen by later stages only once it has succeeded.
  std::function<Result<void>(Context&)> work{};
  Duration timeout{0};      ///< of one attempt, real time; zero: none
  int retries = 0;          ///< further attempts after a failure or a time-out, at least 0
  Duration retry_delay{0};  ///< before each further attempt, real time
};

}  // namespace learningplane::pipeline
