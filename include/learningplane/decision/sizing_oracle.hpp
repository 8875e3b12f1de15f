#pragma once
#include "learningplane/decision/sizing_resource.hpp"

namespace learningplane::decision {

struct SizingOracleOptions {
  Duration window = std::chrono::hours(1);  ///< it decides once a window, for the coming one
  SizingLimits limits{};
};
Manifest sizing_oracle_manifest();
SizingOracleOptions sizing_oracle_options(const Value& checked);

/// The maximum of the coming window, which only a replay knows: what no policy can do better with
/// as few resizes. Unknown values of the future are passed over. Rules: oracle, between_windows,
/// no_future.
class SizingOracle final : public SizingByResource {
 public:
  /// @throws ConfigError
  explicit SizingOracle(SizingOracleOptions options);
  std::string_view kind() const override { return "sizing_oracle"; }
};

}  // namespace learningplane::decision
