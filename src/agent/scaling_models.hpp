#pragma once
#include <functional>
#include <string>
#include <vector>

#include "agent/model_fitting.hpp"
#include "agent/training.hpp"
#include "agent/until.hpp"
#include "agent/workload.hpp"

namespace learningplane::agent {

/// The models of an agent that scales: one for each workload, and what they forecast. One call at a
/// time.
class ScalingModels {
 public:
  /// @param parts, workloads outlive it
  ScalingModels(AgentParts& parts, Workloads& workloads, decision::ScalingNeeds needs,
                OnFailure on_failure);

  /// Whether the policy wants forecasts and there is a model to make them.
  bool wanted() const { return parts_.make_model && needs_.horizon > Duration::zero(); }
  /// Fits all of them. @return a report for the journal
  Result<Value> train(TimePoint at);
  /// Workloads without a model get the one that was kept, brought up to now; for the others fitting
  /// begins. @param columns of telemetry, as many as are expected @return whether it did
  bool fit_missing(TimePoint at, std::size_t columns, const Until& until);
  /// Goes on fitting.
  void fit_some(const Until& until);
  const ModelFitting& fitting() const { return fitting_; }
  /// Lets each model take in the slots that have ended.
  void update(TimePoint at);
  /// Forecasts anew where it is time.
  void forecast(TimePoint at);
  /// The steps from `at` on; what is not known is NaN.
  void fill(const Workload& workload, TimePoint at, decision::ScalingInput& input) const;

 private:
  void catch_up(const std::vector<Workload*>& behind, TimePoint at);
  void update(Workload& workload, TimePoint at);
  void forecast(Workload& workload, TimePoint at);
  void forecast_as_of(Workload& workload);
  Duration step_of(const Workload& workload) const;

  AgentParts& parts_;
  Workloads& workloads_;
  decision::ScalingNeeds needs_;
  OnFailure failed_;
  ModelFitting fitting_;
};

}  // namespace learningplane::agent
