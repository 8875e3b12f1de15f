#pragma once
#include <utility>

#include "learningplane/model/recurrent.hpp"

namespace learningplane::model {

using LstmOptions = RecurrentOptions;

/// What the registry lists under "lstm".
inline Manifest lstm_manifest() { return recurrent_manifest(Cell::lstm); }
/// Options from a checked tree. @throws ConfigError
inline LstmOptions lstm_options(const Value& value) { return recurrent_options(value); }

/// Long short-term memory.
class Lstm final : public Recurrent {
 public:
  /// @throws ConfigError naming the option
  explicit Lstm(LstmOptions options) : Recurrent(std::move(options), Cell::lstm) {}
};

}  // namespace learningplane::model
