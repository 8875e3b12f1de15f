#pragma once
#include "learningplane/model/attention.hpp"

namespace learningplane::model {

/// The same options with Yformer's own defaults.
struct YformerOptions : AttentionOptions {
  YformerOptions() {
    encoder_layers = 3;
    decoder_layers = 0;
  }
};

/// What the registry lists under "yformer".
Manifest yformer_manifest();
/// Options from a checked tree. @throws ConfigError
AttentionOptions yformer_options(const Value& checked);

/// Yformer (Madhusudhanan et al. 2021), small: a U of attention levels over the past and the coming
/// steps, which learns to give the past back (weight `alpha`) beside the forecast.
class Yformer final : public AttentionForecaster {
 public:
  /// @throws ConfigError naming the option
  explicit Yformer(AttentionOptions options)
      : AttentionForecaster(std::move(options), Kind::yformer) {}
  std::string_view kind() const override { return "yformer"; }
};

}  // namespace learningplane::model
