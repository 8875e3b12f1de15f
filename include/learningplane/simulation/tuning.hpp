#pragma once
#include <optional>
#include <string>
#include <vector>

#include "learningplane/simulation/lineup.hpp"

namespace learningplane::simulation {

/// Slots [first, last).
struct SlotRange {
  std::size_t first = 0, last = 0;
};

/// What should be small.
enum class TuningAim { events, violations, instance_minutes, cost, energy };
std::string_view to_string(TuningAim aim);
/// @throws ConfigError
TuningAim tuning_aim_from(std::string_view name);

/// How one policy is chosen.
enum class TuningChoice {
  flat,  ///< near the best, and with neighbours that are as good: what holds on other weeks too
  knee   ///< of the front, nearest to the least of each aim
};
std::string_view to_string(TuningChoice choice);
/// @throws ConfigError
TuningChoice tuning_choice_from(std::string_view name);

/// One option and the values that are tried. `margin` is no option of a policy: it is the share by
/// which the policy plans below what is promised (a lower `objective` with a latency table, a lower
/// `throughput` without one); what was promised is still what violations are counted against.
struct TuningAxis {
  std::string option{};
  std::vector<Value> values{};  ///< in order: neighbours are tried after a good one
};
/// What is searched where nothing is said, of the options that this kind takes: window, quantile,
/// margin, cool-down, and the hybrid's own.
std::vector<TuningAxis> usual_axes(const std::string& kind, const Registries& registries);

struct TuningOptions {
  LineupOptions lineup{};  ///< its first slot and number of slots come from the ranges below
  SlotRange train{10'080, 30'240};   ///< slots that the policy is chosen by
  std::optional<SlotRange> score{};  ///< others, that say what the choice is worth
  Value policy = Value::object().set("kind", "hybrid");  ///< what is tried first and varied
  std::vector<TuningAxis> axes{};  ///< empty: the usual ones without what `policy` sets
  std::size_t trials = 400;        ///< most policies tried, at least 1
  std::uint64_t seed = 0;          ///< of the search; the simulations have their own
  std::vector<TuningAim> aims{TuningAim::events, TuningAim::violations,
                              TuningAim::instance_minutes};
  std::size_t bound = 2;         ///< index of the latency bound that violations are counted at
  double most_violations = 0.1;  ///< %, of the policy to choose, where one reaches it
  std::size_t most_events = ~std::size_t{0};  ///< the same
  TuningChoice choice = TuningChoice::flat;
};

/// What a policy did on a range of slots.
struct TuningFigures {
  std::size_t events = 0;
  double violations = 0;  ///< % of slots above the bound
  double instance_minutes = 0, cost = 0, kilowatt_hours = 0;
  double of(TuningAim aim) const;
};

struct TuningTrial {
  Value policy{};  ///< as a policy file has it
  double margin = 0;
  TuningFigures train{};
  std::optional<TuningFigures> score{};  ///< of the front, the policy given and the chosen one
  bool front = false;                    ///< no other trial is as good in all and better in one
};

struct Tuning {
  std::vector<TuningTrial> trials{};  ///< in the order tried; the first is the policy given
  std::vector<std::size_t> front{};   ///< by increasing first aim
  std::size_t chosen = 0;
  std::size_t refused = 0;  ///< points that are no policy
  std::string refusal{};    ///< why the first of them is none
  bool within = false;      ///< the chosen one keeps what was asked of violations and events
  TuningOptions options{};
};

/// Searches a policy's settings over the simulator: the given one, points drawn from the axes, then
/// neighbours of the best so far. Chosen is, of the policies within the wanted violations and
/// events: `flat`, the one whose neighbours (one option a step further) are at their worst best in
/// the first aim, of those a fifth above the least of the first aim and two hundredths above the
/// least of the others at most; half of the trials look for that. `knee`, or where there is none:
/// of the front the one nearest to the least of each aim, each scaled to its range on the front; of
/// the whole front where none is within. Scoring slots play no part in it. The result does not
/// depend on the number of threads. @throws ConfigError, Error
Tuning tune(const WorkloadTrace& trace, const decision::Capacity& capacity, TuningOptions options,
            const Registries& registries);

Value to_value(const Tuning& tuning);
/// The chosen policy as YAML with what it was chosen on in comments: a policy file for the
/// simulator, and the `policy` section of an agent file.
std::string policy_file(const Tuning& tuning);

}  // namespace learningplane::simulation
