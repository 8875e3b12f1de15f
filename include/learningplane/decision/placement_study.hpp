#pragma once
#include <functional>
#include <string>
#include <vector>

#include "learningplane/decision/policy.hpp"
#include "learningplane/evaluation/walk_forward.hpp"

namespace learningplane::decision {

/// One site's telemetry: a column of the target and those that the model looks at.
struct StudySite {
  std::string name{};
  telemetry::Frame frame{};
};

struct PlacementStudyOptions {
  std::string target{};
  std::size_t horizon = 20;                      ///< steps that a decision is judged by
  Duration first = std::chrono::hours(8);        ///< after the first row of all sites
  Duration last = std::chrono::hours(24);        ///< end, counted in the same way
  Duration every = std::chrono::minutes(5);      ///< the trigger
  Duration refit_every = std::chrono::hours(1);  ///< on all the past
  Duration max_age = std::chrono::minutes(5);    ///< older last observations are stale: unknown
  double quantile = 0.5;                         ///< of the forecast that the policy plans on
};

/// What was known at a trigger and what came after it. Site by site, in the order of the sites.
struct StudyMoment {
  TimePoint at{};
  std::vector<Quantity> forecasts{};             ///< mean over the horizon
  std::vector<Quantity> now{};                   ///< last known value
  std::vector<std::vector<double>> delivered{};  ///< the horizon's values; NaN where not known
};

/// The walk-forward part: independent of any policy, so that policies share it.
struct PlacementStudy {
  std::vector<std::string> sites{};
  std::vector<StudyMoment> moments{};
  std::vector<double>
      past{};  ///< known values of all sites before `first`: constraints come from it
  Duration step{0};
  std::size_t refits = 0;
};

/// What following a strategy delivered.
struct StudyRow {
  std::string strategy{};
  std::size_t decisions = 0;
  std::size_t moves = 0;
  double minutes_below = 0;  ///< below the constraint, of the known minutes
  double minutes_known = 0;  ///< of the chosen site
  double mean = 0;           ///< of the known values; NaN where none
};
Value to_value(const StudyRow& row);

/// Forecasts every site at every trigger with a model that saw nothing later. A row stands for the
/// step that begins at its stamp, so that it is known one step later. A failed fit or forecast is
/// an unknown quantity. @return invalid_argument, not_found (target), not_enough_data
Result<PlacementStudy> study_placement(const std::vector<StudySite>& sites,
                                       const evaluation::ModelMaker& make,
                                       const PlacementStudyOptions& options);

/// The policy decides at each trigger; the site it chose serves until the next.
StudyRow follow(const PlacementStudy& study, Policy& policy, std::size_t start, double constraint);
StudyRow never_move(const PlacementStudy& study, std::size_t site, double constraint);
/// Moves to the site whose last known value is highest; stays where all are unknown.
StudyRow best_now(const PlacementStudy& study, std::size_t start, double constraint);
/// Knows the future: moves to the site that delivers the highest mean until the next trigger.
StudyRow oracle(const PlacementStudy& study, std::size_t start, double constraint);
/// The quantile of what was seen before the study began. @throws LogicError where nothing was
double constraint_from_past(const PlacementStudy& study, double quantile);

}  // namespace learningplane::decision
