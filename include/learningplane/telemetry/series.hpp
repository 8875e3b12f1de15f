#pragma once
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::telemetry {

/// One column with its time stamps: what a univariate model or a plot takes. Shares memory with the
/// frame it came from.
struct Series {
  Buffer<std::int64_t> times_ns{};
  Column column{};

  std::size_t size() const { return times_ns.size(); }
  std::span<const double> values() const { return column.values.span(); }
  /// A frame of this one column.
  Result<Frame> to_frame() const { return Frame::make(times_ns, {column}); }
};

/// The named column of a frame as a series. @return not_found naming what is there.
Result<Series> series_of(const Frame& frame, std::string_view name, const Labels& labels = {});

}  // namespace learningplane::telemetry
