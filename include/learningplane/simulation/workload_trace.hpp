#pragma once
#include <string>
#include <vector>

#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"
#include "learningplane/time.hpp"

namespace learningplane::simulation {

/// The load of a service, slot by slot. NaN: not known.
struct WorkloadTrace {
  TimePoint start = from_ns(1'704'067'200'000'000'000);  ///< 2024-01-01T00:00:00Z, a Monday
  Duration slot = std::chrono::minutes(1);
  std::vector<double> load{};

  std::size_t size() const { return load.size(); }
  /// When the slot begins.
  TimePoint time(std::size_t index) const {
    return start + slot * static_cast<std::int64_t>(index);
  }
  /// One column "load" over the slots [first, first + count).
  telemetry::Frame frame(std::size_t first, std::size_t count) const;
};

/// A text file with one number a line (slots of `slot` from the default start), or a CSV with a
/// time column, of which `column` is the load (empty: its only one); its times must be evenly
/// spaced. @return not_found, malformed
Result<WorkloadTrace> read_trace(const std::string& path, const std::string& column = {},
                                 Duration slot = std::chrono::minutes(1));

/// How the rows of a table become slots.
enum class TraceCombine {
  even,  ///< a row is a slot: times must be evenly spaced
  mean,  ///< the mean of the slot's known values; a slot without any is unknown
  sum,   ///< their sum; a slot without any is unknown
  count  ///< how many rows fall into the slot, none being zero: each row is a request
};
/// @throws ConfigError
TraceCombine trace_combine_from(std::string_view name);

struct TraceReading {
  std::string column{};                     ///< the load; empty: the only one. Not for `count`
  Duration slot = std::chrono::minutes(1);  ///< above 0; of even tables the rows say it
  TraceCombine combine = TraceCombine::even;
};
/// The same, with uneven tables and lists of requests. Slots begin at whole steps since 1970 UTC;
/// the first and the last are those of the first and the last row.
/// @return not_found, malformed
Result<WorkloadTrace> read_trace(const std::string& path, const TraceReading& reading);

}  // namespace learningplane::simulation
