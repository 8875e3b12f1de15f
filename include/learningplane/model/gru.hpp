#pragma once
#include <utility>

#include "learningplane/model/recurrent.hpp"

namespace learningplane::model {

using GruOptions = RecurrentOptions;

/// What the registry lists under "gru".
inline Manifest gru_manifest() { return recurrent_manifest(Cell::gru); }
/// Options from a checked tree. @throws ConfigError
inline GruOptions gru_options(const Value& value) { return recurrent_options(value); }

/// Gated recurrent unit: three gates where the LSTM has four, so a quarter less to learn and to
/// compute.
class Gru final : public Recurrent {
 public:
  /// @throws ConfigError naming the option
  explicit Gru(GruOptions options) : Recurrent(std::move(options), Cell::gru) {}
};

}  // namespace learningplane::model
