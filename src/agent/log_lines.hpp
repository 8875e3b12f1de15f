#pragma once
#include <string>

#include "learningplane/actuator/actuator.hpp"

namespace learningplane::agent {

/// The wordings of the reference log, so that whoever greps it finds ours.
inline constexpr std::string_view no_data_line = "no data in last check";
inline constexpr std::string_view infeasible_line =
    "all machine can not archive qos sla no actions";

/// agent is patch deployment to node - {'spec': …}
std::string patch_line(const actuator::Command& command);
/// max_qos 26.65, index 1
std::string max_line(double value, std::size_t index);

}  // namespace learningplane::agent
