#pragma once
#include <span>
#include <vector>

#include "learningplane/model/recurrent.hpp"

namespace learningplane::model::detail {

/// Scales windows column by column and targets by themselves; everything comes from the training
/// windows alone. A window becomes `inputs()` columns: its own, the target's in its form, and with
/// TargetForm::both the target's differences as one more.
struct RecurrentScaling {
  std::vector<double> offset{}, scale{}, lowest{}, highest{};  ///< one for each of inputs()
  double target_offset = 0, target_scale = 1;
  TargetForm form = TargetForm::level;
  std::size_t target_column = 0;
  InputRange range = InputRange::clipped;

  std::size_t inputs() const { return offset.size(); }
  std::size_t columns() const { return inputs() - (form == TargetForm::both ? 1 : 0); }

  /// @param count of the windows, how many are the training part
  static RecurrentScaling fit(const RecurrentOptions& options, std::size_t target_column,
                              const WindowView& windows, std::span<const double> targets);
  std::vector<double> windows(const WindowView& raw) const;
  /// The derivative by the numbers of a window from that by what windows() made of it.
  std::vector<double> gradient(const WindowView& raw, std::span<const double> scaled) const;
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
