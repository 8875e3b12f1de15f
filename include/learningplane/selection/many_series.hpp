#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "learningplane/model/model.hpp"
#include "learningplane/registry.hpp"
#include "learningplane/telemetry/buffer.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::selection {

/// One of many series. It may share memory with whoever made it.
struct ManySeries {
  std::string id{};
  telemetry::Buffer<double> values{};
  telemetry::Buffer<std::int64_t> times_ns{};  ///< empty: `start_ns` and every `step_ns` after it
  std::int64_t start_ns = 0;
  std::int64_t step_ns = 0;  ///< above zero without times; with them 0, or what their step must be
};

/// Gives the series one after another, then nothing.
using ManySource = std::function<std::optional<ManySeries>()>;
/// The series of a list, which must outlive the source.
ManySource source_of(const std::vector<ManySeries>& series);

/// How far a run has come, and how it ended.
struct ManySummary {
  std::size_t series = 0;  ///< handed to the sink, failures included
  std::size_t failed = 0;
  bool cancelled = false;
};
/// Called after each result and some ten times a second while one is waited for; false stops the
/// run after what has been handed over.
using ManyProgress = std::function<bool(const ManySummary& so_far)>;

/// How many series share one run. Every series gets a model of its own, so that results are the
/// same for any number of threads, bit for bit. Source, sink and progress are called on the
/// caller's thread only, the sink in the order of the source. A few dozen series at a time are in
/// memory.
struct ManyOptions {
  std::string kind = "auto";      ///< a registered model
  Value model = Value::object();  ///< its options; "target" is not used
  std::string fallback{};         ///< kind for series too short for `kind`; empty: they fail
  std::size_t horizon = 36;       ///< steps ahead, 1 or more
  std::vector<double> levels{};   ///< quantile levels in (0, 1), increasing
  std::size_t threads = 1;        ///< 0: as many as the machine has
};

/// The name of the one column that the models see.
inline constexpr const char* many_target = "y";

/// A series as a frame, or why it cannot be used.
struct ManyInput {
  telemetry::Frame frame{};
  std::string note{};  ///< what was done to it: rows sorted, values not known
};
/// Sorts by time where that is needed. @return malformed (lengths, step), conflict (a time stands
/// twice), not_enough_data (fewer than two rows), unknown_data (nothing is known),
/// invalid_argument (times too far out for `horizon` more)
Result<ManyInput> many_input(const ManySeries& series, std::size_t horizon);

/// Builds the models of a run: options with our target and, where the kind takes one, the horizon.
/// @throws ConfigError naming kind or option
std::function<std::unique_ptr<model::Forecaster>()> many_maker(
    const ManyOptions& options, const Registry<model::Forecaster>& all);

}  // namespace learningplane::selection
