#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"
#include "learningplane/value.hpp"

namespace learningplane::model::detail {

/// Where on its grid of times a univariate model stands.
struct SeriesCursor {
  std::int64_t step_ns = 0;
  std::int64_t last_ns = 0;  ///< time of the last row, known or not
  double last = 0;           ///< last known value
  std::size_t unknown = 0;   ///< steps since it
  bool broken = false;       ///< a gap was longer than may be bridged
  std::size_t taken = 0;     ///< values that the model rests on, bridged ones included
  std::size_t imputed = 0;   ///< of these, bridged or flagged as imputed

  /// @return unknown_data where nothing may be said of the coming steps
  Result<void> check() const;
  std::vector<std::int64_t> coming(std::size_t horizon) const;
  /// All but the last value, which has its place among the tensors.
  void save(Value& attributes) const;
  /// @throws FormatError naming what is absent or cannot be
  static SeriesCursor from(const Value& attributes);
  double imputed_share() const {
    return taken == 0 ? 0 : static_cast<double>(imputed) / static_cast<double>(taken);
  }
};

/// A column as an evenly spaced series of known numbers: what follows the last gap that is too
/// long.
struct SeriesGrid {
  std::vector<double> values{};
  std::size_t bridged = 0;  ///< unknown steps filled by a straight line
  SeriesCursor cursor{};
};
/// @return not_found (a column), not_enough_data, unknown_data (the series ends in a long gap)
Result<SeriesGrid> series_grid(const telemetry::Frame& frame, const std::string& target,
                               std::size_t max_gap);
/// The values after the cursor, short gaps bridged; moves the cursor behind them.
Result<std::vector<double>> newer_values(const telemetry::Frame& frame, const std::string& target,
                                         std::size_t max_gap, SeriesCursor& cursor);

}  // namespace learningplane::model::detail
