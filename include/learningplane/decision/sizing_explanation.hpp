#pragma once
#include <string>

#include "learningplane/decision/sizing.hpp"

namespace learningplane::decision {

/// Whether a decision is about how large an instance is, as a sizing policy records it.
bool is_sizing(const Decision& decision);
/// Why this large, in a few sentences for each resource: what was used, what the policy wished for,
/// the rule that bound it; then kills, another autoscaler's recommendation and what was not known.
/// explain() of a Decision says the same.
std::string explain_sizing(const Decision& decision);
/// The same for what plan() gave.
std::string explain(const SizingDecision& decision, const SizingPolicy& policy);

}  // namespace learningplane::decision
