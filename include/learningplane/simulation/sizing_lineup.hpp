#pragma once
#include <memory>
#include <string>
#include <vector>

#include "learningplane/profiling/phase_sizes.hpp"
#include "learningplane/registries.hpp"
#include "learningplane/simulation/sizing_replay.hpp"

namespace learningplane::simulation {

/// One policy of a comparison: as registered, with its options unchecked, or one that is fitted on
/// the first part of each trace.
struct SizingEntry {
  std::string name{};
  std::string kind{};  ///< "sizing_window" …; "static": a percentile of the first part
  Value options = Value::object();
};

/// What becomes of a policy that no application allows, such as one by phase where all are
/// constant.
enum class Nowhere {
  refuse,    ///< it was asked for: an error
  leave_out  ///< it is one of a usual list: said, and the others stand
};

struct SizingLineupOptions {
  SizingReplayOptions replay{};
  profiling::PhaseSizesOptions phases{};  ///< of the policies by phase that name no model
  Duration window =
      std::chrono::hours(1);  ///< of window_max and the oracle; window_p95: 24 times it
  std::size_t threads = 0;    ///< 0: one for each core
  Nowhere nowhere = Nowhere::refuse;
};

/// What a well-known name stands for: request, static_p95, window_max, window_p95, histogram,
/// theta_scan, theta_scan_dynamic, phase_p95, phase_sigma, phase_max, oracle; or any registered
/// policy that sizes. @throws ConfigError naming what exists
SizingEntry sizing_entry(const std::string& name, const SizingLineupOptions& options,
                         const Registries& registries);
/// The same from a policy file's mapping: {kind, …options, name}.
SizingEntry sizing_entry(const Value& policy, const Registries& registries);
/// The well-known names, in the order of a table.
std::vector<std::string> sizing_names();

/// Every policy on every trace, in the order given, policy by policy. Where a policy cannot be made
/// for a trace (no phases can be told apart, nothing is left to judge), that result alone is left
/// out, with the reason. @throws ConfigError, Error (a policy that works on no trace, as `nowhere`
/// says; no policy that works on any)
std::vector<SizingResult> compare_sizing(const std::vector<UsageTrace>& traces,
                                         const std::vector<SizingEntry>& lineup,
                                         const SizingLineupOptions& options,
                                         const Registries& registries);

/// Phases, their sizes and what follows, of the first part of a trace.
Result<profiling::PhaseSizes> fit_phase_sizes(const UsageTrace& trace,
                                              const SizingLineupOptions& options);

}  // namespace learningplane::simulation
