// The options of Informer and Yformer as manifests, and between the struct and the tree.
#include "model/attention_options.hpp"

#include "learningplane/error.hpp"
#include "learningplane/model/informer.hpp"
#include "learningplane/model/yformer.hpp"
#include "model/enum_names.hpp"
#include "model/nn/yformer.hpp"

namespace learningplane::model {

namespace {

using detail::choice, detail::integer, detail::name_of, detail::number, detail::parse;
using detail::to_value;
template <class E, std::size_t N>
using Names = detail::Names<E, N>;

constexpr Names<Normalise, 2> normalisations{
    {{"none", Normalise::none}, {"last", Normalise::last}}};
constexpr Names<Channels, 2> channel_uses{
    {{"joint", Channels::joint}, {"shared", Channels::shared}}};
constexpr Names<AttentionLoss, 3> losses{{{"mse", AttentionLoss::mse},
                                          {"huber", AttentionLoss::huber},
                                          {"pinball", AttentionLoss::pinball}}};
constexpr Names<AttentionSchedule, 3> schedules{{{"constant", AttentionSchedule::constant},
                                                 {"cosine", AttentionSchedule::cosine},
                                                 {"halving", AttentionSchedule::halving}}};
constexpr Names<Dtype, 2> dtypes{{{"f32", Dtype::f32}, {"f64", Dtype::f64}}};

template <class Number>
void refuse(bool wrong, const char* key, Number value, const std::string& allowed) {
  if (wrong) throw ConfigError("", key, std::to_string(value), allowed);
}

AttentionOptions defaults(detail::AttentionKind kind) {
  return kind == detail::AttentionKind::yformer ? YformerOptions{} : AttentionOptions{};
}

}  // namespace

namespace detail {

Manifest attention_manifest(AttentionKind kind) {
  const AttentionOptions d = defaults(kind);
  const bool yformer = kind == AttentionKind::yformer;
  Manifest out{yformer ? "yformer" : "informer",
               yformer ? "U-shaped attention network that gives the past back too"
                       : "Attention network: ProbSparse encoder, all steps ahead in one pass",
               {}};
  auto& p = out.parameters;
  p = {{.name = "target",
        .type = ParameterType::string,
        .summary = "column to forecast",
        .required = true},
       {.name = "inputs",
        .type = ParameterType::list,
        .summary = "other columns to look at; the target is added where absent",
        .fallback = Value::array()},
       integer("lags", "rows of a window", d.lags, {4, 4096}),
       {.name = "label_len",
        .type = ParameterType::integer,
        .summary = yformer ? "last rows of the window that the coming steps start from; without: 0"
                           : "last rows of the window that the coming steps start from; without: "
                             "half of 'lags'",
        .minimum = 0,
        .maximum = 4096},
       integer("horizon", "steps ahead, all from one pass", d.horizon, {1, 4096}),
       integer("d_model", "numbers of a step inside the network; a multiple of heads", d.d_model,
               {1, 1024}),
       integer("heads", "of attention", d.heads, {1, 64}),
       integer("d_ff", "units of the feed-forward parts", d.d_ff, {1, 4096}),
       integer("encoder_layers", yformer ? "levels of the U" : "layers of the encoder",
               d.encoder_layers, {1, 8})};
  if (!yformer)
    p.push_back(integer("decoder_layers", "layers of the decoder", d.decoder_layers, {1, 8}));
  for (Parameter& more : std::vector<Parameter>{
           integer("factor", "of ProbSparse attention; 0: full attention", d.factor, {0, 1000}),
           number("dropout", "share dropped while training", d.dropout, {0, 0.95}),
           choice("normalise", "windows only scaled, or taken relative to their last row",
                  normalisations, d.normalise),
           choice("channels",
                  "columns seen together, or one at a time by a network trained on all of them",
                  channel_uses, d.channels),
           choice("loss", "what training makes small; pinball learns 'quantiles'", losses, d.loss),
           number("huber_delta", "error beyond which the Huber loss is linear, in scaled units",
                  d.huber_delta, {1e-6, 1e6}),
           {.name = "quantiles",
            .type = ParameterType::list,
            .summary = "levels that loss pinball learns, increasing, around 0.5",
            .fallback = to_value(d.quantiles)}})
    p.push_back(std::move(more));
  if (yformer)
    p.push_back(number("alpha", "weight of giving the past back; the rest is the forecast's",
                       d.alpha, {0, 0.999}));
  for (Parameter& more : std::vector<Parameter>{
           number("learning_rate", "of Adam", d.learning_rate, {1e-9, 10}),
           choice("schedule", "of the learning rate over the epochs", schedules, d.schedule),
           integer("epochs", "passes over the training windows", static_cast<std::size_t>(d.epochs),
                   {1, 100000}),
           integer("batch", "windows of a training step", d.batch, {1, 4096}),
           number("clip_norm", "limit of the gradient's norm; 0: none", d.clip_norm, {0, 1e9}),
           number("weight_decay", "decoupled decay of the weights (AdamW)", d.weight_decay,
                  {0, 10}),
           number("validation_share", "last windows held out for early stopping and quantiles",
                  d.validation_share, {0.001, 0.9}),
           integer("patience", "epochs without improvement before it stops; 0: never",
                   static_cast<std::size_t>(d.patience), {0, 100000}),
           choice("dtype", "precision of the arithmetic", dtypes, d.dtype),
           integer("seed", "of the first weights, shuffling, dropout and sampled keys", 0,
                   {0, 1e15})})
    p.push_back(std::move(more));
  return out;
}

AttentionOptions attention_options(AttentionKind kind, const Value& v) {
  const auto count = [&v](const char* key) {
    return static_cast<std::size_t>(v.find(key)->as_int());
  };
  const auto real = [&v](const char* key) { return v.find(key)->as_double(); };
  AttentionOptions o = defaults(kind);
  o.target = v.find("target")->as_string();
  if (o.target.empty()) throw ConfigError("", "target", "", "the name of a column");
  for (const Value& name : v.find("inputs")->as_array()) {
    if (std::find(o.inputs.begin(), o.inputs.end(), name.as_string()) != o.inputs.end())
      throw ConfigError("", "inputs", name.as_string(), "each column once");
    o.inputs.push_back(name.as_string());
  }
  o.lags = count("lags");
  const Value* label = v.find("label_len");
  if (label != nullptr && !label->is_null())
    o.label_len = count("label_len");
  else
    o.label_len = kind == AttentionKind::informer ? o.lags / 2 : 0;
  o.horizon = count("horizon");
  o.d_model = count("d_model");
  o.heads = count("heads");
  o.d_ff = count("d_ff");
  o.encoder_layers = count("encoder_layers");
  o.decoder_layers = kind == AttentionKind::informer ? count("decoder_layers") : 0;
  o.factor = count("factor");
  o.dropout = real("dropout");
  o.normalise = parse(normalisations, v, "normalise");
  o.channels = parse(channel_uses, v, "channels");
  o.loss = parse(losses, v, "loss");
  o.huber_delta = real("huber_delta");
  o.quantiles.clear();
  for (const Value& level : v.find("quantiles")->as_array())
    o.quantiles.push_back(level.as_double());
  if (kind == AttentionKind::yformer) o.alpha = real("alpha");
  o.learning_rate = real("learning_rate");
  o.schedule = parse(schedules, v, "schedule");
  o.epochs = static_cast<int>(count("epochs"));
  o.batch = count("batch");
  o.clip_norm = real("clip_norm");
  o.weight_decay = real("weight_decay");
  o.validation_share = real("validation_share");
  o.patience = static_cast<int>(count("patience"));
  o.dtype = parse(dtypes, v, "dtype");
  o.seed = static_cast<std::uint64_t>(v.find("seed")->as_int());
  return o;
}

Value to_value(AttentionKind kind, const AttentionOptions& o) {
  Value inputs = Value::array();
  for (const std::string& name : o.inputs) inputs.push(name);
  Value out = Value::object()
                  .set("target", o.target)
                  .set("inputs", inputs)
                  .set("lags", o.lags)
                  .set("horizon", o.horizon)
                  .set("d_model", o.d_model)
                  .set("heads", o.heads)
                  .set("d_ff", o.d_ff)
                  .set("encoder_layers", o.encoder_layers);
  if (o.label_len) out.set("label_len", *o.label_len);
  if (kind == AttentionKind::informer) out.set("decoder_layers", o.decoder_layers);
  out.set("factor", o.factor)
      .set("dropout", o.dropout)
      .set("normalise", name_of(normalisations, o.normalise))
      .set("channels", name_of(channel_uses, o.channels))
      .set("loss", name_of(losses, o.loss))
      .set("huber_delta", o.huber_delta)
      .set("quantiles", to_value(o.quantiles));
  if (kind == AttentionKind::yformer) out.set("alpha", o.alpha);
  return out.set("learning_rate", o.learning_rate)
      .set("schedule", name_of(schedules, o.schedule))
      .set("epochs", o.epochs)
      .set("batch", o.batch)
      .set("clip_norm", o.clip_norm)
      .set("weight_decay", o.weight_decay)
      .set("validation_share", o.validation_share)
      .set("patience", o.patience)
      .set("dtype", name_of(dtypes, o.dtype))
      .set("seed", static_cast<std::int64_t>(o.seed));
}

AttentionTask attention_task(AttentionKind kind, const AttentionOptions& o, std::size_t columns,
                             std::size_t target_column) {
  refuse(o.d_model % o.heads != 0, "d_model", o.d_model,
         "a multiple of 'heads' (" + std::to_string(o.heads) + ")");
  const std::size_t label = o.label_len.value_or(0);
  refuse(label > o.lags, "label_len", label, "at most 'lags' (" + std::to_string(o.lags) + ")");
  AttentionTask task;
  task.kind = kind;
  task.targets = {target_column};
  task.normalise = o.normalise;
  task.channels = o.channels;
  if (o.loss == AttentionLoss::pinball) {
    task.levels = o.quantiles;
    double before = 0;
    for (const double level : o.quantiles) {
      refuse(!(level > before && level < 1), "quantiles", level, "increasing levels within (0, 1)");
      before = level;
    }
    if (o.quantiles.empty() || o.quantiles.front() > 0.5 || o.quantiles.back() < 0.5)
      throw ConfigError("", "quantiles", "", "levels on both sides of 0.5, or 0.5 itself");
  }
  task.shape = {.inputs = o.channels == Channels::shared ? 1 : columns,
                .outputs = std::max<std::size_t>(task.levels.size(), 1),
                .lags = o.lags,
                .label = label,
                .horizon = o.horizon,
                .width = o.d_model,
                .heads = o.heads,
                .inner = o.d_ff,
                .encoder = o.encoder_layers,
                .decoder = kind == AttentionKind::informer ? o.decoder_layers : 0,
                .factor = o.factor,
                .dropout = o.dropout};
  if (kind == AttentionKind::yformer) {
    const std::size_t top = nn::Yformer<float>::top(task.shape);
    refuse(o.horizon > top, "horizon", o.horizon,
           "at most " + std::to_string(top) + ", which is what " + std::to_string(o.lags) +
               " 'lags' and " + std::to_string(o.encoder_layers) + " 'encoder_layers' rise to");
    refuse(o.lags > top, "encoder_layers", o.encoder_layers,
           "fewer, or other 'lags': the U would rise to " + std::to_string(top) +
               " steps of the past's " + std::to_string(o.lags));
  }
  return task;
}

}  // namespace detail

Manifest informer_manifest() { return detail::attention_manifest(detail::AttentionKind::informer); }
AttentionOptions informer_options(const Value& checked) {
  return detail::attention_options(detail::AttentionKind::informer, checked);
}
Manifest yformer_manifest() { return detail::attention_manifest(detail::AttentionKind::yformer); }
AttentionOptions yformer_options(const Value& checked) {
  return detail::attention_options(detail::AttentionKind::yformer, checked);
}

}  // namespace learningplane::model
