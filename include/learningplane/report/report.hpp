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

/// What was known of one resource of an application at one decision, in cores or bytes. NaN: not
/// known.
struct ResourcePoint {
  double usage = 0;    ///< the newest
  double current = 0;  ///< limit before the decision
  double wish = 0;     ///< of the policy
  double value = 0;    ///< limit that was decided
};
/// One decision on the size of an application's instances.
struct SizePoint {
  TimePoint at{};
  bool in_effect = false;  ///< it changed something, and that came about or was planned
  std::size_t kills = 0;   ///< for want of memory, since the decision before
  ResourcePoint cpu{}, memory{};
};

/// One decision with what became of it.
struct DecisionLine {
  TimePoint at{};
  std::string id{};
  std::string application{};
  std::string action{};   ///< "hold", "place" …
  std::string site{};     ///< for place: where to; else how many, or how large
  std::string current{};  ///< the same before; empty where not known
  std::string rule{};
  std::string why{};      ///< the decision explained, every candidate's number included
  std::string outcome{};  ///< "done", "planned" …; empty for holds
};

/// Counts and means, all from the journal.
struct Figures {
  std::size_t decisions = 0;
  std::size_t moves = 0;                       ///< decisions to change that took effect
  std::size_t unknown_holds = 0;               ///< held because something was not known
  std::size_t kills = 0;                       ///< instances killed for want of memory
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
  std::map<std::string, std::vector<SizePoint>> sizes{};  ///< of agents that size, by application
  std::vector<DecisionLine> decisions{};
  Figures figures{};
};

/// Reads a report out of a journal. @return not_enough_data where the journal holds no decision
Result<Report> collect(const journal::Journal& journal);
/// As JSON, NaN as null.
Value to_value(const Report& report);
/// One HTML page that needs nothing else: no network, no other file. Of a long journal the series
/// are thinned and the newest decisions are listed; the figures are of all.
std::string to_html(const Report& report);

}  // namespace learningplane::report
