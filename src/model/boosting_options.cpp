#include "learningplane/error.hpp"
#include "learningplane/model/boosting.hpp"
#include "model/parameters.hpp"

namespace learningplane::model {

namespace {

using detail::choice, detail::integer, detail::list, detail::number;

std::string_view to_string(BoostingStrategy s) {
  return s == BoostingStrategy::joint    ? "joint"
         : s == BoostingStrategy::direct ? "direct"
                                         : "recursive";
}

}  // namespace

Manifest boosting_manifest() {
  const BoostingOptions d;
  return {
      "boosting",
      "Gradient-boosted trees on lags, recent means and the same time in past seasons",
      {{.name = "target",
        .type = ParameterType::string,
        .summary = "column to forecast",
        .required = true},
       list("inputs", "other columns to look at; the target is added where absent"),
       integer("lags", "rows of the recent past", d.window.lags, {1, 100000}),
       integer("horizon", "steps ahead that are learned", d.window.horizon, {1, 10000}),
       number("validation_share", "last windows held out for quantiles", d.window.validation_share,
              {0.001, 0.9}),
       list("seasons", "lengths in steps, increasing; windows reach that far back"),
       choice("strategy", "how several steps are forecast", "joint",
              {"joint", "direct", "recursive"}),
       choice("output", "residual learns the change from the last value", "residual",
              {"residual", "level"}),
       list("levels", "quantiles that have trees of their own"),
       integer("most_rows", "training rows of a booster; more windows are thinned", d.most_rows,
               {2, 1e7}),
       choice("loss", "what is made small; absolute: forecasts are medians", "absolute",
              {"squared", "absolute", "huber", "pinball"}),
       number("level", "of the pinball loss", d.trees.level, {0.001, 0.999}),
       number("huber_share", "of residuals that count as small", d.trees.huber_share,
              {0.001, 0.999}),
       integer("trees", "of a booster, at most", d.trees.trees, {1, 100000}),
       number("learning_rate", "how much a tree counts", d.trees.learning_rate, {1e-4, 1}),
       integer("leaves", "of a tree, at most", d.trees.leaves, {2, 4096}),
       integer("min_samples", "rows of a leaf, at least", d.trees.min_samples, {1, 1e7}),
       number("l2", "added to the rows of a leaf where its value is found", d.trees.l2, {0, 1e12}),
       integer("bins", "of a feature, at most", d.trees.bins, {2, 255}),
       number("row_share", "of the rows, drawn anew for each tree", d.trees.row_share, {0.001, 1}),
       number("feature_share", "of the features, drawn anew for each tree", d.trees.feature_share,
              {0.001, 1}),
       integer("seed", "of the draws", static_cast<std::size_t>(d.trees.seed), {0, 9e15}),
       number("stop_share", "last rows kept to see when to stop; 0: never stops",
              d.trees.stop_share, {0, 0.9}),
       integer("patience", "trees without gain there, then it stops", d.trees.patience,
               {1, 100000})}};
}

BoostingOptions boosting_options(const Value& v) {
  const auto count = [&v](const char* key) {
    return static_cast<std::size_t>(v.find(key)->as_int());
  };
  const auto real = [&v](const char* key) { return v.find(key)->as_double(); };
  const auto text = [&v](const char* key) { return v.find(key)->as_string(); };
  BoostingOptions o;
  o.window.target = text("target");
  for (const Value& name : v.find("inputs")->as_array())
    o.window.inputs.push_back(name.as_string());
  o.window.lags = count("lags");
  o.window.horizon = count("horizon");
  o.window.validation_share = real("validation_share");
  for (const Value& m : v.find("seasons")->as_array()) {
    if (!m.is_int() || m.as_int() < 2)
      throw ConfigError("", "seasons", m.is_int() ? std::to_string(m.as_int()) : "another kind",
                        "whole numbers of steps, 2 or more");
    o.seasons.push_back(static_cast<std::size_t>(m.as_int()));
  }
  for (const auto s :
       {BoostingStrategy::joint, BoostingStrategy::direct, BoostingStrategy::recursive}) {
    if (text("strategy") == to_string(s)) o.strategy = s;
  }
  o.output = text("output") == "level" ? BoostingOutput::level : BoostingOutput::residual;
  for (const Value& l : v.find("levels")->as_array()) o.levels.push_back(l.as_double());
  o.most_rows = count("most_rows");
  o.trees.loss = boosting_loss(text("loss"));
  o.trees.level = real("level");
  o.trees.huber_share = real("huber_share");
  o.trees.trees = count("trees");
  o.trees.learning_rate = real("learning_rate");
  o.trees.leaves = count("leaves");
  o.trees.min_samples = count("min_samples");
  o.trees.l2 = real("l2");
  o.trees.bins = count("bins");
  o.trees.row_share = real("row_share");
  o.trees.feature_share = real("feature_share");
  o.trees.seed = static_cast<std::uint64_t>(v.find("seed")->as_int());
  o.trees.stop_share = real("stop_share");
  o.trees.patience = count("patience");
  return o;
}

Value Boosting::options_value() const {
  const BoostingOptions& o = options_;
  Value inputs = Value::array(), seasons = Value::array(), levels = Value::array();
  for (const std::string& name : base().inputs) inputs.push(name);
  for (const std::size_t m : o.seasons) seasons.push(m);
  for (const double l : o.levels) levels.push(l);
  return Value::object()
      .set("target", base().target)
      .set("inputs", inputs)
      .set("lags", base().lags)
      .set("horizon", base().horizon)
      .set("validation_share", base().validation_share)
      .set("seasons", seasons)
      .set("strategy", std::string(to_string(o.strategy)))
      .set("output", o.output == BoostingOutput::level ? "level" : "residual")
      .set("levels", levels)
      .set("most_rows", o.most_rows)
      .set("loss", std::string(model::to_string(o.trees.loss)))
      .set("level", o.trees.level)
      .set("huber_share", o.trees.huber_share)
      .set("trees", o.trees.trees)
      .set("learning_rate", o.trees.learning_rate)
      .set("leaves", o.trees.leaves)
      .set("min_samples", o.trees.min_samples)
      .set("l2", o.trees.l2)
      .set("bins", o.trees.bins)
      .set("row_share", o.trees.row_share)
      .set("feature_share", o.trees.feature_share)
      .set("seed", static_cast<std::int64_t>(o.trees.seed))
      .set("stop_share", o.trees.stop_share)
      .set("patience", o.trees.patience);
}

}  // namespace learningplane::model
