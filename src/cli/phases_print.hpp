#pragma once
#include <iosfwd>

#include "cli/phases_report.hpp"
#include "learningplane/profiling/choose_k.hpp"
#include "learningplane/profiling/phase_statistics.hpp"

namespace learningplane::cli {

/// What people read of phases.
void print_choice(const profiling::KChoice& choice, std::ostream& out);
void print_statistics(const profiling::PhaseStatistics& s, std::ostream& out);
void print_next(const NextScores& scores, std::ostream& out);

}  // namespace learningplane::cli
