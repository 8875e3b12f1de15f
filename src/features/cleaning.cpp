#include "learningplane/features/cleaning.hpp"

#include <algorithm>

namespace learningplane::features {

using telemetry::CleanStep;
using telemetry::Frame;

namespace {

using Step = Result<Frame>;

/// The QoS where its three columns are there; a frame without them passes as it is.
CleanStep qos_step(const QosOptions& options) {
  return {"derive_qos", [options](const Frame& f) -> Step {
            const bool there = f.find(options.frames) != nullptr &&
                               f.find(options.elapsed) != nullptr &&
                               f.find(options.latency) != nullptr;
            return there ? with_qos(f, options).map(telemetry::drop_empty_rows) : Step(f);
          }};
}

/// @param derived kept too where it is there; may be empty
CleanStep keep_step(std::vector<std::string> columns, std::string derived = {}) {
  return {"keep", [columns = std::move(columns), derived = std::move(derived)](const Frame& f) {
            std::vector<std::string> names = columns;
            const bool is_new = std::find(names.begin(), names.end(), derived) == names.end();
            if (is_new && f.find(derived) != nullptr) names.push_back(derived);
            return f.select(names).map(telemetry::drop_empty_rows);
          }};
}

CleanStep interpolate_step(const telemetry::InterpolateOptions& options) {
  return {"interpolate", [options](const Frame& f) -> Step { return interpolate(f, options); }};
}

CleanStep resample_step(const telemetry::ResampleOptions& options) {
  return {"resample", [options](const Frame& f) { return resample_mean(f, options); }};
}

CleanStep drop_incomplete_step() {
  return {"drop_incomplete", [](const Frame& f) -> Step { return drop_incomplete_rows(f); }};
}

CleanStep drop_empty_step() {
  return {"drop_empty", [](const Frame& f) -> Step { return drop_empty_rows(f); }};
}

CleanStep fill_rows_step(Duration every, Duration max_gap) {
  return {"fill_rows", [=](const Frame& f) { return telemetry::fill_rows(f, every, max_gap); }};
}

std::vector<CleanStep> preset_steps(const CleaningOptions& o) {
  std::vector<CleanStep> steps{drop_empty_step()};
  if (o.qos) steps.push_back(qos_step(*o.qos));
  if (!o.columns.empty()) steps.push_back(keep_step(o.columns, o.qos ? o.qos->name : ""));
  if (o.preset == CleaningPreset::as_published) {
    steps.push_back(interpolate_step({}));
    steps.push_back(drop_incomplete_step());
  } else {
    steps.push_back(
        interpolate_step({telemetry::Spacing::time, telemetry::Tail::leave_unknown, o.max_gap}));
  }
  if (o.step > Duration{0}) steps.push_back(resample_step({o.step, o.imputed}));
  if (o.step > Duration{0} && o.preset == CleaningPreset::fresh) {
    // Samples that are missing altogether leave no row to fill: on the grid they get one.
    steps.push_back(fill_rows_step(o.step, o.max_gap));
    steps.push_back(
        interpolate_step({telemetry::Spacing::time, telemetry::Tail::leave_unknown, o.max_gap}));
  }
  return steps;
}

std::vector<std::string> strings(const Value& v) {
  std::vector<std::string> out;
  for (const Value& item : v.as_array()) out.push_back(item.as_string());
  return out;
}

Value list(const std::vector<std::string>& texts) {
  Value out = Value::array();
  for (const std::string& text : texts) out.push(text);
  return out;
}

Duration duration(const Value& checked, std::string_view key) {
  const Value* v = checked.find(key);
  if (v == nullptr || v->is_null()) return Duration{0};
  auto d = parse_duration(v->as_string());
  if (!d) {
    throw ConfigError("line " + std::to_string(v->where().line), key, v->as_string(),
                      "write a duration such as 15s");
  }
  // A grid has a step, where none is no choice.
  const bool above = key == "every";
  if (*d < Duration{0} || (above && *d == Duration{0}))
    throw ConfigError("line " + std::to_string(v->where().line), "cleaning." + std::string(key),
                      v->as_string(), above ? "above 0s" : "0s or more");
  return *d;
}

telemetry::ImputedWhen imputed_when(const Value& checked) {
  return checked.get("imputed", "half") == "any" ? telemetry::ImputedWhen::any
                                                 : telemetry::ImputedWhen::half;
}

const Parameter imputed_parameter{"imputed",
                                  ParameterType::string,
                                  "how many imputed inputs make a mean imputed: any, or half",
                                  "half",
                                  false,
                                  {"any", "half"}};

std::vector<Parameter> qos_parameters() {
  const QosOptions d;
  return {{"frames", ParameterType::string, "column that counts frames", d.frames},
          {"elapsed", ParameterType::string, "column of seconds since the start", d.elapsed},
          {"latency", ParameterType::string, "column of latency in seconds", d.latency},
          {"alongside", ParameterType::list,
           "other columns that a pipeline reports, unknown where frames are", list(d.alongside)},
          {"name", ParameterType::string, "name of the new column", d.name}};
}

QosOptions qos_options(const Value& checked) {
  const QosOptions d;
  QosOptions o;
  o.frames = checked.get("frames", d.frames.c_str());
  o.elapsed = checked.get("elapsed", d.elapsed.c_str());
  o.latency = checked.get("latency", d.latency.c_str());
  o.alongside = strings(*checked.find("alongside"));
  o.name = checked.get("name", d.name.c_str());
  return o;
}

CleanStep make_step(const std::string& name, const Value& o) {
  if (name == "drop_empty") return drop_empty_step();
  if (name == "drop_incomplete") return drop_incomplete_step();
  if (name == "derive_qos") return qos_step(qos_options(o));
  if (name == "keep") return keep_step(strings(*o.find("columns")));
  if (name == "resample") return resample_step({duration(o, "every"), imputed_when(o)});
  if (name == "fill_rows") return fill_rows_step(duration(o, "every"), duration(o, "max_gap"));
  if (name == "interpolate") {
    return interpolate_step(
        {o.get("spacing", "rows") == "time" ? telemetry::Spacing::time : telemetry::Spacing::rows,
         o.get("tail", "hold_last") == "hold_last" ? telemetry::Tail::hold_last
                                                   : telemetry::Tail::leave_unknown,
         duration(o, "max_gap")});
  }
  const std::string column = o.get("column", "");
  if (name == "clip") {
    const double low = o.get("low", -1e308), high = o.get("high", 1e308);
    return {name, [=](const Frame& f) { return telemetry::clip(f, column, low, high); }};
  }
  const double factor = o.get("factor", 1.0), offset = o.get("offset", 0.0);
  return {name, [=](const Frame& f) { return telemetry::scale(f, column, factor, offset); }};
}

/// {step: name, …} with the other keys checked against the step's manifest.
CleanStep step_from(const Value& value, const std::string& path) {
  const Value* name = value.find("step");
  const std::string known =
      "drop_empty, derive_qos, keep, fill_rows, interpolate, drop_incomplete, resample, "
      "clip or scale";
  if (name == nullptr || !name->is_string())
    throw ConfigError("line " + std::to_string(value.where().line), path + ".step", "", known);
  Value rest = Value::object();
  for (const auto& [key, v] : value.as_object()) {
    if (key != "step") rest.set(key, v);
  }
  for (const Manifest& m : Cleaning::step_manifests()) {
    if (m.name == name->as_string()) return make_step(m.name, m.check(rest, path));
  }
  throw ConfigError("line " + std::to_string(name->where().line), path + ".step", name->as_string(),
                    known);
}

std::vector<CleanStep> steps_from(const Value& list, std::string_view path) {
  std::vector<CleanStep> steps;
  for (const Value& v : list.as_array())
    steps.push_back(step_from(v, std::string(path) + "[" + std::to_string(steps.size()) + "]"));
  return steps;
}

}  // namespace

Cleaning::Cleaning(const CleaningOptions& options)
    : group_(options.group), steps_(preset_steps(options)) {}

Cleaning::Cleaning(std::string group, std::vector<CleanStep> steps)
    : group_(std::move(group)), steps_(std::move(steps)) {}

Manifest Cleaning::manifest() {
  return {"cleaning",
          "How telemetry is cleaned before models see it",
          {{"preset",
            ParameterType::string,
            "as_published fills every gap; fresh only those up to max_gap",
            "as_published",
            false,
            {"as_published", "fresh"}},
           {"group", ParameterType::string, "label whose values are cleaned apart", ""},
           {"columns", ParameterType::list, "columns to keep beside the QoS; empty: all",
            Value::array()},
           {"step", ParameterType::duration, "grid of means, since 1970 UTC", "15s"},
           {"max_gap", ParameterType::duration, "longest gap that fresh fills", "60s"},
           {"qos", ParameterType::any,
            "auto: derived where its columns are there; none; or a mapping of their names", "auto"},
           imputed_parameter}};
}

std::vector<Manifest> Cleaning::step_manifests() {
  return {{"drop_empty", "Drops rows in which nothing is known", {}},
          {"derive_qos", "Adds the quality of service of a video pipeline", qos_parameters()},
          {"keep",
           "Keeps these columns and the rows in which one of them is known",
           {{"columns", ParameterType::list, "their names", {}, true}}},
          {"fill_rows",
           "Adds rows without known cells where samples are missing",
           {{"every", ParameterType::duration, "one row each", {}, true},
            {"max_gap", ParameterType::duration, "longer gaps are left as they are", {}, true}}},
          {"interpolate",
           "Fills unknown cells between known ones on a straight line, flagged imputed",
           {{"spacing",
             ParameterType::string,
             "what counts as distance",
             "rows",
             false,
             {"rows", "time"}},
            {"tail",
             ParameterType::string,
             "after the last known cell",
             "hold_last",
             false,
             {"hold_last", "leave_unknown"}},
            {"max_gap", ParameterType::duration, "longer gaps stay unknown; 0s: no limit", "0s"}}},
          {"drop_incomplete", "Drops rows in which something is unknown", {}},
          {"resample",
           "Means over a grid since 1970 UTC",
           {{"every", ParameterType::duration, "step of the grid", "15s"}, imputed_parameter}},
          {"clip",
           "Brings a column into a range",
           {{"column", ParameterType::string, "its name", {}, true},
            {"low", ParameterType::number, "lower end", -1e308},
            {"high", ParameterType::number, "upper end", 1e308}}},
          {"scale",
           "value x factor + offset, for units",
           {{"column", ParameterType::string, "its name", {}, true},
            {"factor", ParameterType::number, "multiplied", 1.0},
            {"offset", ParameterType::number, "added then", 0.0}}}};
}

Cleaning Cleaning::from_value(const Value& value, std::string_view path) {
  if (value.is_null()) return Cleaning("", std::vector<CleanStep>{});
  if (value.is_array()) return Cleaning("", steps_from(value, path));
  if (const Value* steps = value.find("steps")) {
    const Manifest m{
        "cleaning",
        "",
        {{"group", ParameterType::string, "", ""}, {"steps", ParameterType::list, "", {}, true}}};
    const Value checked = m.check(value, path);
    return Cleaning(checked.get("group", ""), steps_from(*steps, std::string(path) + ".steps"));
  }
  const Value o = manifest().check(value, path);
  CleaningOptions options;
  if (o.get("preset", "") == "fresh") options.preset = CleaningPreset::fresh;
  options.group = o.get("group", "");
  options.columns = strings(*o.find("columns"));
  options.step = duration(o, "step");
  options.max_gap = duration(o, "max_gap");
  options.imputed = imputed_when(o);
  const Value& qos = *o.find("qos");
  if (qos.is_object()) {
    const Manifest m{"qos", "", qos_parameters()};
    options.qos = qos_options(m.check(qos, std::string(path) + ".qos"));
  } else if (qos.as_string() == "auto") {
    options.qos = QosOptions{};
  } else if (qos.as_string() != "none") {
    throw ConfigError("line " + std::to_string(qos.where().line), std::string(path) + ".qos",
                      qos.as_string(), "write auto, none or a mapping of column names");
  }
  return Cleaning(options);
}

Result<Frame> Cleaning::apply(const Frame& frame) const {
  auto out = telemetry::clean(frame, group_, steps_);
  if (!out) return fail_within("cleaning", std::move(out.error()));
  return out;
}

std::vector<std::string> Cleaning::names() const {
  std::vector<std::string> out;
  for (const CleanStep& s : steps_) out.push_back(s.name);
  return out;
}

}  // namespace learningplane::features
