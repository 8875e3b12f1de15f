#pragma once
#include <string>
#include <string_view>

#include "learningplane/value.hpp"

namespace learningplane::actuator {

enum class OutcomeStatus {
  done,          ///< carried out and acknowledged
  already_done,  ///< it was so before; nothing was changed
  planned,       ///< dry run: this is what would be done
  conflict,      ///< somebody else changed the object: read again and decide again
  refused,       ///< permanently: no rights, no such object, invalid
  failed,        ///< for now; certainly not carried out
  unknown        ///< it may or may not have been carried out (connection lost after sending)
};
std::string_view to_string(OutcomeStatus status);

/// What became of a command.
struct Outcome {
  OutcomeStatus status = OutcomeStatus::failed;
  std::string message{};           ///< for a person; no secrets
  Value detail = Value::object();  ///< what was sent, what was answered
  int attempts = 0;

  bool in_effect() const {
    return status == OutcomeStatus::done || status == OutcomeStatus::already_done;
  }
};

}  // namespace learningplane::actuator
