#pragma once
#include <string>

#include "learningplane/value.hpp"

namespace learningplane::decision {

/// A policy's mapping, or a list of them, with the paths of the files that it names starting from
/// `folder` where they are not absolute: `capacity`, and of `sizing_phases` `model`. An empty
/// folder changes nothing.
Value with_policy_files(Value policy, const std::string& folder);

}  // namespace learningplane::decision
