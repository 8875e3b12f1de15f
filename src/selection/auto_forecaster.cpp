#include "learningplane/selection/auto_forecaster.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/error_grid.hpp"
#include "model/parameters.hpp"
#include "selection/auto_engine.hpp"

namespace learningplane::selection {

namespace {

using model::detail::choice, model::detail::integer, model::detail::list, model::detail::number;

bool pooled(const AutoOptions& o) { return !o.inputs.empty() || !o.models.empty(); }

Value options_value(const AutoOptions& o) {
  Value inputs = Value::array(), models = Value::array(), seasons = Value::array(),
        families = Value::array();
  for (const std::string& name : o.inputs) inputs.push(name);
  for (const Value& m : o.models) models.push(m);
  for (const model::Season& s : o.seasons) seasons.push(s.to_value());
  for (const std::string& name : o.series.families) families.push(name);
  return Value::object()
      .set("target", o.target)
      .set("inputs", inputs)
      .set("models", models)
      .set("horizon", o.series.horizon)
      .set("seasons", seasons)
      .set("families", families)
      .set("select", to_string(o.series.select))
      .set("criterion", to_string(o.series.criterion))
      .set("level", o.series.level)
      .set("combine", to_string(o.series.combine))
      .set("origins", o.series.origins)
      .set("validation_share", o.series.validation_share)
      .set("most_history", o.series.most_history)
      .set("max_gap", o.max_gap)
      .set("refit", o.refit == Refit::never ? "never" : "on_drift")
      .set("half_life", o.half_life);
}

}  // namespace

Manifest auto_manifest() {
  const AutoOptions d;
  return {"auto",
          "Chooses and combines models by itself, with intervals that are kept honest",
          {{.name = "target",
            .type = ParameterType::string,
            .summary = "column to forecast",
            .required = true},
           list("inputs", "other columns to look at; with them whole models compete"),
           list("models", "models that compete: names, or {kind: NAME, option: value}"),
           integer("horizon", "steps that matter", d.series.horizon, {1, 10000}),
           list("seasons", "lengths: numbers of steps or durations; none given: 1d and 1w"),
           list("families",
                "members that may take part, such as theta; none given: all that the "
                "length of the series allows"),
           choice("select",
                  "what decides which members compete where no families are given: "
                  "validation: all do; behaviour: those that fit what the series does",
                  std::string(to_string(d.series.select)), {"validation", "behaviour"}),
           choice("criterion", "what members are compared by",
                  std::string(to_string(d.series.criterion)), {"mae", "rmse", "smape", "pinball"}),
           number("level", "of the pinball criterion", d.series.level, {0.001, 0.999}),
           choice("combine",
                  "how forecasts become one; auto: median of one series' members, "
                  "weighted of models with inputs",
                  "auto", {"auto", "median", "weighted", "best"}),
           integer("origins", "validation origins", d.series.origins, {2, 1000}),
           number("validation_share", "last rows in which they lie", d.series.validation_share,
                  {0.01, 0.5}),
           integer("most_history", "last values that are looked at", d.series.most_history,
                   {100, 10'000'000}),
           integer("max_gap", "unknown steps in a row that are bridged", d.max_gap, {0, 100000}),
           choice("refit", "on_drift: learns anew by itself when errors have grown", "on_drift",
                  {"on_drift", "never"}),
           number("half_life", "answers after which an error counts half", d.half_life, {1, 1e6})}};
}

AutoOptions auto_options(const Value& v) {
  AutoOptions o;
  const auto texts = [&v](const char* key) {
    std::vector<std::string> out;
    for (const Value& name : v.find(key)->as_array()) out.push_back(name.as_string());
    return out;
  };
  const auto count = [&v](const char* key) {
    return static_cast<std::size_t>(v.find(key)->as_int());
  };
  o.target = v.find("target")->as_string();
  o.inputs = texts("inputs");
  o.models = v.find("models")->as_array();
  for (const Value& s : v.find("seasons")->as_array())
    o.seasons.push_back(model::season_from(s, "seasons"));
  o.series.horizon = count("horizon");
  o.series.families = texts("families");
  o.series.select = select_from(v.find("select")->as_string());
  o.series.criterion = criterion_from(v.find("criterion")->as_string());
  o.series.level = v.find("level")->as_double();
  const std::string& combine = v.find("combine")->as_string();
  o.series.combine = combine != "auto" ? combine_from(combine)
                     : pooled(o)       ? Combine::weighted
                                       : Combine::median;
  o.series.origins = count("origins");
  o.series.validation_share = v.find("validation_share")->as_double();
  o.series.most_history = count("most_history");
  o.max_gap = count("max_gap");
  o.refit = v.find("refit")->as_string() == "never" ? Refit::never : Refit::on_drift;
  o.half_life = v.find("half_life")->as_double();
  return o;
}

AutoForecaster::AutoForecaster(AutoOptions options, const Registry<model::Forecaster>& all)
    : options_(std::move(options)) {
  if (options_.target.empty()) throw ConfigError("", "target", "", "the name of a column");
  if (!(options_.half_life > 0))
    throw ConfigError("", "half_life", std::to_string(options_.half_life), "above 0");
  engine_ = pooled(options_) ? make_pool_engine(options_, all) : make_series_engine(options_);
}

AutoForecaster::~AutoForecaster() = default;
bool AutoForecaster::fitted() const { return engine_->fitted(); }
std::vector<MemberReport> AutoForecaster::members() const { return engine_->members(); }

Result<model::FitReport> AutoForecaster::fit(const telemetry::Frame& data) {
  auto report = engine_->fit(data);
  if (!report) return fail_within("auto", report.error());
  return report;
}

Result<void> AutoForecaster::update(const telemetry::Frame& data) {
  if (!fitted()) throw LogicError("auto: fit it before it is updated");
  if (auto done = engine_->update(data); !done) return fail_within("auto", done.error());
  return {};
}

Result<model::Forecast> AutoForecaster::forecast(std::size_t horizon,
                                                 std::span<const double> levels) {
  if (!fitted()) throw LogicError("auto: fit it before it forecasts");
  if (auto ok = model::detail::check_question("auto", horizon, levels); !ok)
    return tl::unexpected(ok.error());
  auto out = engine_->forecast(horizon, levels);
  if (!out) return fail_within("auto", out.error());
  out->target = options_.target;
  out->model = "auto";
  for (const double m : out->mean) {
    if (!std::isfinite(m))
      return fail(Errc::unknown_data, "auto: the forecast grew beyond what a number can hold");
  }
  return out;
}

model::ModelState AutoForecaster::save() const {
  if (!fitted()) throw LogicError("auto: fit it before it is saved");
  model::ModelState out;
  out.attributes.set("options", options_value(options_));
  engine_->save(out);
  return out;
}

Result<void> AutoForecaster::load(const model::ModelState& state) try {
  const Value* options = state.attributes.find("options");
  if (options == nullptr || !(*options == options_value(options_)))
    return fail(Errc::malformed, "auto: the saved model was made with other options than this one");
  engine_->load(state);
  return {};
} catch (const Error& error) {
  return fail(Errc::malformed, "auto: " + error.failure().message);
}

}  // namespace learningplane::selection
