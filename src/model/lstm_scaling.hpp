#pragma once
#include <span>
#include <vector>

#include "learningplane/model/lstm.hpp"

namespace learningplane::model::detail {

/// Scales windows column by column and targets by themselves; everything comes from the training
/// windows alone.
struct LstmScaling {
  std::vector<double> offset, scale, lowest, highest;  ///< one a column
  double target_offset = 0, target_scale = 1;

  /// @param count of the windows, how many are the training part
  static LstmScaling fit(const LstmOptions& options, std::size_t target_column,
                         const WindowView& windows, std::span<const double> targets);
  std::vector<double> windows(const LstmOptions& options, const WindowView& raw) const;
  /// Targets to what the network learns, in place of a copy; `last` is the last known target.
  double to_network(double target, double last, LstmOutput output) const {
    return ((output == LstmOutput::residual ? target - last : target) - target_offset) /
           target_scale;
  }
  double from_network(double value, double last, LstmOutput output) const {
    return value * target_scale + target_offset + (output == LstmOutput::residual ? last : 0);
  }
};

}  // namespace learningplane::model::detail
