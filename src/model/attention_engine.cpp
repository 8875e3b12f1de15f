#include "model/attention_engine.hpp"

#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "learningplane/error.hpp"
#include "model/attention_loss.hpp"
#include "model/nn/informer.hpp"
#include "model/nn/yformer.hpp"

namespace learningplane::model::detail {

namespace {

double rate_at(const AttentionOptions& o, int epoch) {
  if (o.schedule == AttentionSchedule::halving)
    return o.learning_rate * std::pow(0.5, static_cast<double>(epoch - 1));
  if (o.schedule == AttentionSchedule::constant || o.epochs < 2) return o.learning_rate;
  const double done = static_cast<double>(epoch - 1) / (o.epochs - 1);
  return o.learning_rate * (0.01 + 0.99 * (1 + std::cos(std::numbers::pi * done)) / 2);
}

template <class T>
std::unique_ptr<nn::Network<T>> make_network(const AttentionTask& task, CpuTier tier,
                                             std::uint64_t seed) {
  if (task.kind == AttentionKind::informer)
    return std::make_unique<nn::Informer<T>>(task.shape, tier, seed);
  return std::make_unique<nn::Yformer<T>>(task.shape, tier, seed);
}

/// What one sequence is cut from: a window, and where channels are shared the column of it.
struct Item {
  std::size_t start, column;
};

template <class T>
class Engine final : public AttentionEngine {
 public:
  Engine(const AttentionTask& task, CpuTier tier, std::uint64_t seed)
      : task_(task), seed_(seed), network_(make_network<T>(task, tier, seed)) {}

  TrainingResult train(const SequenceRows& rows, std::span<const std::size_t> train,
                       std::span<const std::size_t> held_out,
                       const AttentionOptions& options) override;
  void predict(const SequenceRows& rows, std::span<const std::size_t> starts,
               std::span<double> out) override;
  std::size_t parameters() const override;
  std::map<std::string, Tensor> weights() const override;
  void set_weights(const std::map<std::string, Tensor>& weights) override;

 private:
  bool shared() const { return task_.channels == Channels::shared; }
  std::size_t per_target() const { return std::max<std::size_t>(task_.levels.size(), 1); }
  /// Each window once, or where channels are shared once for each of `columns`.
  std::vector<Item> items(std::span<const std::size_t> starts,
                          const std::vector<std::size_t>& columns) const;
  void load_batch(const SequenceRows& rows, std::span<const Item> items);
  void load_truth(const SequenceRows& rows, std::span<const Item> items);
  double step(const SequenceRows& rows, std::span<const Item> items, const LossOptions& o);
  double held_out_loss(const SequenceRows& rows, std::span<const Item> items, const LossOptions& o);
  void apply(double rate, const AttentionOptions& options);
  /// As it is at inference: the sampled keys depend on the seed alone.
  const nn::Matrix<T>& infer(const SequenceRows& rows, std::span<const Item> items);

  AttentionTask task_;
  std::uint64_t seed_;
  std::unique_ptr<nn::Network<T>> network_;
  nn::NetworkInput<T> in_;
  nn::Matrix<T> truth_, past_truth_, dforecast_, dpast_;
  std::vector<double> offsets_;  // sequences x columns
  double beta1_power_ = 1, beta2_power_ = 1;
};

template <class T>
std::vector<Item> Engine<T>::items(std::span<const std::size_t> starts,
                                   const std::vector<std::size_t>& columns) const {
  std::vector<Item> out;
  for (const std::size_t start : starts) {
    if (shared())
      for (const std::size_t column : columns) out.push_back({start, column});
    else
      out.push_back({start, 0});
  }
  return out;
}

template <class T>
void Engine<T>::load_batch(const SequenceRows& rows, std::span<const Item> items) {
  const nn::NetworkShape& s = task_.shape;
  const std::size_t all = rows.columns, n = s.inputs, ahead = s.label + s.horizon;
  in_.sequences = items.size();
  in_.past.shape(items.size() * s.lags, n);
  in_.past_marks.shape(items.size() * s.lags, nn::marks);
  in_.future.shape(items.size() * ahead, n);
  in_.future_marks.shape(items.size() * ahead, nn::marks);
  in_.future.zero();
  offsets_.assign(items.size() * n, 0.0);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const double* values = rows.values.data() + items[i].start * all + items[i].column;
    const double* marks = rows.marks.data() + items[i].start * nn::marks;
    double* offset = offsets_.data() + i * n;
    if (task_.normalise == Normalise::last) std::copy_n(values + (s.lags - 1) * all, n, offset);
    for (std::size_t t = 0; t < s.lags; ++t) {
      for (std::size_t c = 0; c < n; ++c)
        in_.past(i * s.lags + t, c) = static_cast<T>(values[t * all + c] - offset[c]);
      for (std::size_t c = 0; c < nn::marks; ++c)
        in_.past_marks(i * s.lags + t, c) = static_cast<T>(marks[t * nn::marks + c]);
    }
    const std::size_t first = s.lags - s.label;
    for (std::size_t t = 0; t < ahead; ++t) {
      for (std::size_t c = 0; c < n && t < s.label; ++c)
        in_.future(i * ahead + t, c) = in_.past(i * s.lags + first + t, c);
      for (std::size_t c = 0; c < nn::marks; ++c)
        in_.future_marks(i * ahead + t, c) = static_cast<T>(marks[(first + t) * nn::marks + c]);
    }
  }
}

template <class T>
void Engine<T>::load_truth(const SequenceRows& rows, std::span<const Item> items) {
  const nn::NetworkShape& s = task_.shape;
  const std::size_t n = rows.columns, targets = shared() ? 1 : task_.targets.size();
  truth_.shape(items.size() * s.horizon, targets);
  past_truth_.shape(items.size() * s.lags, targets);
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t k = 0; k < targets; ++k) {
      const std::size_t c = shared() ? 0 : task_.targets[k];
      const double offset = offsets_[i * s.inputs + c];
      const double* column = rows.values.data() + items[i].start * n + items[i].column + c;
      for (std::size_t t = 0; t < s.lags; ++t)
        past_truth_(i * s.lags + t, k) = static_cast<T>(column[t * n] - offset);
      for (std::size_t t = 0; t < s.horizon; ++t)
        truth_(i * s.horizon + t, k) = static_cast<T>(column[(s.lags + t) * n] - offset);
    }
  }
}

template <class T>
double Engine<T>::step(const SequenceRows& rows, std::span<const Item> items,
                       const LossOptions& o) {
  load_batch(rows, items);
  load_truth(rows, items);
  nn::Context<T>& context = network_->context();
  context.mode = nn::Mode::training;
  context.zero_gradients();
  const nn::Matrix<T>& y = network_->forward(in_);
  const nn::Matrix<T>* past = network_->reconstruction();
  const double own = past == nullptr ? 1 : 1 - o.alpha;
  double loss = own * loss_of(y, truth_, o, own, &dforecast_);
  if (past != nullptr) loss += o.alpha * loss_of(*past, past_truth_, o, o.alpha, &dpast_);
  network_->backward(dforecast_, past == nullptr ? nullptr : &dpast_);
  return loss;
}

template <class T>
void Engine<T>::apply(double rate, const AttentionOptions& options) {
  nn::Context<T>& context = network_->context();
  double scale = 1;
  if (options.clip_norm > 0) {
    double square = 0;
    for (const nn::Parameter<T>* p : context.parameters)
      for (const T g : p->gradient.values)
        square += static_cast<double>(g) * static_cast<double>(g);
    const double norm = std::sqrt(square);
    if (norm > options.clip_norm) scale = options.clip_norm / norm;
  }
  beta1_power_ *= 0.9;
  beta2_power_ *= 0.999;
  for (nn::Parameter<T>* p : context.parameters) {
    if (!p->learned) continue;
    context.table.adam({p->value.values.size(), p->value.values.data(), p->gradient.values.data(),
                        p->m.values.data(), p->v.values.data(),
                        static_cast<T>(rate / (1 - beta1_power_)),
                        static_cast<T>(1 / std::sqrt(1 - beta2_power_)), static_cast<T>(scale),
                        static_cast<T>(rate * options.weight_decay)});
  }
}

template <class T>
const nn::Matrix<T>& Engine<T>::infer(const SequenceRows& rows, std::span<const Item> items) {
  load_batch(rows, items);
  nn::Context<T>& context = network_->context();
  const LstmRandom kept = context.random;
  context.random = LstmRandom(seed_);
  context.mode = nn::Mode::inference;
  const nn::Matrix<T>& y = network_->forward(in_);
  context.random = kept;
  return y;
}

constexpr std::size_t inference_batch = 64;

/// Calls `take` with parts of at most that many.
template <class Take>
void in_parts(std::span<const Item> items, const Take& take) {
  for (std::size_t first = 0; first < items.size(); first += inference_batch)
    take(items.subspan(first, std::min(inference_batch, items.size() - first)), first);
}

template <class T>
double Engine<T>::held_out_loss(const SequenceRows& rows, std::span<const Item> items,
                                const LossOptions& o) {
  double sum = 0;
  in_parts(items, [&](std::span<const Item> part, std::size_t) {
    const nn::Matrix<T>& y = infer(rows, part);
    load_truth(rows, part);
    sum += loss_of<T>(y, truth_, o, 0, nullptr) * static_cast<double>(part.size());
  });
  return sum / static_cast<double>(items.size());
}

template <class T>
void Engine<T>::predict(const SequenceRows& rows, std::span<const std::size_t> starts,
                        std::span<double> out) {
  const nn::NetworkShape& s = task_.shape;
  const std::size_t per_step = task_.outputs();
  const std::size_t sequences = shared() ? task_.targets.size() : 1;  // of one window
  in_parts(items(starts, task_.targets), [&](std::span<const Item> part, std::size_t first) {
    const nn::Matrix<T>& y = infer(rows, part);
    for (std::size_t r = 0; r < y.rows; ++r) {
      const std::size_t item = r / s.horizon, window = (first + item) / sequences;
      double* to = out.data() + (window * s.horizon + r % s.horizon) * per_step +
                   (first + item) % sequences * s.outputs;
      const double* offset = offsets_.data() + item * s.inputs;
      for (std::size_t k = 0; k < s.outputs; ++k)
        to[k] =
            static_cast<double>(y(r, k)) + offset[shared() ? 0 : task_.targets[k / per_target()]];
      // Quantiles must not cross, whatever the network says.
      for (std::size_t k = 0; k < s.outputs; k += per_target())
        std::sort(to + k, to + k + per_target());
    }
  });
}

template <class T>
TrainingResult Engine<T>::train(const SequenceRows& rows, std::span<const std::size_t> train,
                                std::span<const std::size_t> held_out,
                                const AttentionOptions& options) {
  const LossOptions loss{options.loss, options.huber_delta, options.alpha, task_.levels};
  std::vector<std::size_t> columns(rows.columns);
  std::iota(columns.begin(), columns.end(), std::size_t{0});
  std::vector<Item> order = items(train, columns);
  const std::vector<Item> judged = items(held_out, task_.targets);
  LstmRandom random(options.seed);
  network_->context().random = LstmRandom(random.next());
  TrainingResult result{0, 0, {}, "all epochs"};
  std::map<std::string, Tensor> best;
  double lowest = std::numeric_limits<double>::infinity();
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    EpochLosses losses{0, std::numeric_limits<double>::quiet_NaN()};
    for (std::size_t first = 0; first < order.size(); first += options.batch) {
      const std::size_t count = std::min(options.batch, order.size() - first);
      losses.train += step(rows, std::span<const Item>(order).subspan(first, count), loss) *
                      static_cast<double>(count) / static_cast<double>(order.size());
      apply(rate_at(options, epoch), options);
    }
    if (!judged.empty()) losses.validation = held_out_loss(rows, judged, loss);
    result.epochs = epoch;
    const double score = held_out.empty() ? -static_cast<double>(epoch) : losses.validation;
    if (score < lowest) {
      lowest = score;
      best = weights();
      result.best_epoch = epoch;
      result.losses = losses;
    }
    if (options.on_epoch && !options.on_epoch(epoch, losses)) {
      result.stopped = "asked to stop";
      break;
    }
    if (options.patience > 0 && epoch - result.best_epoch >= options.patience) {
      result.stopped = "no improvement";
      break;
    }
  }
  if (!best.empty()) set_weights(best);
  return result;
}

template <class T>
std::size_t Engine<T>::parameters() const {
  std::size_t sum = 0;
  for (const nn::Parameter<T>* p : network_->context().parameters)
    sum += p->learned ? p->value.rows * p->value.columns : 0;
  return sum;
}

template <class T>
std::map<std::string, Tensor> Engine<T>::weights() const {
  std::map<std::string, Tensor> out;
  for (const nn::Parameter<T>* p : network_->context().parameters) {
    Tensor& tensor = out[p->name];
    tensor.shape = {p->value.rows, p->value.columns};
    for (std::size_t r = 0; r < p->value.rows; ++r)
      tensor.values.insert(tensor.values.end(), p->value.row(r),
                           p->value.row(r) + p->value.columns);
  }
  return out;
}

template <class T>
void Engine<T>::set_weights(const std::map<std::string, Tensor>& weights) {
  const auto& parameters = network_->context().parameters;
  for (const nn::Parameter<T>* p : parameters) {
    const auto found = weights.find(p->name);
    if (found == weights.end()) throw FormatError("the weights lack '" + p->name + "'");
    const Tensor& tensor = found->second;
    if (tensor.shape != std::vector<std::size_t>{p->value.rows, p->value.columns} ||
        tensor.values.size() != p->value.rows * p->value.columns)
      throw FormatError("the weights '" + p->name + "' have another shape");
    if (!std::all_of(tensor.values.begin(), tensor.values.end(),
                     [](double v) { return std::isfinite(v); }))
      throw FormatError("the weights '" + p->name + "' are not finite");
  }
  for (nn::Parameter<T>* p : parameters) {
    const double* from = weights.at(p->name).values.data();
    for (std::size_t r = 0; r < p->value.rows; ++r) {
      for (std::size_t c = 0; c < p->value.columns; ++c) p->value(r, c) = static_cast<T>(*from++);
    }
  }
}

}  // namespace

std::vector<double> SequenceRows::marks_of(std::span<const std::int64_t> times_ns) {
  namespace ch = std::chrono;
  std::vector<double> out;
  out.reserve(times_ns.size() * nn::marks);
  constexpr double day_ns = 86400e9;
  for (const std::int64_t ns : times_ns) {
    const ch::sys_time<ch::nanoseconds> t{ch::nanoseconds(ns)};
    const auto day = ch::floor<ch::days>(t);
    const ch::year_month_day date(day);
    const double hour = static_cast<double>((t - day).count()) / day_ns;
    const auto days = [&](ch::sys_days since) {
      return static_cast<double>((day - since).count());
    };
    const ch::sys_days month = date.year() / date.month() / 1, year = date.year() / 1 / 1;
    const ch::sys_days next_month =
        ch::sys_days(date.year() / date.month() / ch::last) + ch::days(1);
    const ch::sys_days next_year = (date.year() + ch::years(1)) / 1 / 1;
    const double weekday = static_cast<double>(ch::weekday(day).iso_encoding() - 1);
    out.push_back(hour - 0.5);
    out.push_back((weekday + hour) / 7 - 0.5);
    out.push_back((days(month) + hour) / static_cast<double>((next_month - month).count()) - 0.5);
    out.push_back((days(year) + hour) / static_cast<double>((next_year - year).count()) - 0.5);
  }
  return out;
}

std::unique_ptr<AttentionEngine> make_attention_engine(const AttentionTask& task, Dtype dtype,
                                                       std::uint64_t seed, CpuTier tier) {
  if (dtype == Dtype::f32) return std::make_unique<Engine<float>>(task, tier, seed);
  return std::make_unique<Engine<double>>(task, tier, seed);
}

double weights_at_least(const nn::NetworkShape& s) {
  const auto real = [](std::size_t n) { return static_cast<double>(n); };
  const double layer = 4 * real(s.width) * real(s.width) + 2 * real(s.width) * real(s.inner);
  return real(s.encoder) * layer + real(s.decoder) * layer + real(s.width) * real(s.outputs) +
         6 * real(s.width) * real(s.inputs);
}

}  // namespace learningplane::model::detail
