#pragma once
#include "learningplane/model/attention.hpp"

namespace learningplane::model {

/// What the registry lists under "informer".
Manifest informer_manifest();
/// Options from a checked tree. @throws ConfigError
AttentionOptions informer_options(const Value& checked);

/// Informer (Zhou et al. 2021) in a size that is trained in minutes on one core: ProbSparse
/// attention, distilling between encoder layers, a decoder that gives all steps at once.
class Informer final : public AttentionForecaster {
 public:
  /// @throws ConfigError naming the option
  explicit Informer(AttentionOptions options)
      : AttentionForecaster(std::move(options), Kind::informer) {}
  std::string_view kind() const override { return "informer"; }
};

}  // namespace learningplane::model
