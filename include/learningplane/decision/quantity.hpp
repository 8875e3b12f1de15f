#pragma once
#include <limits>
#include <string>
#include <string_view>

namespace learningplane::decision {

/// Why a number is not known.
enum class Unknown { none, absent, not_a_number, stale, failed, imputed, no_model };
std::string_view to_string(Unknown reason);

/// A number that a decision rests on, or the reason why it is not known. Unknown is never zero.
struct Quantity {
  double value = std::numeric_limits<double>::quiet_NaN();
  Unknown unknown = Unknown::absent;
  std::string detail{};      ///< for unknown ones: what happened, in words
  double imputed_share = 0;  ///< of the observations behind it, in [0, 1]

  bool known() const { return unknown == Unknown::none; }
  /// A finite value is known; NaN and infinite ones are not.
  static Quantity of(double value, double imputed_share = 0);
  static Quantity missing(Unknown reason, std::string detail);
};

}  // namespace learningplane::decision
