// The options of LSTM and GRU as a manifest, and between the struct and the tree.
#include "learningplane/error.hpp"
#include "learningplane/model/recurrent.hpp"
#include "model/enum_names.hpp"

namespace learningplane::model {

namespace {

using detail::choice, detail::integer, detail::list, detail::name_of, detail::number, detail::parse;
template <class E, std::size_t N>
using Names = detail::Names<E, N>;

constexpr Names<HeadActivation, 2> heads{
    {{"none", HeadActivation::none}, {"relu", HeadActivation::relu}}};
constexpr Names<LstmScaler, 2> scalers{
    {{"standard", LstmScaler::standard}, {"minmax", LstmScaler::minmax}}};
constexpr Names<LstmMode, 2> modes{
    {{"closed_loop", LstmMode::closed_loop}, {"direct", LstmMode::direct}}};
constexpr Names<LstmOutput, 2> outputs{
    {{"level", LstmOutput::level}, {"residual", LstmOutput::residual}}};
constexpr Names<TargetForm, 3> forms{
    {{"level", TargetForm::level}, {"relative", TargetForm::relative}, {"both", TargetForm::both}}};
constexpr Names<LossWeight, 3> weightings{
    {{"none", LossWeight::none}, {"value", LossWeight::value}, {"step", LossWeight::step}}};
constexpr Names<Loss, 3> losses{{{"mse", Loss::mse}, {"huber", Loss::huber}, {"mae", Loss::mae}}};
constexpr Names<Schedule, 2> schedules{
    {{"constant", Schedule::constant}, {"cosine", Schedule::cosine}}};
constexpr Names<Dtype, 2> dtypes{{{"f32", Dtype::f32}, {"f64", Dtype::f64}}};

Value sizes_to_value(const std::vector<std::size_t>& sizes) {
  Value out = Value::array();
  for (const std::size_t s : sizes) out.push(s);
  return out;
}
std::vector<std::size_t> sizes(const Value& options, const char* key) {
  std::vector<std::size_t> out;
  for (const Value& v : options.find(key)->as_array()) {
    const std::int64_t n = v.as_int();
    if (n < 1 || n > 65536)
      throw ConfigError("", key, std::to_string(n), "whole numbers from 1 to 65536");
    out.push_back(static_cast<std::size_t>(n));
  }
  return out;
}

/// What only some combinations allow.
void check_together(const RecurrentOptions& o) {
  const std::vector<double>& levels = o.training.levels;
  for (std::size_t l = 0; l < levels.size(); ++l) {
    if (!(levels[l] > 0 && levels[l] < 1) || (l > 0 && levels[l] <= levels[l - 1]))
      throw ConfigError("", "levels", std::to_string(levels[l]),
                        "levels that increase within (0, 1)");
  }
  if (o.mode == LstmMode::direct) return;
  if (!levels.empty())
    throw ConfigError("", "levels", std::to_string(levels.size()) + " of them",
                      "none in mode closed_loop, which knows one step; use mode direct");
  if (o.weight == LossWeight::step)
    throw ConfigError("", "weight", "step",
                      "none or value in mode closed_loop, which learns one step");
}

}  // namespace

// docs/design/020-lstm.md says what these were chosen on.
LstmTraining RecurrentOptions::defaults() {
  LstmTraining t;
  t.learning_rate = 3e-3;
  t.schedule = Schedule::cosine;
  t.epochs = 12;
  t.batch = 64;
  t.patience = 0;
  return t;
}

Manifest recurrent_manifest(Cell cell) {
  const RecurrentOptions d{};
  const LstmTraining& t = d.training;
  const bool gru = cell == Cell::gru;
  const auto whole = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  Parameter target{.name = "target",
                   .type = ParameterType::string,
                   .summary = "column to forecast",
                   .required = true};
  return {
      gru ? "gru" : "lstm",
      gru ? "Gated recurrent network on windows of the last rows"
          : "Long short-term memory network on windows of the last rows",
      {target,
       list("inputs", "other columns to look at; the target is added where absent", Value::array()),
       integer("lags", "rows of a window", whole(d.lags), {1, 100000}),
       list("layers", "hidden units of each recurrent layer", sizes_to_value(d.layers)),
       list("dense", "units of each dense layer before the output", sizes_to_value(d.dense)),
       choice("head", "activation of the last hidden state before the dense layers", heads, d.head),
       choice("scaler", "how columns are scaled, fitted on the training part only", scalers,
              d.scaler),
       {.name = "clip_inputs",
        .type = ParameterType::boolean,
        .summary = "limit inputs to the range seen in training",
        .fallback = d.input_range == InputRange::clipped},
       choice("target_form",
              "the target's past as its values, as differences to the last of them, or as both",
              forms, d.target_form),
       choice("mode", "further steps from its own output, or one output for each step", modes,
              d.mode),
       choice("output", "the target itself, or its difference to the last known value", outputs,
              d.output),
       integer("horizon", "steps whose errors are measured; outputs of mode direct",
               whole(d.horizon), {1, 10000}),
       integer("members", "networks of neighbouring seeds that are averaged", whole(d.members),
               {1, 100}),
       {.name = "refit",
        .type = ParameterType::boolean,
        .summary = "learn from the held-out tail too, once errors were measured on it",
        .fallback = d.refit},
       list("levels", "quantile heads of each step, within (0, 1); mode direct", Value::array()),
       choice(
           "weight",
           "errors that count for more: of high values (1 to 10), or of near steps (1/sqrt(step))",
           weightings, d.weight),
       integer("adapt_epochs", "epochs that an update trains on new rows; 0: none", d.adapt_epochs,
               {0, 1000}),
       number("learning_rate", "of Adam", t.learning_rate, {1e-9, 10}),
       choice("schedule", "of the learning rate over the epochs", schedules, t.schedule),
       integer("epochs", "passes over the training windows", t.epochs, {1, 100000}),
       integer("batch", "windows of a training step", whole(t.batch), {1, 65536}),
       number("dropout", "share dropped between recurrent layers while training", t.dropout,
              {0, 0.95}),
       number("head_dropout", "share dropped before the dense layers while training",
              t.head_dropout, {0, 0.95}),
       number("clip_norm", "limit of the gradient's norm; 0: none", t.clip_norm, {0, 1e9}),
       number("weight_decay", "decoupled decay of the weights (AdamW)", t.weight_decay, {0, 10}),
       number("validation_share", "last windows held out to measure errors and for early stopping",
              t.validation_share, {0, 0.9}),
       integer("patience", "epochs without improvement before it stops; 0: never", t.patience,
               {0, 100000}),
       choice("loss", "what training makes small", losses, t.loss),
       number("huber_delta", "error beyond which the Huber loss is linear, in scaled units",
              t.huber_delta, {1e-6, 1e6}),
       choice("dtype", "precision of the arithmetic", dtypes, d.dtype),
       integer("seed", "of the first weights, shuffling and dropout", 0, {0, 1e15})}};
}

RecurrentOptions recurrent_options(const Value& v) {
  const auto count = [&v](const char* key) {
    return static_cast<std::size_t>(v.find(key)->as_int());
  };
  const auto real = [&v](const char* key) { return v.find(key)->as_double(); };
  RecurrentOptions o;
  o.target = v.find("target")->as_string();
  for (const Value& name : v.find("inputs")->as_array()) {
    if (std::find(o.inputs.begin(), o.inputs.end(), name.as_string()) != o.inputs.end())
      throw ConfigError("", "inputs", name.as_string(), "each column once");
    o.inputs.push_back(name.as_string());
  }
  if (o.target.empty()) throw ConfigError("", "target", "", "the name of a column");
  o.lags = count("lags");
  o.layers = sizes(v, "layers");
  o.dense = sizes(v, "dense");
  o.head = parse(heads, v, "head");
  o.scaler = parse(scalers, v, "scaler");
  o.input_range = v.find("clip_inputs")->as_bool() ? InputRange::clipped : InputRange::free;
  o.target_form = parse(forms, v, "target_form");
  o.mode = parse(modes, v, "mode");
  o.output = parse(outputs, v, "output");
  o.horizon = count("horizon");
  o.members = count("members");
  o.refit = v.find("refit")->as_bool();
  o.weight = parse(weightings, v, "weight");
  o.adapt_epochs = static_cast<int>(count("adapt_epochs"));
  o.dtype = parse(dtypes, v, "dtype");
  o.seed = static_cast<std::uint64_t>(v.find("seed")->as_int());
  LstmTraining& t = o.training;
  t.learning_rate = real("learning_rate");
  t.schedule = parse(schedules, v, "schedule");
  t.epochs = static_cast<int>(count("epochs"));
  t.batch = count("batch");
  t.dropout = real("dropout");
  t.head_dropout = real("head_dropout");
  t.clip_norm = real("clip_norm");
  t.weight_decay = real("weight_decay");
  t.validation_share = real("validation_share");
  t.patience = static_cast<int>(count("patience"));
  t.loss = parse(losses, v, "loss");
  t.huber_delta = real("huber_delta");
  for (const Value& level : v.find("levels")->as_array()) t.levels.push_back(level.as_double());
  check_together(o);
  return o;
}

Value to_value(const RecurrentOptions& o) {
  const LstmTraining& t = o.training;
  Value inputs = Value::array();
  for (const std::string& name : o.inputs) inputs.push(name);
  return Value::object()
      .set("target", o.target)
      .set("inputs", inputs)
      .set("lags", o.lags)
      .set("layers", sizes_to_value(o.layers))
      .set("dense", sizes_to_value(o.dense))
      .set("head", name_of(heads, o.head))
      .set("scaler", name_of(scalers, o.scaler))
      .set("clip_inputs", o.input_range == InputRange::clipped)
      .set("target_form", name_of(forms, o.target_form))
      .set("mode", name_of(modes, o.mode))
      .set("output", name_of(outputs, o.output))
      .set("horizon", o.horizon)
      .set("members", o.members)
      .set("refit", o.refit)
      .set("levels", detail::to_value(t.levels))
      .set("weight", name_of(weightings, o.weight))
      .set("adapt_epochs", o.adapt_epochs)
      .set("learning_rate", t.learning_rate)
      .set("schedule", name_of(schedules, t.schedule))
      .set("epochs", t.epochs)
      .set("batch", t.batch)
      .set("dropout", t.dropout)
      .set("head_dropout", t.head_dropout)
      .set("clip_norm", t.clip_norm)
      .set("weight_decay", t.weight_decay)
      .set("validation_share", t.validation_share)
      .set("patience", t.patience)
      .set("loss", name_of(losses, t.loss))
      .set("huber_delta", t.huber_delta)
      .set("dtype", name_of(dtypes, o.dtype))
      .set("seed", static_cast<std::int64_t>(o.seed));
}

}  // namespace learningplane::model
