#pragma once
#include "learningplane/decision/sizing_resource.hpp"

namespace learningplane::decision {

struct SizingWindowOptions {
  Duration cpu_window = std::chrono::hours(1);  ///< of the past that is looked at, above 0
  Duration memory_window = std::chrono::hours(1);
  double cpu_quantile = 1;  ///< in (0, 1]; 1: the maximum
  double memory_quantile = 1;
  double cpu_margin = 0;  ///< share added to it, 0 or more
  double memory_margin = 0;
  Duration every{0};  ///< a new wish so often; 0s: with every decision
  SizingLimits limits{};
};
Manifest sizing_window_manifest();
SizingWindowOptions sizing_window_options(const Value& checked);

/// The maximum, or a percentile, of a sliding window: the reactive baseline. Of n values the
/// ceil(q n)-th. Rules: window, between_windows, warming_up (less than half a window seen).
class SizingWindow final : public SizingByResource {
 public:
  /// @throws ConfigError
  explicit SizingWindow(SizingWindowOptions options);
  std::string_view kind() const override { return "sizing_window"; }
};

}  // namespace learningplane::decision
