#pragma once
#include "learningplane/decision/sizing_resource.hpp"

namespace learningplane::decision {

struct SizingRequestOptions {
  double cpu_cores = 0;     ///< 0: what the user asked for
  double memory_bytes = 0;  ///< 0: what the user asked for
  SizingLimits limits{};
};
Manifest sizing_request_manifest();
SizingRequestOptions sizing_request_options(const Value& checked);

/// What was asked for, whatever is used: by the user, or as fixed numbers (such as a percentile of
/// the past). The baseline. No bump raises it. Rules: request, no_request.
class SizingRequest final : public SizingByResource {
 public:
  /// @throws ConfigError
  explicit SizingRequest(SizingRequestOptions options);
  std::string_view kind() const override { return "sizing_request"; }
};

}  // namespace learningplane::decision
