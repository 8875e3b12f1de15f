#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "learningplane/telemetry/frame.hpp"

namespace learningplane::features {

struct WindowOptions {
  std::vector<std::string> inputs{};  ///< columns of x, in this order; may hold the target
  std::string target{};               ///< column of y
  std::size_t lags = 10;              ///< rows of x before each y, at least 1
  std::size_t horizon = 1;            ///< rows of y after each x, at least 1
  Duration step{0};  ///< distance of neighbouring rows; zero: the frame's most frequent one
};

/// Supervised examples: the rows [t - lags, t) explain the rows [t, t + horizon) of the target.
struct Windows {
  std::size_t lags = 0;
  std::size_t inputs = 0;
  std::size_t horizon = 0;
  std::vector<double> x{};               ///< n x lags x inputs, row-major, oldest lag first
  std::vector<double> y{};               ///< n x horizon
  std::vector<std::int64_t> times_ns{};  ///< of the first y of each example
  std::vector<std::size_t> rows{};       ///< row of the frame of the first y of each example
  std::vector<std::string> names{};      ///< the inputs

  std::size_t size() const { return times_ns.size(); }
  /// One example's lags x inputs.
  std::span<const double> example(std::size_t i) const {
    return std::span(x).subspan(i * lags * inputs, lags * inputs);
  }
};

/// Cuts a frame into examples. Windows that span a gap (times not lags + horizon - 1 whole steps
/// apart) or hold an unknown cell are left out.
/// @return invalid_argument (lags, horizon, no input), not_found (a column). No example at all is
/// an empty result.
Result<Windows> make_windows(const telemetry::Frame& frame, const WindowOptions& options);

/// The x that forecasts the row after the frame's last: its last `lags` rows, lags x inputs.
/// @return as make_windows; not_enough_data (too few rows, or a gap in them), unknown_data.
Result<std::vector<double>> latest_window(const telemetry::Frame& frame,
                                          const WindowOptions& options);

}  // namespace learningplane::features
