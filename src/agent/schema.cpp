#include "agent/sections.hpp"
#include "learningplane/agent/config.hpp"

namespace learningplane::agent {

namespace {

Value typed(ParameterType type) {
  switch (type) {
    case ParameterType::boolean: return Value::object().set("type", "boolean");
    case ParameterType::integer: return Value::object().set("type", "integer");
    case ParameterType::number: return Value::object().set("type", "number");
    case ParameterType::string: return Value::object().set("type", "string");
    case ParameterType::duration:
      return Value::object().set("type", "string").set("description", "a duration like 90s or 5m");
    case ParameterType::list: return Value::object().set("type", "array");
    case ParameterType::mapping: return Value::object().set("type", "object");
    case ParameterType::any: return Value::object();
  }
  return Value::object();
}

Value property(const Parameter& p) {
  Value out = typed(p.type);
  std::string text = p.summary;
  if (p.type == ParameterType::duration) text += "; a duration like 90s, 5m or 1h30m";
  out.set("description", text);
  if (!p.fallback.is_null()) out.set("default", p.fallback);
  if (!p.allowed.empty()) {
    Value allowed = Value::array();
    for (const std::string& a : p.allowed) allowed.push(a);
    out.set("enum", std::move(allowed));
  }
  if (p.minimum > -1e308) out.set("minimum", p.minimum);
  if (p.maximum < 1e308) out.set("maximum", p.maximum);
  return out;
}

/// A section's schema; `kind` where it stands under a registered name.
Value section(const Manifest& m, std::string_view kind = {}) {
  Value properties = Value::object();
  Value required = Value::array();
  if (!kind.empty()) {
    properties.set("kind", Value::object().set("const", kind));
    required.push("kind");
  }
  for (const Parameter& p : m.parameters) {
    properties.set(p.name, property(p));
    if (p.required) required.push(p.name);
  }
  Value out = Value::object()
                  .set("type", "object")
                  .set("description", m.summary)
                  .set("properties", std::move(properties))
                  .set("additionalProperties", false);
  if (required.size() > 0) out.set("required", std::move(required));
  return out;
}

template <class R>
Value any_kind(const R& registry) {
  Value list = Value::array();
  for (const std::string& name : registry.names())
    list.push(section(registry.manifest(name), name));
  return Value::object().set("oneOf", std::move(list));
}

/// A policy, or the file that one stands in.
Value policies(const Registries& r) {
  Value out = any_kind(r.policies);
  Value list = *out.find("oneOf");
  Parameter file{"file", ParameterType::string, "as `learningplane tune` writes it"};
  file.required = true;
  list.push(section({"file", "From a file of its own", {std::move(file)}}));
  return out.set("oneOf", std::move(list));
}

Value by_name(Value each) {
  return Value::object()
      .set("type", "object")
      .set("minProperties", 1)
      .set("additionalProperties", std::move(each));
}

Value ref(std::string_view name) {
  return Value::object().set("$ref", "#/$defs/" + std::string(name));
}

}  // namespace

Value agent_schema(const Registries& r) {
  Value schedule = section(schedule_section());
  Value properties = *schedule.find("properties");
  properties.set("trigger", ref("trigger"));
  schedule.set("properties", std::move(properties));

  Value top = section(file_section());
  Value p = *top.find("properties");
  p.set("applications",
        Value::object()
            .set("type", "array")
            .set("items",
                 Value::object().set("oneOf", Value::array()
                                                  .push(Value::object().set("type", "string"))
                                                  .push(section(application_section())))));
  p.set("sensors", by_name(ref("sensor")));
  p.set("models", by_name(ref("model")));
  p.set("sites", by_name(section(site_section())));
  p.set("forecast", section(forecast_section()));
  p.set("policy", ref("policy"));
  p.set("scaling", section(scaling_section()));
  p.set("sizing", section(sizing_section()));
  p.set("actuators", by_name(ref("actuator")));
  p.set("schedules", by_name(std::move(schedule)));
  p.set("journal", section(journal_section()));
  p.set("server", section(server_section()));

  Value out = Value::object()
                  .set("$schema", "https://json-schema.org/draft/2020-12/schema")
                  .set("title", "learningplane agent file");
  for (const auto& [name, v] : top.as_object()) out.set(name, name == "properties" ? p : v);
  return out.set("$defs", Value::object()
                              .set("sensor", any_kind(r.sensors))
                              .set("model", any_kind(r.forecasters))
                              .set("policy", policies(r))
                              .set("actuator", any_kind(r.actuators))
                              .set("trigger", any_kind(r.triggers)));
}

}  // namespace learningplane::agent
