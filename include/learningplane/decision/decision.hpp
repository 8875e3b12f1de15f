#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "learningplane/decision/quantity.hpp"
#include "learningplane/result.hpp"
#include "learningplane/value.hpp"

namespace learningplane::decision {

/// Leave everything as it is.
struct Hold {
  friend bool operator==(const Hold&, const Hold&) = default;
};
/// Run the application on this site (a node, a cluster).
struct Place {
  std::string site{};
  friend bool operator==(const Place&, const Place&) = default;
};
/// Run this many instances.
struct Scale {
  std::int64_t replicas = 1;
  friend bool operator==(const Scale&, const Scale&) = default;
};
/// Give each instance these resources: cores and bytes.
struct Resize {
  double cpu_cores = 0;
  double memory_bytes = 0;
  friend bool operator==(const Resize&, const Resize&) = default;
};
/// Start this many instances ahead of need.
struct Prewarm {
  std::int64_t instances = 1;
  friend bool operator==(const Prewarm&, const Prewarm&) = default;
};

using Action = std::variant<Hold, Place, Scale, Resize, Prewarm>;
/// "hold", "place", "scale", "resize" or "prewarm".
std::string_view kind(const Action& action);
/// {"kind":"place","site":"edge-1"} and back. from_value: malformed names the key.
Value to_value(const Action& action);
Result<Action> action_from_value(const Value& value);

/// What was known of one choice, and what became of it.
struct Considered {
  std::string name{};     ///< a site, a number of replicas
  Quantity value{};       ///< the number it was judged by
  bool feasible = false;  ///< meets the constraint
  std::string note{};     ///< why it was not taken
};

/// What to do and why.
struct Decision {
  Action action = Hold{};
  std::string application{};
  std::string rule{};    ///< the one rule that bound it, a stable name: "highest_forecast",
                         ///< "hysteresis", "unknown_data"
  std::string reason{};  ///< one sentence for a person
  std::vector<Considered> considered{};
  Value details = Value::object();  ///< constraint, margin, quantile …, as the policy applied them

  bool acts() const { return !std::holds_alternative<Hold>(action); }
};

Value to_value(const Decision& decision);
Result<Decision> decision_from_value(const Value& value);
/// Rule, reason and every choice's number in a short paragraph.
std::string explain(const Decision& decision);

}  // namespace learningplane::decision
