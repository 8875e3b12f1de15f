#include "learningplane/model/nested.hpp"

#include <algorithm>
#include <string>

#include "learningplane/error.hpp"

namespace learningplane::model {

namespace {

constexpr const char* allowed = "the name of a model, or a mapping {kind: NAME, option: value}";

std::string kind_of(const Value& spec, std::string_view key) {
  if (spec.is_string()) return spec.as_string();
  const Value* kind = spec.find("kind");
  if (kind == nullptr || !kind->is_string()) throw ConfigError("", key, spec.kind(), allowed);
  return kind->as_string();
}

Value options_of(const Registry<Forecaster>& all, const Value& spec, std::string_view target,
                 const std::string& kind) {
  Value options = Value::object();
  if (spec.is_object()) {
    for (const auto& [name, value] : spec.as_object())
      if (name != "kind") options.set(name, value);
  }
  const auto& parameters = all.manifest(kind).parameters;
  const bool takes = std::any_of(parameters.begin(), parameters.end(),
                                 [](const Parameter& p) { return p.name == "target"; });
  if (takes && options.find("target") == nullptr && !target.empty()) options.set("target", target);
  return options;
}

}  // namespace

std::unique_ptr<Forecaster> build_nested(const Registry<Forecaster>& all, const Value& spec,
                                         std::string_view target, std::string_view key) {
  const std::string kind = kind_of(spec, key);
  return all.build_at(key, kind, options_of(all, spec, target, kind));
}

Value nested_spec(const Registry<Forecaster>& all, const Value& spec, std::string_view target,
                  std::string_view key) {
  const std::string kind = kind_of(spec, key);
  const Value checked = all.manifest(kind).check(options_of(all, spec, target, kind), key);
  Value out = Value::object().set("kind", kind);
  for (const auto& [name, value] : checked.as_object()) out.set(name, value);
  return out;
}

}  // namespace learningplane::model
