#pragma once
#include <string>
#include <vector>

#include "learningplane/profiling/phases.hpp"
#include "learningplane/stress/dictionary.hpp"
#include "learningplane/stress/workload.hpp"

namespace learningplane::stress {

/// What a system feels like, learned from its telemetry: phases, patterns of phases, and when jobs
/// come and go. Load is generated from it.
struct StressProfile {
  std::string source{};
  double step_s = 0;  ///< of the rows the phases were learned on
  profiling::Phases phases{};
  JobTimes jobs{};
  Dictionary dictionary{};
  std::vector<std::string> notes{};
};

/// Learns phases on the usage, cuts every application into them and compresses the strings.
/// @param phases fitted ones, of the features cpu and memory; unfitted ones are fitted
/// @return as Phases::fit() and compress()
Result<StressProfile> profile_of(const Workload& workload, profiling::Phases phases,
                                 const DictionaryOptions& options = {});

Value to_value(const StressProfile& profile);
/// The file appears whole or not at all. @return unavailable
Result<void> save(const StressProfile& profile, const std::string& path);
/// @return not_found, unavailable, malformed (truncated, damaged, foreign), unsupported (newer)
Result<StressProfile> load_profile(const std::string& path);

}  // namespace learningplane::stress
