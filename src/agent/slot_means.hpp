#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "learningplane/telemetry/frame.hpp"
#include "learningplane/time.hpp"

namespace learningplane::agent {

/// A series as means over slots that have ended: what a model sees of samples that come oftener.
/// Slots without any are unknown. With a step of zero the samples themselves.
class SlotMeans {
 public:
  explicit SlotMeans(Duration step) : step_(step.count()) {}
  /// What is not newer than the last, or belongs to a slot that was closed, is passed over.
  void add(std::int64_t time_ns, double value);
  /// Closes the slots that end at `now` or before.
  void close(std::int64_t now_ns);
  /// The slots closed since the last call, as a frame of one column; times are the slots' begins.
  telemetry::Frame take(const std::string& name);
  bool empty() const { return times_.empty(); }

 private:
  void emit(std::int64_t until);
  std::int64_t step_;
  std::int64_t last_ = std::numeric_limits<std::int64_t>::min();
  std::int64_t slot_ = -1;  ///< begin of the one that is going on; -1: none yet
  double sum_ = 0;
  std::int64_t count_ = 0;
  std::vector<std::int64_t> times_{};
  std::vector<double> values_{};
};

}  // namespace learningplane::agent
