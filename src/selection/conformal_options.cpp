// The options of the conformal wrapper as a manifest, and from the checked tree.
#include "learningplane/error.hpp"
#include "learningplane/selection/conformal.hpp"
#include "model/parameters.hpp"

namespace learningplane::selection {

namespace {

using model::detail::choice, model::detail::integer, model::detail::number;

}  // namespace

std::string_view to_string(ConformalMethod method) {
  return method == ConformalMethod::split ? "split" : "adaptive";
}

Manifest conformal_manifest() {
  return {
      "conformal",
      "Any model with conformal intervals: of its own errors, kept honest under drift",
      {{.name = "target",
        .type = ParameterType::string,
        .summary = "column to forecast",
        .required = true},
       {.name = "model",
        .type = ParameterType::any,
        .summary = "the inner model: its name, or {kind: NAME, option: value}",
        .fallback = "ridge"},
       integer("horizon", "steps whose errors are measured", 36, {1, 10000}),
       choice("method", "split: widths from fit alone; adaptive: update() keeps coverage",
              "adaptive", {"split", "adaptive"}),
       number("validation_share", "last rows in which errors are measured, above 0", 0.2, {0, 0.5}),
       integer("origins", "forecasts made there at most", 48, {2, 10000}),
       number("pace", "adaptive: how far a miss moves the edge, in half widths of 90 %, above 0",
              0.03, {0, 1})}};
}

ConformalOptions conformal_options(const Value& checked) {
  ConformalOptions o;
  const auto whole = [&checked](const char* key) {
    return static_cast<std::size_t>(checked.find(key)->as_int());
  };
  o.target = checked.find("target")->as_string();
  o.model = *checked.find("model");
  o.horizon = whole("horizon");
  o.method = checked.find("method")->as_string() == "split" ? ConformalMethod::split
                                                            : ConformalMethod::adaptive;
  o.validation_share = checked.find("validation_share")->as_double();
  o.origins = whole("origins");
  o.pace = checked.find("pace")->as_double();
  return o;
}

}  // namespace learningplane::selection
