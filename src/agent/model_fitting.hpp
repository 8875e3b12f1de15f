#pragma once
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/long_read.hpp"
#include "agent/training.hpp"
#include "agent/workload.hpp"

namespace learningplane::agent {

/// Fits the models of many workloads a piece at a time, in order: first the training window is
/// read, part by part, then one model after the other is fitted. One call at a time.
class ModelFitting {
 public:
  ModelFitting(AgentParts& parts, Workloads& workloads, OnFailure on_failure)
      : parts_(parts), workloads_(workloads), failed_(std::move(on_failure)) {}

  /// Begins anew. Workloads wait until theirs was tried. @param names none: all that there are when
  /// the window was read @param columns of telemetry, as many as are expected
  void begin(std::vector<std::string> names, TimePoint at, std::size_t columns = 0);
  bool under_way() const { return under_way_; }
  /// Models that are still to be fitted.
  std::size_t left() const { return names_.size(); }
  std::size_t all() const { return all_; }
  std::size_t fitted() const { return fitted_; }
  TimePoint begun() const { return at_; }
  /// One piece.
  void step();
  /// Of the last one, once it has ended: a report for the journal.
  Result<Value> report();

 private:
  void stop();
  void fit_next();
  Result<Value> fit(Workload& workload);

  AgentParts& parts_;
  Workloads& workloads_;
  OnFailure failed_;
  bool under_way_ = false, every_ = false;
  std::deque<std::string> names_{};
  std::size_t all_ = 0, fitted_ = 0;
  TimePoint at_{};
  LongRead read_{};
  Workloads::Loads loads_{};
  Value report_ = Value::object();
  std::optional<Failure> last_{};    ///< of a model
  std::optional<Failure> unread_{};  ///< the window could not be read
};

}  // namespace learningplane::agent
