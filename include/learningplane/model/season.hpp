#pragma once
#include <cstddef>
#include <cstdint>

#include "learningplane/registry.hpp"
#include "learningplane/result.hpp"
#include "learningplane/time.hpp"

namespace learningplane::model {

/// How long a season is: a number of steps, or a time that is a whole number of steps.
struct Season {
  std::size_t steps = 0;  ///< 0: `length` says it
  Duration length{0};     ///< zero with steps 0: none

  bool none() const { return steps == 0 && length.count() == 0; }
  /// 1 for none. @return invalid_argument where `length` is no whole number of steps
  Result<std::size_t> in_steps(std::int64_t step_ns) const;
  Value to_value() const;
};

/// The parameter "season" of a manifest; the fallback is a number of steps, a duration or "none".
Parameter season_parameter(Value fallback);
/// What was written under `key`. @throws ConfigError
Season season_from(const Value& value, std::string_view key = "season");

}  // namespace learningplane::model
