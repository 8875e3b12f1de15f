#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "learningplane/model/lstm_network.hpp"
#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::model::detail {

/// Rows of the chosen columns, oldest first; NaN where unknown.
struct LstmRows {
  std::vector<std::int64_t> times{};
  std::vector<double> values{};          ///< rows x columns
  std::vector<std::uint32_t> imputed{};  ///< imputed cells of each row
  std::size_t columns = 0;

  std::size_t size() const { return times.size(); }
  /// @return not_found naming the column
  static Result<LstmRows> from(const telemetry::Frame& frame,
                               const std::vector<std::string>& columns);
  /// Adds the rows of `newer` that are newer than the last one here. @return how many
  std::size_t append(const LstmRows& newer);
  void keep_last(std::size_t count);
  /// For each row, how many rows up to it are known and `step` apart.
  std::vector<std::size_t> runs(std::int64_t step) const;
};

/// Windows of `steps` rows and the `outputs` targets that follow each.
struct LstmWindows {
  std::vector<double> values{}, targets{};
  std::size_t count = 0, steps = 0;
  std::vector<std::size_t> ends{};  ///< row of each window's last step
  WindowView view() const { return {values, count, steps}; }

  struct Cut {
    std::size_t steps, outputs, target_column;
    std::int64_t step_ns;
    std::size_t first_target;  ///< windows whose targets start before this row are left out
  };
  /// Keeps at most `most` of them, evenly spaced.
  void thin(std::size_t most);
  static LstmWindows from(const LstmRows& rows, const Cut& cut);
};

}  // namespace learningplane::model::detail
