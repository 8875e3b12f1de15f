#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "learningplane/decision/sizing.hpp"
#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::simulation {

/// What one application asked for, sample by sample. NaN: not known.
struct UsageTrace {
  std::string name{};
  std::vector<decision::UsageSample> samples{};  ///< times strictly increase
  decision::Size requested{};                    ///< by the user
};

/// Which columns of a frame are CPU and memory, and what one unit of them is.
struct UsageColumns {
  std::string cpu = "cpu";
  std::string memory = "memory";
  double cpu_unit = 1;     ///< cores of one unit, above 0
  double memory_unit = 1;  ///< bytes of one unit, above 0
  decision::Size requested{};
};
/// The traces of a frame, one for each set of labels. Cells that are not usable are not known.
/// @return not_found (a column), invalid_argument (negative usage, with time and column),
/// not_enough_data. @throws ConfigError
Result<std::vector<UsageTrace>> usage_traces(const telemetry::Frame& frame,
                                             const UsageColumns& columns = {});

/// What a policy gets to see of a demand above its limit.
enum class Seen {
  served,  ///< as a meter would: never more than the limit in effect
  demand   ///< the demand itself, as in most published simulations
};
std::string_view to_string(Seen seen);

struct SizingReplayOptions {
  double train_share = 0.5;  ///< of the samples, that are shown at once and not judged; in [0, 1)
  Seen seen = Seen::served;
  std::size_t keep_decisions = 100'000;  ///< most decisions kept; only those that act are
};
/// @throws ConfigError naming the option
void check(const SizingReplayOptions& options);

/// How one resource fared. Cores or bytes.
struct SizingScore {
  std::size_t samples = 0;   ///< judged: demand and limit known
  std::size_t unknown = 0;   ///< not judged
  std::size_t above = 0;     ///< samples whose demand was above the limit; of memory each is a kill
  std::size_t episodes = 0;  ///< uninterrupted runs of such samples
  std::size_t resizes = 0, raises = 0;
  double demand = 0;      ///< mean
  double allocation = 0;  ///< mean limit
  double unserved = 0;    ///< mean demand above the limit

  double above_share() const;     ///< of the samples; NaN without any
  double unserved_share() const;  ///< of the demand: what was throttled
  double slack() const;           ///< share of the allocation that was not used
};

struct SizedDecision {
  std::size_t sample = 0;
  decision::SizingDecision decision{};
};

/// What following a policy would have meant. Columns have one value a judged sample.
struct SizingResult {
  std::string name{};         ///< of the policy
  std::string application{};  ///< of the trace
  std::size_t first = 0;      ///< index of the first judged sample
  SizingScore cpu{}, memory{};
  std::vector<double> cpu_limit{}, memory_limit{};
  std::vector<SizedDecision> decisions{};
  /// Why the policy cannot be followed on this application; empty: it was. Nothing is then scored,
  /// and the limits are not known.
  std::string left_out{};

  std::size_t out_of_memory() const { return memory.above; }
};

/// Replays the trace. The policy is shown the first part at once, as a live agent's look-back; its
/// first limits are those it then decides, else what the user asked for, else the first part's
/// maximum. From then on it sees each sample at its time, and what it decides is in effect from the
/// next one on. A killed instance asks for the same again: the recorded demand goes on.
/// Deterministic. @throws ConfigError, LogicError (a trace without judged samples or with times
/// that do not increase)
SizingResult replay_sizing(const UsageTrace& trace, decision::SizingPolicy& policy,
                           const SizingReplayOptions& options = {});

/// Sums up several applications: counts are added; demand, allocation and unserved are sums of the
/// applications' means. Columns and decisions are left out.
SizingResult sum_of(const std::vector<SizingResult>& results);

/// {"policy","application","out_of_memory","cpu":{…},"memory":{…}}, and "left_out" where it was.
Value to_value(const SizingResult& result);

}  // namespace learningplane::simulation
