#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "adapters/prometheus/answer.hpp"
#include "adapters/prometheus/grid.hpp"
#include "learningplane/adapters/prometheus/sensor.hpp"

namespace learningplane::adapters::prometheus {

/// Name and labels of the column that a series becomes. @return invalid_argument where the query
/// gives none and the series has no metric name
Result<std::pair<std::string, Labels>> column_key(const Query& query, const AnswerSeries& series);

/// Puts the answers of the parts of a range query, and of several queries, into columns on one
/// grid.
class GridColumns {
 public:
  GridColumns(const Grid& grid, std::size_t max_cells) : grid_(grid), max_cells_(max_cells) {}

  /// @return malformed (a time that was not asked for), conflict (two values for one cell),
  /// too_large
  Result<void> add(const Query& query, const Answer& answer, Chunk chunk);
  /// Rows where at least one column has a sample.
  Result<telemetry::Frame> finish() &&;

 private:
  struct Filling {
    std::string unit;
    std::vector<double> values;
    std::vector<std::uint8_t> flags;
  };
  using Key = std::pair<std::string, Labels>;
  Result<void> place(const Key& key, Filling& column, const AnswerSeries& series,
                     Chunk chunk) const;

  Grid grid_;
  std::size_t max_cells_;
  std::map<Key, Filling> columns_{};
};

/// One series with its own time stamps.
Result<telemetry::Frame> frame_of(const Query& query, const AnswerSeries& series);

}  // namespace learningplane::adapters::prometheus
