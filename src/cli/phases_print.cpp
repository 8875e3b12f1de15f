#include "cli/phases_print.hpp"

#include <fmt/format.h>

#include <cmath>
#include <ostream>

namespace learningplane::cli {

using namespace profiling;

void print_choice(const KChoice& choice, std::ostream& out) {
  out << fmt::format("{:>4} {:>14} {:>11}\n", "k", "inertia", "silhouette");
  for (const KScore& s : choice.scores)
    out << fmt::format("{:>4} {:>14.6g} {:>11.4f}{}\n", s.k, s.inertia, s.silhouette,
                       s.k == choice.k ? "  *" : "");
  out << fmt::format("k = {}: {}\n", choice.k, choice.reason);
}

void print_statistics(const PhaseStatistics& s, std::ostream& out) {
  out << fmt::format("{} rows in {} sequences, {} changes, {} rows without a phase\n", s.rows,
                     s.sequences, s.changes, s.unknown);
  for (const PhaseProfile& p : s.phases) {
    out << fmt::format("phase {}: {} rows ({:.1f} %), {} stays of {:.0f} s (median)\n", p.phase,
                       p.rows, 100 * p.share, p.spells, p.duration.median);
    if (p.rows == 0) continue;
    out << fmt::format("  {:36} {:>12} {:>12} {:>12} {:>12}\n", "", "median", "p95", "max", "mean");
    for (std::size_t j = 0; j < s.features.size(); ++j)
      out << fmt::format("  {:36} {:>12.6g} {:>12.6g} {:>12.6g} {:>12.6g}\n", s.features[j],
                         p.usage[j].median, p.usage[j].p95, p.usage[j].max, p.usage[j].mean);
  }
  out << "chance of the next phase, from the row's to the column's:\n     ";
  for (std::size_t to = 0; to < s.k(); ++to) out << fmt::format("{:>7}", to);
  for (std::size_t from = 0; from < s.k(); ++from) {
    out << fmt::format("\n{:>5}", from);
    for (std::size_t to = 0; to < s.k(); ++to) {
      const double p = s.probability(from, to);
      out << (std::isnan(p) ? fmt::format("{:>7}", "-") : fmt::format("{:>7.3f}", p));
    }
  }
  out << '\n';
}

void print_next(const NextScores& scores, std::ostream& out) {
  for (const auto& [method, s] : scores)
    out << fmt::format(
        "next phase by {}, learned on the first halves, on {} rows of the second: accuracy {:.3f}, "
        "{} changes, {} foreseen, {} of them right (F1 {})\n",
        method, s.rows, s.accuracy, s.changes, s.foreseen, s.right,
        std::isnan(s.f1()) ? "-" : fmt::format("{:.3f}", s.f1()));
}

}  // namespace learningplane::cli
