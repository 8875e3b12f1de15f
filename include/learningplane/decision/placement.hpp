#pragma once
#include <optional>

#include "learningplane/decision/policy.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::decision {

/// What to do where no site meets the constraint.
enum class OnInfeasible {
  best,  ///< the best of them is taken all the same
  hold   ///< everything stays as it is
};

struct PlacementOptions {
  std::optional<double> constraint{};  ///< quality of service that a site must reach; empty: none
  OnInfeasible on_infeasible = OnInfeasible::best;
  double hysteresis = 0;  ///< gain over the current site needed to move, in the forecast's unit
  Duration cooldown{0};   ///< no move so long after the last one
  double quantile = 0.5;  ///< of the forecast that whoever fills the observation plans on: recorded
  double max_imputed_share = 0.5;  ///< a forecast from more imputed data than this is not used
};

/// Chooses the site with the highest forecast. The rule recorded is the one that bound:
/// `highest_forecast` (moves), `already_best`, `hysteresis`, `cooldown`, `below_constraint` (holds:
/// no site reaches it), `unknown_data` and `imputed_data` (holds: the current site's number, or
/// every number, is not known or rests on too much imputed data). A candidate that is not known is
/// passed over and recorded. An application that runs on none of the candidates has nothing to
/// compare with: it is placed, once the cool-down allows. Equal forecasts: the current site, then
/// the first. Stateless; thread safe.
class Placement final : public Policy {
 public:
  /// @throws ConfigError where an option is outside its range.
  explicit Placement(PlacementOptions options);
  Decision decide(const Observation& observation) override;
  std::string_view kind() const override { return "placement"; }
  const PlacementOptions& options() const { return options_; }

 private:
  PlacementOptions options_;
};

/// What "placement" takes, and the options that a checked mapping of them stands for.
Manifest placement_manifest();
PlacementOptions placement_options(const Value& checked);

}  // namespace learningplane::decision
