#pragma once
#include <cstdint>
#include <functional>
#include <span>

#include "learningplane/value.hpp"

namespace learningplane::report {

/// A number as a page shows it: five digits; null where it is not known.
Value drawn_number(double v);

/// The usual time from one row to the next: the median, in nanoseconds; 0 with fewer than two rows.
std::int64_t usual_step(std::span<const std::int64_t> times_ns);

struct DrawnOptions {
  std::size_t points = 1'200;  ///< about so many at most; of more rows only extremes are drawn
  std::int64_t gap_ns = 0;     ///< rows farther apart are not connected; 0: all are
  double unit = 1;             ///< values are divided by it
};
/// A line as a page draws it: {"t": [milliseconds …], "v": [number or null …]}. Where there are too
/// many rows the time is cut into parts of equal length, and of each the lowest and the highest
/// value stay, at their times: what the eye sees is the same. Null: not known, or a gap.
Value drawn_series(std::span<const std::int64_t> times_ns,
                   const std::function<double(std::size_t row)>& value,
                   const DrawnOptions& options = {});
/// Values that hold until the next one: changes alone are kept, and of too many as above.
Value drawn_steps(std::span<const std::int64_t> times_ns,
                  const std::function<double(std::size_t row)>& value,
                  const DrawnOptions& options = {});

}  // namespace learningplane::report
