#pragma once
#include <optional>
#include <string>
#include <vector>

#include "learningplane/decision/sizing_input.hpp"

namespace learningplane::actuator {

/// What somebody else's autoscaler recommends for an instance (a VerticalPodAutoscaler). NaN: not
/// said.
struct SizeRecommendation {
  std::string name{};
  std::string
      mode{};  ///< its updateMode: "Off", "Initial", "Recreate", "InPlaceOrRecreate", "Auto"
  decision::Size target{}, lower{}, upper{}, uncapped{};
};

/// How large the instances of an application are, for a SizingInput.
struct WorkloadSize {
  decision::Size current{};    ///< the least limit of its instances, else the request; NaN: none
  decision::Size requested{};  ///< what the user asked for
  std::size_t instances = 0;   ///< that run; 0: none, or the back end does not tell
  /// Of each instance the last kill, in order of time; the limit it met is NaN where the instance
  /// was resized since.
  std::vector<decision::OutOfMemory> out_of_memory{};
  std::optional<SizeRecommendation> recommendation{};
};

}  // namespace learningplane::actuator
