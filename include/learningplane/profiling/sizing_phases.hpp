#pragma once
#include <memory>

#include "learningplane/decision/sizing.hpp"
#include "learningplane/profiling/phase_sizes.hpp"

namespace learningplane::profiling {

enum class PhaseStatistic {
  quantile,    ///< of the usage in the phase
  mean_sigma,  ///< mean and so many standard deviations
  max
};
std::string_view to_string(PhaseStatistic statistic);

struct SizingPhasesOptions {
  PhaseStatistic statistic = PhaseStatistic::quantile;
  double quantile = 0.95;  ///< in (0, 1]
  double sigmas = 2;       ///< of mean_sigma, 0 or more
  double margin = 0;       ///< share added, 0 or more
  /// Phases that come next with at least this chance are provided for, and the likeliest always; in
  /// (0, 1]. 1: the likeliest alone, as published.
  double chance = 1;
  decision::SizingLimits limits{};
};
decision::SizingNeeds sizing_phases_needs(const PhaseSizes& sizes);
Manifest sizing_phases_manifest();
SizingPhasesOptions sizing_phases_options(const Value& checked);
/// What the option `model` names. @throws ConfigError where it cannot be read
std::shared_ptr<const PhaseSizes> phase_sizes_from(const Value& checked);

/// The size of the phase that comes next: AI4DL's vertical scaling. The phase of the newest row is
/// told, the next foreseen, and each resource gets what it used in that phase while it was learned.
/// Rules: phase, phase_unknown (too few rows in a row are known).
class SizingPhases final : public decision::SizingPolicy {
 public:
  /// @throws ConfigError; LogicError where `sizes` is not fitted
  SizingPhases(SizingPhasesOptions options, std::shared_ptr<const PhaseSizes> sizes);
  std::string_view kind() const override { return "sizing_phases"; }
  decision::SizingNeeds needs() const override { return sizing_phases_needs(*sizes_); }
  /// Of the newest row; -1: not known.
  std::int32_t phase() const { return phase_; }

 protected:
  void observe(const decision::UsageSample& sample) override;
  void wish(const decision::SizingInput& input, decision::SizingDecision& decision) override;
  void forget() override;

 private:
  double size(const PhaseUsage& usage) const;
  SizingPhasesOptions options_;
  std::shared_ptr<const PhaseSizes> sizes_;
  PhaseSequence rows_{};
  PhaseLabels labels_{};
  PhaseData recent_{};
  std::int32_t phase_ = -1;
};

}  // namespace learningplane::profiling
