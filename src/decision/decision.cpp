#include "learningplane/decision/decision.hpp"

#include <fmt/format.h>

#include <cmath>

#include "learningplane/decision/scaling_explanation.hpp"
#include "learningplane/decision/sizing_explanation.hpp"

namespace learningplane::decision {

namespace {
constexpr std::string_view unknown_names[] = {"none",   "absent",  "not_a_number", "stale",
                                              "failed", "imputed", "no_model"};
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // clang 14 does not deduce it by itself
}  // namespace

std::string_view to_string(Unknown reason) {
  return unknown_names[static_cast<std::size_t>(reason)];
}

Quantity Quantity::of(double value, double imputed_share) {
  if (!std::isfinite(value))
    return missing(Unknown::not_a_number, fmt::format("the value is {}", value));
  return Quantity{value, Unknown::none, {}, imputed_share};
}

Quantity Quantity::missing(Unknown reason, std::string detail) {
  Quantity q;
  q.unknown = reason == Unknown::none ? Unknown::absent : reason;
  q.detail = std::move(detail);
  return q;
}

std::string_view kind(const Action& action) {
  static constexpr std::string_view names[] = {"hold", "place", "scale", "resize", "prewarm"};
  return names[action.index()];
}

Value to_value(const Action& action) {
  Value out = Value::object().set("kind", kind(action));
  std::visit(Overloaded{[](const Hold&) {}, [&](const Place& a) { out.set("site", a.site); },
                        [&](const Scale& a) { out.set("replicas", a.replicas); },
                        [&](const Resize& a) {
                          out.set("cpu_cores", a.cpu_cores).set("memory_bytes", a.memory_bytes);
                        },
                        [&](const Prewarm& a) { out.set("instances", a.instances); }},
             action);
  return out;
}

Result<Action> action_from_value(const Value& v) {
  try {
    const std::string k = v.get("kind", "");
    if (k == "hold") return Hold{};
    if (k == "place" && v.find("site") != nullptr) return Place{v.find("site")->as_string()};
    if (k == "scale" && v.find("replicas") != nullptr) return Scale{v.find("replicas")->as_int()};
    if (k == "resize") return Resize{v.get("cpu_cores", 0.0), v.get("memory_bytes", 0.0)};
    if (k == "prewarm" && v.find("instances") != nullptr)
      return Prewarm{v.find("instances")->as_int()};
    return fail(Errc::malformed,
                fmt::format("action: kind '{}' is not known or its fields are missing", k));
  } catch (const Error& e) {
    return fail(Errc::malformed, std::string("action: ") + e.what());
  }
}

Value to_value(const Decision& d) {
  Value considered = Value::array();
  for (const Considered& c : d.considered) {
    Value one = Value::object().set("name", c.name);
    if (c.value.known()) {
      one.set("value", c.value.value).set("imputed_share", c.value.imputed_share);
    } else {
      one.set("value", nullptr)
          .set("unknown", to_string(c.value.unknown))
          .set("detail", c.value.detail);
    }
    considered.push(std::move(one.set("feasible", c.feasible).set("note", c.note)));
  }
  return Value::object()
      .set("action", to_value(d.action))
      .set("application", d.application)
      .set("rule", d.rule)
      .set("reason", d.reason)
      .set("considered", std::move(considered))
      .set("details", d.details);
}

Result<Decision> decision_from_value(const Value& v) {
  Decision d;
  try {
    const Value* action = v.find("action");
    if (action == nullptr) return fail(Errc::malformed, "decision: 'action' is missing");
    auto a = action_from_value(*action);
    if (!a) return tl::unexpected(a.error());
    d.action = *a;
    d.application = v.get("application", "");
    d.rule = v.get("rule", "");
    d.reason = v.get("reason", "");
    if (const Value* details = v.find("details")) d.details = *details;
    if (const Value* list = v.find("considered")) {
      for (const Value& one : list->as_array()) {
        Considered c;
        c.name = one.get("name", "");
        c.feasible = one.get("feasible", false);
        c.note = one.get("note", "");
        const Value* value = one.find("value");
        if (value != nullptr && value->is_number()) {
          c.value = Quantity::of(value->as_double(), one.get("imputed_share", 0.0));
        } else {
          Unknown reason = Unknown::absent;
          const std::string text = one.get("unknown", "absent");
          for (std::size_t i = 0; i < std::size(unknown_names); ++i) {
            if (unknown_names[i] == text) reason = static_cast<Unknown>(i);
          }
          c.value = Quantity::missing(reason, one.get("detail", ""));
        }
        d.considered.push_back(std::move(c));
      }
    }
  } catch (const Error& e) {
    return fail(Errc::malformed, std::string("decision: ") + e.what());
  }
  return d;
}

std::string explain(const Decision& d) {
  if (is_scaling(d)) return explain_scaling(d);
  if (is_sizing(d)) return explain_sizing(d);
  std::string out = std::visit(
      Overloaded{[](const Hold&) { return std::string("Hold"); },
                 [](const Place& a) { return fmt::format("Place on {}", a.site); },
                 [](const Scale& a) { return fmt::format("Scale to {}", a.replicas); },
                 [](const Resize& a) {
                   return fmt::format("Resize to {} cores, {} bytes", a.cpu_cores, a.memory_bytes);
                 },
                 [](const Prewarm& a) { return fmt::format("Prewarm {}", a.instances); }},
      d.action);
  out += fmt::format(" [{}]: {}", d.rule, d.reason);
  for (const Considered& c : d.considered) {
    out += c.value.known() ? fmt::format("\n  {}: {:.4f}{}", c.name, c.value.value,
                                         c.feasible ? "" : ", below the constraint")
                           : fmt::format("\n  {}: unknown ({}: {})", c.name,
                                         to_string(c.value.unknown), c.value.detail);
    if (!c.note.empty()) out += fmt::format(", {}", c.note);
  }
  return out;
}

}  // namespace learningplane::decision
