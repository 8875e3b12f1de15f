// The options of the anticipating wrapper as a manifest, and between the struct and the tree.
#include <algorithm>
#include <array>

#include "learningplane/error.hpp"
#include "learningplane/model/anticipating.hpp"

namespace learningplane::model {

namespace {

using Scale = AnticipatingOptions::Scale;

constexpr std::array<std::pair<const char*, PostStep>, 4> posts{
    {{"none", PostStep::none},
     {"quantile", PostStep::quantile},
     {"running_max", PostStep::running_max},
     {"quantile_running_max", PostStep::quantile_running_max}}};

template <class E>
Parameter choice(const char* name, const char* summary, const char* fallback, const E& all) {
  Parameter p{.name = name, .type = ParameterType::string, .summary = summary};
  p.fallback = fallback;
  for (const auto& entry : all) p.allowed.emplace_back(entry);
  return p;
}

Parameter integer(const char* name, const char* summary, std::int64_t fallback, double maximum) {
  return {.name = name,
          .type = ParameterType::integer,
          .summary = summary,
          .fallback = fallback,
          .minimum = 1,
          .maximum = maximum};
}

std::vector<std::string> post_names() {
  std::vector<std::string> out;
  for (const auto& [name, post] : posts) out.emplace_back(name);
  return out;
}

}  // namespace

Manifest anticipating_manifest() {
  const std::vector<std::string> filters{"none", "past_max", "past_max_future_mean",
                                         "last_max_mean", "past_max_last_max_mean"};
  return {
      "anticipating",
      "Any model, made to foresee spikes by what it learns and how its forecast is raised",
      {{.name = "target",
        .type = ParameterType::string,
        .summary = "column to forecast",
        .required = true},
       integer("horizon", "steps that the inner model learns where it does not say itself", 20,
               10000),
       {.name = "model",
        .type = ParameterType::any,
        .summary = "the inner model: its name, or {kind: NAME, option: value}",
        .fallback = "ridge"},
       choice("filter", "what the inner model learns instead of the target", "past_max", filters),
       integer("window", "steps of the filter and of running_max", 5, 1000),
       choice("scale", "log: learn the logarithm, floored at -4", "linear",
              std::vector<std::string>{"linear", "log"}),
       choice("post", "how the forecast is raised", "none", post_names()),
       {.name = "quantile",
        .type = ParameterType::number,
        .summary = "level of the post-step quantile, above 0 and below 1",
        .fallback = 0.9,
        .minimum = 0,
        .maximum = 1}}};
}

AnticipatingOptions anticipating_options(const Value& checked) {
  AnticipatingOptions o;
  o.target = checked.find("target")->as_string();
  o.horizon = static_cast<std::size_t>(checked.find("horizon")->as_int());
  o.model = *checked.find("model");
  o.filter = value_or_throw(features::target_filter(checked.find("filter")->as_string()));
  o.window = static_cast<std::size_t>(checked.find("window")->as_int());
  o.scale = checked.find("scale")->as_string() == "log" ? Scale::log : Scale::linear;
  const std::string& post = checked.find("post")->as_string();
  for (const auto& [name, value] : posts) {
    if (post == name) o.post = value;
  }
  o.quantile = checked.find("quantile")->as_double();
  return o;
}

Value Anticipating::options_value() const {
  const char* post = "";
  for (const auto& [name, value] : posts) {
    if (value == options_.post) post = name;
  }
  return Value::object()
      .set("target", options_.target)
      .set("horizon", options_.horizon)
      .set("model", spec_)
      .set("filter", features::to_string(options_.filter))
      .set("window", options_.window)
      .set("scale", options_.scale == Scale::log ? "log" : "linear")
      .set("post", post)
      .set("quantile", options_.quantile);
}

}  // namespace learningplane::model
