#pragma once
#include <cstddef>
#include <span>

#include "learningplane/evaluation/spikes.hpp"
#include "learningplane/value.hpp"

namespace learningplane::evaluation {

/// What a unit of capacity costs, for a step.
struct ProvisionCosts {
  double over = 1;   ///< cost of a unit allotted and not used, 0 or more
  double under = 1;  ///< cost of a unit asked for and not there, 0 or more
};

/// What it would have meant to allot exactly the forecast (`limit`) to what was then used. NaN
/// where nothing is known.
struct Provision {
  std::size_t n = 0;            ///< steps in which both are known
  std::size_t passed_over = 0;  ///< the others
  double over = 0;              ///< sum of max(limit - usage, 0) / sum of usage
  double under = 0;             ///< sum of max(usage - limit, 0) / sum of usage
  double cost = 0;              ///< mean cost of a step, see ProvisionCosts
  double slack = 0;      ///< (sum of limits - sum of usage) / sum of limits: of what was allotted,
                         ///< idle; NaN where the limits do not sum above 0
  double violation = 0;  ///< share of steps in which usage exceeds the limit: time in violation is
                         ///< this times the time covered; within 1e-9
  double excess = 0;  ///< mean of max(limit - usage, 0) / mean of |usage|, the latter 1e-9 or more
};

/// @throws LogicError where lengths differ or a cost is out of range
Provision provision(std::span<const double> limit, std::span<const double> usage,
                    const ProvisionCosts& costs = {});
/// {"n","passed_over","over",…}
Value to_value(const Provision& provision);

/// The provisioning scores of one trace: shares of the trace moved up by |minimum|, and its spikes.
struct ProvisioningScore {
  std::size_t n = 0;            ///< scored steps in which both are known
  std::size_t passed_over = 0;  ///< the others
  double over = 0;              ///< sum of max(p - v, 0) from `lag` on / sum of the whole trace
  double under = 0;             ///< sum of max(v - p, 0) from `lag` on / sum of the whole trace
  SpikeScore spikes{};
};

/// As above; `forecast` and `truth` have the trace's length, and the first `lag` steps are what was
/// known. @throws LogicError where lengths differ or an option is out of range
ProvisioningScore provisioning(std::span<const double> forecast, std::span<const double> truth,
                               std::size_t lag, const SpikeOptions& options = {});
/// {"n","passed_over","over","under","spikes","predicted","precision","recall","covered_recall","f1"}
Value to_value(const ProvisioningScore& score);

/// Capacity for a whole window at once: the largest upper forecast in it, never below zero.
struct WindowCapacity {
  std::size_t windows = 0;  ///< windows whose forecasts are all known
  std::size_t n = 0;        ///< known steps in them
  double under_pct = 0;     ///< % of steps above the capacity; within 1e-9
  double excess = 0;        ///< mean of max(capacity - truth, 0) / mean of |truth|
};

/// @param upper, truth windows one after another, `horizon` steps each
/// @throws LogicError where they are no whole windows
WindowCapacity window_capacity(std::span<const double> upper, std::span<const double> truth,
                               std::size_t horizon);

}  // namespace learningplane::evaluation
