#pragma once
#include <string>

#include "learningplane/decision/scaling.hpp"

namespace learningplane::decision {

/// Whether a decision is about how many instances, as a scaling policy records it.
bool is_scaling(const Decision& decision);
/// Why this many, in a few sentences: what was seen, the forecast and the quantile of it that was
/// planned on, what each metric asked for, the rule that bound it, what was not known. explain() of
/// a Decision says the same.
std::string explain_scaling(const Decision& decision);
/// The same for what plan() gave.
std::string explain(const ScalingDecision& decision, const ScalingPolicy& policy);

}  // namespace learningplane::decision
