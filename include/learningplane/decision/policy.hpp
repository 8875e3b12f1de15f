#pragma once
#include <optional>
#include <string>
#include <vector>

#include "learningplane/decision/decision.hpp"
#include "learningplane/decision/scaling_input.hpp"
#include "learningplane/decision/sizing_input.hpp"
#include "learningplane/time.hpp"

namespace learningplane::decision {

/// One choice with what is forecast for it, higher being better.
struct Candidate {
  std::string name{};
  Quantity forecast{};  ///< of the quality of service there
};

/// Everything a policy may look at. Plain values: live agent, replay and simulator fill it alike.
struct Observation {
  TimePoint at{};
  std::string application{};
  std::string current{};  ///< the site it runs on; empty where not known
  std::vector<Candidate> candidates{};
  std::optional<TimePoint> last_change{};  ///< when an action last took effect
  std::optional<ScalingInput> scaling{};   ///< for policies that say how many instances
  std::optional<SizingInput> sizing{};     ///< for policies that say how large an instance is
};

/// Turns an observation into a decision. Same observation and same state, same decision: no clock,
/// no chance, no I/O.
class Policy {
 public:
  Policy() = default;
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;
  virtual ~Policy() = default;
  virtual Decision decide(const Observation& observation) = 0;
  virtual std::string_view kind() const = 0;
};

}  // namespace learningplane::decision
