#pragma once
#include <map>
#include <string>
#include <vector>

#include "learningplane/journal/journal.hpp"
#include "learningplane/value.hpp"

namespace learningplane::report {

/// What was seen and forecast of one site at one decision, in the target's unit. NaN: not known.
struct SitePoint {
  TimePoint at{};
  double observed = 0;  ///< last known observation before the decision
  double forecast = 0;  ///< aggregate over the horizon that the decision rested on
  double low = 0;       ///< the same at the lowest and the highest quantile that was asked for
  double high = 0;
};

/// One decision with what became of it.
struct DecisionLine {
  TimePoint at{};
  std::string id{};
  std::string application{};
  std::string action{};   ///< "hold", "place" …
  std::string site{};     ///< for place: where to
  std::string current{};  ///< where the application ran before; empty where not known
  std::string rule{};
  std::string why{};      ///< the decision explained, every candidate's number included
  std::string outcome{};  ///< "done", "planned" …; empty for holds
};

/// Counts and means, all from the journal.
struct Figures {
  std::size_t decisions = 0;
  std::size_t moves = 0;                       ///< place decisions that took effect
  std::size_t unknown_holds = 0;               ///< held because something was not known
  std::map<std::string, std::size_t> rules{};  ///< decisions by the rule that bound them
  double mean_observed = 0;  ///< of the target where the application ran, as seen at the next
                             ///< decision; NaN where never known
  double share_below =
      0;  ///< share of decisions whose site stood below the constraint; NaN without constraint
  double forecast_mae = 0;  ///< mean |forecast - observation at the next decision| where it ran;
                            ///< NaN where never known
};

/// Everything the page shows.
struct Report {
  std::string agent{};
  std::string target{};
  double constraint = 0;  ///< NaN: none
  std::map<std::string, std::vector<SitePoint>> sites{};
  std::vector<DecisionLine> decisions{};
  Figures figures{};
};

/// Reads a report out of a journal. @return not_enough_data where the journal holds no decision
Result<Report> collect(const journal::Journal& journal);
/// As JSON, NaN as null.
Value to_value(const Report& report);
/// One HTML page that needs nothing else: no network, no other file.
std::string to_html(const Report& report);

}  // namespace learningplane::report
