#include "cli/evaluation_config.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"
#include "learningplane/telemetry/csv_sensor.hpp"

namespace learningplane::cli {

namespace {

Parameter parameter(const char* name, ParameterType type, const char* summary, Value fallback) {
  return {.name = name, .type = type, .summary = summary, .fallback = std::move(fallback)};
}
Parameter required(const char* name, ParameterType type, const char* summary) {
  return {.name = name, .type = type, .summary = summary, .required = true};
}

Manifest file_manifest() {
  return {"evaluation",
          "What is scored, on which telemetry, by which protocol",
          {parameter("telemetry", ParameterType::mapping, "options of the csv sensor, without path",
                     Value::object()),
           parameter("cleaning", ParameterType::any, "as in an agent file", {}),
           parameter("group", ParameterType::string, "label whose values are scored apart", ""),
           required("target", ParameterType::string, "column that is forecast"),
           parameter("inputs", ParameterType::list, "other columns to look at", Value::array()),
           parameter("lags", ParameterType::integer, "rows to look back", 10),
           parameter("walk_forward", ParameterType::mapping, "protocol", Value::object()),
           required("models", ParameterType::mapping, "name: {kind, options}"),
           parameter("placement", ParameterType::mapping, "placement study", {})}};
}

Manifest walk_manifest() {
  return {"walk_forward",
          "Refits in time",
          {parameter("from_hour", ParameterType::number, "scored from this hour on", 8.0),
           parameter("to_hour", ParameterType::number, "scored up to this hour", 24.0),
           parameter("refit_every", ParameterType::duration, "on all the past", "1h"),
           parameter("seeds", ParameterType::integer, "of models that take one", 5)}};
}

Manifest placement_manifest() {
  return {"placement",
          "Which site the agent would have chosen, and what that delivered",
          {required("model", ParameterType::string, "one of the models"),
           parameter("every", ParameterType::duration, "the trigger", "5m"),
           parameter("horizon", ParameterType::integer, "steps whose mean counts", 20),
           parameter("quantile", ParameterType::number, "of the forecast to plan on", 0.5),
           parameter("max_age", ParameterType::duration, "older observations are stale", "5m"),
           parameter("constraint_quantile", ParameterType::number,
                     "the constraint: this quantile of the past of all sites", 0.1),
           parameter("sweep", ParameterType::list, "more constraints", Value::array()),
           parameter("policy", ParameterType::mapping, "kind and options", Value::object())}};
}

Duration hours(double h) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::ratio<3600>>(h));
}

Duration duration(const Value& options, const char* key) {
  const Value& v = *options.find(key);
  const auto d = parse_duration(v.as_string());
  if (!d || d->count() <= 0)
    throw ConfigError("line " + std::to_string(v.where().line), key, v.as_string(),
                      "a duration above zero such as 5m");
  return *d;
}

std::size_t count(const Value& options, const char* key) {
  const Value& v = *options.find(key);
  if (v.as_int() < 1)
    throw ConfigError("line " + std::to_string(v.where().line), key, std::to_string(v.as_int()),
                      "1 or more");
  return static_cast<std::size_t>(v.as_int());
}

/// The options without `kind`.
Value without_kind(const Value& options) {
  Value out = Value::object();
  for (const auto& [key, value] : options.as_object()) {
    if (key != "kind") out.set(key, value);
  }
  out.set_where(options.where());
  return out;
}

bool takes(const Manifest& manifest, std::string_view name) {
  return std::any_of(manifest.parameters.begin(), manifest.parameters.end(),
                     [name](const Parameter& p) { return p.name == name; });
}

NamedModel read_model(const std::string& name, const Value& value, const Value& file,
                      const Registries& registries) {
  NamedModel out{name, value.get("kind", ""), without_kind(value)};
  if (out.kind.empty())
    throw ConfigError("line " + std::to_string(value.where().line), "models." + name + ".kind", "",
                      "the kind of the model");
  const Manifest& manifest = registries.forecasters.manifest(out.kind);
  for (const char* key : {"target", "inputs", "lags"}) {
    if (takes(manifest, key) && out.options.find(key) == nullptr)
      out.options.set(key, *file.find(key));
  }
  (void)registries.forecasters.build_at("models." + name, out.kind, out.options);
  return out;
}

PlacementConfig read_placement(const Value& given, const EvaluationConfig& config,
                               const Registries& registries) {
  const Value v = placement_manifest().check(given, "placement");
  PlacementConfig out;
  out.model = v.find("model")->as_string();
  if (std::none_of(config.models.begin(), config.models.end(),
                   [&out](const NamedModel& m) { return m.name == out.model; }))
    throw ConfigError("line " + std::to_string(v.find("model")->where().line), "placement.model",
                      out.model, "one of the names under models");
  out.study.target = config.walk.target;
  out.study.first = config.walk.first;
  out.study.last = config.walk.last;
  out.study.refit_every = config.walk.refit_every;
  out.study.every = duration(v, "every");
  out.study.max_age = duration(v, "max_age");
  out.study.horizon = count(v, "horizon");
  out.study.quantile = v.find("quantile")->as_double();
  out.constraint_quantile = v.find("constraint_quantile")->as_double();
  if (!(out.constraint_quantile >= 0 && out.constraint_quantile <= 1))
    throw ConfigError("", "placement.constraint_quantile", std::to_string(out.constraint_quantile),
                      "0 to 1");
  for (const Value& c : v.find("sweep")->as_array()) out.sweep.push_back(c.as_double());
  out.policy = v.find("policy")->get("kind", "placement");
  out.policy_options = without_kind(*v.find("policy"));
  (void)registries.policies.build_at("placement.policy", out.policy, out.policy_options);
  return out;
}

EvaluationConfig read(const Value& tree, const std::string& data, const Registries& registries) {
  const Value v = file_manifest().check(tree, "");
  EvaluationConfig out;
  Value csv = *v.find("telemetry");
  csv.set("path", data);
  out.csv =
      telemetry::CsvSensor::options(telemetry::CsvSensor::manifest().check(csv, "telemetry"), "");
  if (const Value* cleaning = v.find("cleaning"))
    out.cleaning = features::Cleaning::from_value(*cleaning, "cleaning");
  out.group = v.find("group")->as_string();
  out.walk.target = v.find("target")->as_string();
  for (const Value& name : v.find("inputs")->as_array())
    out.walk.inputs.push_back(name.as_string());
  out.walk.lags = count(v, "lags");
  const Value walk = walk_manifest().check(*v.find("walk_forward"), "walk_forward");
  out.walk.first = hours(walk.find("from_hour")->as_double());
  out.walk.last = hours(walk.find("to_hour")->as_double());
  out.walk.refit_every = duration(walk, "refit_every");
  out.seeds = static_cast<std::int64_t>(count(walk, "seeds"));
  for (const auto& [name, model] : v.find("models")->as_object())
    out.models.push_back(read_model(name, model, v, registries));
  if (const Value* placement = v.find("placement"); placement != nullptr && !placement->is_null())
    out.placement = read_placement(*placement, out, registries);
  return out;
}

}  // namespace

EvaluationConfig load_evaluation(const std::string& path, const std::string& data,
                                 const Registries& registries) {
  const Value tree = config::load_yaml(path);
  try {
    return read(tree, data, registries);
  } catch (const ConfigError& e) {
    throw ConfigError(path + ": " + e.what());
  }
}

std::vector<StudyGroup> load_groups(const EvaluationConfig& config) {
  const telemetry::Frame raw = value_or_throw(telemetry::read_csv(config.csv));
  const telemetry::Frame frame = value_or_throw(config.cleaning.apply(raw));
  if (config.group.empty()) return {{"all", frame}};
  std::vector<StudyGroup> out;
  for (const std::string& value : frame.label_values(config.group)) {
    Labels labels;
    labels.set(config.group, value);
    out.push_back({value, frame.where(labels)});
  }
  if (out.empty())
    throw ConfigError("", "group", config.group, "a label of the telemetry (label_columns)");
  return out;
}

bool seeded(const NamedModel& model, const Registries& registries) {
  return takes(registries.forecasters.manifest(model.kind), "seed");
}

evaluation::ModelMaker maker_of(const NamedModel& model, const Registries& registries,
                                std::size_t horizon, std::int64_t seed) {
  Value options = model.options;
  const Manifest& manifest = registries.forecasters.manifest(model.kind);
  if (takes(manifest, "horizon")) options.set("horizon", horizon);
  if (takes(manifest, "seed")) options.set("seed", seed);
  return [&registries, kind = model.kind, options] {
    return registries.forecasters.build(kind, options);
  };
}

}  // namespace learningplane::cli
