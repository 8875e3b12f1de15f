#include "learningplane/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "learningplane/json.hpp"
#include "learningplane/time.hpp"

namespace learningplane {

std::string_view to_string(ParameterType type) {
  switch (type) {
    case ParameterType::boolean: return "boolean";
    case ParameterType::integer: return "integer";
    case ParameterType::number: return "number";
    case ParameterType::string: return "string";
    case ParameterType::duration: return "duration";
    case ParameterType::list: return "list";
    case ParameterType::mapping: return "mapping";
    case ParameterType::any: return "any";
  }
  return "any";
}

namespace {

/// Edits needed to turn a into b: to guess what a mistyped key meant.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, cost});
    }
  }
  return row[b.size()];
}

std::string nearest(std::string_view name, const std::vector<std::string>& known) {
  std::size_t best = 3;
  std::string out;
  for (const std::string& k : known) {
    if (const std::size_t d = distance(name.substr(0, 64), k); d < best) {
      best = d;
      out = fmt::format("did you mean '{}'? ", k);
    }
  }
  return out;
}

std::string where_of(const Value& v) {
  return v.where().line > 0 ? fmt::format("line {}", v.where().line) : std::string();
}
std::string shown(const Value& v) { return v.is_string() ? v.as_string() : dump_json(v); }

bool fits(const Parameter& p, const Value& v) {
  switch (p.type) {
    case ParameterType::boolean: return v.is_bool();
    case ParameterType::integer: return v.is_int();
    case ParameterType::number: return v.is_number() && std::isfinite(v.as_double());
    case ParameterType::string: return v.is_string();
    case ParameterType::duration: return v.is_string() && parse_duration(v.as_string()).has_value();
    case ParameterType::list: return v.is_array();
    case ParameterType::mapping: return v.is_object();
    case ParameterType::any: return true;
  }
  return false;
}

std::string wanted(const Parameter& p) {
  if (!p.allowed.empty()) return fmt::format("allowed: {}", fmt::join(p.allowed, ", "));
  std::string out = fmt::format("a {} is expected", to_string(p.type));
  if (p.type == ParameterType::duration) out += ", like 90s, 5m or PT5M";
  if (p.minimum > -1e308 && p.maximum < 1e308) {
    out += fmt::format(" from {} to {}", p.minimum, p.maximum);
  } else if (p.minimum > -1e308) {
    out += fmt::format(" of at least {}", p.minimum);
  } else if (p.maximum < 1e308) {
    out += fmt::format(" of at most {}", p.maximum);
  }
  if (!p.summary.empty()) out += fmt::format(" ({})", p.summary);
  return out;
}

void check_one(const Parameter& p, const Value& v, const std::string& key) {
  const bool in_range =
      !v.is_number() || (v.as_double() >= p.minimum && v.as_double() <= p.maximum);
  const bool is_allowed =
      p.allowed.empty() || !v.is_string() ||
      std::find(p.allowed.begin(), p.allowed.end(), v.as_string()) != p.allowed.end();
  if (!fits(p, v) || !in_range || !is_allowed)
    throw ConfigError(where_of(v), key, shown(v), wanted(p));
}

}  // namespace

Value Manifest::check(const Value& options, std::string_view path) const {
  const std::string prefix = path.empty() ? std::string() : fmt::format("{}.", path);
  if (!options.is_null() && !options.is_object()) {
    throw ConfigError(where_of(options), path.empty() ? name : path, shown(options),
                      "a mapping of options is expected");
  }
  std::vector<std::string> known;
  for (const Parameter& p : parameters) known.push_back(p.name);
  if (options.is_object()) {
    for (const auto& [key, value] : options.as_object()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        throw ConfigError(where_of(value), prefix + key, shown(value),
                          fmt::format("{}'{}' has the options: {}", nearest(key, known), name,
                                      fmt::join(known, ", ")));
      }
    }
  }
  Value out = Value::object();
  for (const Parameter& p : parameters) {
    const Value* given = options.find(p.name);
    if (given == nullptr || given->is_null()) {
      if (p.required)
        throw ConfigError(where_of(options), prefix + p.name, "",
                          fmt::format("it is required: {}", wanted(p)));
      out.set(p.name, p.fallback);
    } else {
      check_one(p, *given, prefix + p.name);
      out.set(p.name, *given);
    }
  }
  return out;
}

Value Manifest::to_value() const {
  Value list = Value::array();
  for (const Parameter& p : parameters) {
    Value one = Value::object();
    one.set("name", p.name)
        .set("type", std::string(learningplane::to_string(p.type)))
        .set("summary", p.summary);
    one.set("default", p.fallback).set("required", p.required);
    if (!p.allowed.empty()) {
      Value allowed = Value::array();
      for (const std::string& a : p.allowed) allowed.push(a);
      one.set("allowed", std::move(allowed));
    }
    if (p.minimum > -1e308) one.set("minimum", p.minimum);
    if (p.maximum < 1e308) one.set("maximum", p.maximum);
    list.push(std::move(one));
  }
  return Value::object()
      .set("name", name)
      .set("summary", summary)
      .set("parameters", std::move(list));
}

namespace detail {

void throw_unknown_name(std::string_view what, std::string_view name,
                        const std::vector<std::string>& known) {
  throw ConfigError("", what, name,
                    fmt::format("{}known: {}", nearest(name, known), fmt::join(known, ", ")));
}

void throw_double_name(std::string_view what, std::string_view name) {
  throw LogicError(fmt::format("the {} '{}' is registered already", what, name));
}

}  // namespace detail

}  // namespace learningplane
