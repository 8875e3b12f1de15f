#pragma once
#include "agent/training.hpp"

namespace learningplane::agent {

/// A long stretch of telemetry, part by part: weeks of every metric of thousands of applications
/// would not fit into memory, nor into one answer.
class LongRead {
 public:
  LongRead() = default;
  /// @param unit parts are whole multiples of it; zero: a minute
  /// @param columns as many as are expected; 0: not known
  LongRead(const AgentParts& parts, const telemetry::Window& window, Duration unit,
           std::size_t columns = 0);
  /// Where the parts read so far end.
  TimePoint until() const { return from_; }
  bool done() const { return from_ >= end_; }
  /// The next part; with cleaning, which looks around, there is one.
  Result<telemetry::Frame> next(AgentParts& parts, const OnFailure& on_failure);

 private:
  TimePoint from_{}, end_{};
  Duration all_{0}, step_{0}, unit_{1}, part_{0};
};

}  // namespace learningplane::agent
