#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/pipeline/graph.hpp"

namespace learningplane::pipeline {

enum class StageStatus {
  done,
  failed,     ///< its last attempt failed
  timed_out,  ///< its last attempt took too long; it was abandoned and its late result is discarded
  skipped,    ///< one that it waits for did not succeed
  cancelled   ///< the run was asked to stop
};
std::string_view to_string(StageStatus status);

struct StageReport {
  std::string name{};
  StageStatus status = StageStatus::skipped;
  int attempts = 0;
  Duration took{0};  ///< real time of the last attempt
  std::optional<Failure> failure{};
};

/// What became of each stage, in the graph's order.
struct RunReport {
  std::string pipeline{};
  std::vector<StageReport> stages{};

  bool ok() const;
  /// The first stage's failure, as "pipeline / stage"; only where not ok().
  Failure failure() const;
};

struct RunnerOptions {
  std::size_t threads = 2;  ///< stages that run at the same time, at least 1
};

/// Runs graphs on threads of its own while run() lasts. Only an abandoned stage outlives run(): its
/// thread is joined by the destructor, so a stage that ignores Context::stop() for ever keeps the
/// destructor waiting. Not thread safe.
class Runner {
 public:
  explicit Runner(RunnerOptions options = {});
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Runs every stage once those that it waits for have succeeded; branches do not disturb each
  /// other. What a stage throws counts as its failure. `context` is read and filled.
  RunReport run(const Graph& graph, Context& context, std::stop_token stop = {});
  /// Abandoned stages that still run.
  std::size_t abandoned() const;

 private:
  struct Attempt;
  struct Run;
  RunnerOptions options_;
  std::vector<std::shared_ptr<Attempt>> abandoned_;
};

}  // namespace learningplane::pipeline
