#include "model/load_regression_options.hpp"

#include <algorithm>

#include "learningplane/error.hpp"
#include "model/parameters.hpp"
#include "model/saved.hpp"

namespace learningplane::model {

Manifest load_regression_manifest() {
  const LoadRegressionOptions d;
  Parameter target{.name = "target",
                   .type = ParameterType::string,
                   .summary = "resource to forecast: CPU, memory",
                   .required = true};
  Parameter loads = detail::list("loads", "columns that explain it at the same time", {});
  loads.required = true;
  return {
      "load_regression",
      "Robust regression of a resource on loads at the same time; the loads are forecast, or "
      "given as rows without a target",
      {target,
       loads,
       {.name = "load_model",
        .type = ParameterType::any,
        .summary = "forecaster of each load: a name, or a mapping {kind: NAME, option: value}",
        .fallback = d.load_model},
       detail::integer("horizon", "steps whose errors are measured", d.horizon, {1, 10000}),
       detail::number("validation_share", "last rows on which the errors are measured",
                      d.validation_share, {0.001, 0.9}),
       detail::choice("shape", "how the resource answers to a load", "linear",
                      {"linear", "piecewise", "saturating"}),
       detail::integer("knots", "where the answer may bend, for each load", d.knots, {1, 50}),
       detail::boolean("non_negative", "more load never needs less; nothing is below zero",
                       d.non_negative),
       detail::boolean("robust", "Huber's loss, else squares", d.robust),
       detail::number("huber_delta", "robust standard deviations beyond which a residual is large",
                      d.huber_delta, {0.01, 1000})}};
}

LoadRegressionOptions load_regression_options(const Value& v) {
  LoadRegressionOptions o;
  o.target = v.find("target")->as_string();
  o.loads = detail::names(v, "loads");
  o.load_model = *v.find("load_model");
  o.horizon = static_cast<std::size_t>(v.find("horizon")->as_int());
  o.validation_share = v.find("validation_share")->as_double();
  const std::string& shape = v.find("shape")->as_string();
  o.shape = shape == "piecewise"    ? LoadShape::piecewise
            : shape == "saturating" ? LoadShape::saturating
                                    : LoadShape::linear;
  o.knots = static_cast<std::size_t>(v.find("knots")->as_int());
  o.non_negative = v.find("non_negative")->as_bool();
  o.robust = v.find("robust")->as_bool();
  o.huber_delta = v.find("huber_delta")->as_double();
  return o;
}

void detail::check(const LoadRegressionOptions& o) {
  if (o.target.empty()) throw ConfigError("", "target", "", "the name of a column");
  if (o.loads.empty()) throw ConfigError("", "loads", "[]", "one column or more");
  for (const std::string& load : o.loads) {
    if (load.empty() || load == o.target || std::count(o.loads.begin(), o.loads.end(), load) > 1)
      throw ConfigError("", "loads", load, "columns other than the target, each once");
  }
  if (o.horizon == 0) throw ConfigError("", "horizon", "0", "1 or more");
  if (o.knots == 0) throw ConfigError("", "knots", "0", "1 or more");
  if (!(o.validation_share > 0 && o.validation_share <= 0.9))
    throw ConfigError("", "validation_share", std::to_string(o.validation_share),
                      "above 0, at most 0.9");
  if (!(o.huber_delta > 0))
    throw ConfigError("", "huber_delta", std::to_string(o.huber_delta), "above 0");
}

Value detail::to_value(const LoadRegressionOptions& o) {
  const char* shape = o.shape == LoadShape::linear      ? "linear"
                      : o.shape == LoadShape::piecewise ? "piecewise"
                                                        : "saturating";
  return Value::object()
      .set("target", o.target)
      .set("loads", detail::to_value(o.loads))
      .set("load_model", o.load_model)
      .set("horizon", o.horizon)
      .set("validation_share", o.validation_share)
      .set("shape", shape)
      .set("knots", o.knots)
      .set("non_negative", o.non_negative)
      .set("robust", o.robust)
      .set("huber_delta", o.huber_delta);
}

}  // namespace learningplane::model
