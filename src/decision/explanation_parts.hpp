#pragma once
#include <string>

#include "learningplane/decision/sizing_limits.hpp"
#include "learningplane/value.hpp"

namespace learningplane::decision {

/// " Not known: load (stale: …)." from a decision's details; empty where all was known.
std::string unknowns_said(const Value& details);
/// "0.5 cores", "512 MiB", "an unknown size".
std::string amount(Resource resource, double value);

}  // namespace learningplane::decision
