#pragma once
#include <optional>
#include <string>
#include <vector>

#include "learningplane/decision/sizing_input.hpp"
#include "learningplane/profiling/next_phase.hpp"

namespace learningplane::profiling {

struct PhaseSizesOptions {
  PhaseOptions phases{};                    ///< but for the features, which are cpu and memory
  NextPhaseOptions next{};                  ///< how the next phase is foreseen
  Duration gap = std::chrono::minutes(15);  ///< a longer silence begins a new sequence; above 0
};

/// How one resource is used in one phase.
struct PhaseUsage {
  double mean = 0, deviation = 0;
  std::vector<double> quantiles{};  ///< 0 %, 1 %, … 100 %
  /// Linear between the percents. @param q in [0, 1]
  double quantile(double q) const;
};

/// What an application needs in each phase, and which comes next: fitted on its usage, kept in a
/// file, used by the policy `sizing_phases`. Const functions are thread safe.
class PhaseSizes {
 public:
  /// @throws ConfigError
  explicit PhaseSizes(PhaseSizesOptions options = {});

  /// Learns from usage in the order of time. Samples of which a part is not known end a sequence.
  /// @return as Phases::fit() and NextPhase::fit(); then nothing has changed
  Result<PhaseFit> fit(std::span<const decision::UsageSample> usage);
  bool fitted() const { return phases_.fitted(); }
  const Phases& phases() const { return phases_; }
  const NextPhase& next() const { return next_; }
  const std::vector<PhaseUsage>& cpu() const { return cpu_; }
  const std::vector<PhaseUsage>& memory() const { return memory_; }
  const PhaseSizesOptions& options() const { return options_; }

  /// JSON with a checksum; the file appears whole or not at all. @return unavailable
  Result<void> save(const std::string& path) const;
  /// @return not_found, unavailable, malformed (truncated, damaged or foreign), unsupported (newer)
  static Result<PhaseSizes> load(const std::string& path);

 private:
  PhaseSizesOptions options_;
  Phases phases_;
  NextPhase next_;
  std::vector<PhaseUsage> cpu_{}, memory_{};
};

/// Usage as sequences of cpu (cores) and memory (bytes), cut where something is not known, times do
/// not increase, or the silence is longer than `gap`. Sequences of one row are kept.
PhaseData usage_data(std::span<const decision::UsageSample> usage, Duration gap);

}  // namespace learningplane::profiling
