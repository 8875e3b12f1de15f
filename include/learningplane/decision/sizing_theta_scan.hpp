#pragma once
#include "learningplane/decision/sizing_resource.hpp"
#include "learningplane/model/theta_scan.hpp"

namespace learningplane::decision {

enum class ThetaScanWindow {
  fixed,   ///< a new size every `window` samples, for the coming window; capped
  dynamic  ///< for as long as the behaviour's history; not capped
};
std::string_view to_string(ThetaScanWindow window);

struct SizingThetaScanOptions {
  ThetaScanWindow mode = ThetaScanWindow::fixed;
  std::size_t window = 20;     ///< samples; also the history of what has no period; 1 or more
  std::size_t observed = 480;  ///< last samples that are looked at, 8 or more
  double cap = 5;              ///< fixed: at most so many times the last window's maximum, above 0
  double fallback = 0.95;      ///< percentile of the last window where too little was seen, (0, 1]
  double margin = 0;           ///< share added, 0 or more; the published code adds none
  model::ThetaScanMode scan = model::ThetaScanMode::mended;
  SizingLimits limits{};
};
Manifest sizing_theta_scan_manifest();
SizingThetaScanOptions sizing_theta_scan_options(const Value& checked);

/// ThetaScan (CLOUD 2021): at each resize the period is scanned for anew, and the size is the
/// maximum that the line times the season reaches until the next one. Where the history is longer
/// than half of what was seen, the percentile of the last window. Rules: forecast, capped,
/// last_window, between_windows, warming_up.
class SizingThetaScan final : public SizingByResource {
 public:
  /// @throws ConfigError
  explicit SizingThetaScan(SizingThetaScanOptions options);
  std::string_view kind() const override { return "sizing_theta_scan"; }
};

}  // namespace learningplane::decision
