#include "model/lstm_trainer.hpp"

#include <algorithm>
#include <cmath>

#include "model/lstm_random.hpp"

namespace learningplane::model::detail {

namespace {

/// Inverted dropout: kept units are scaled up, so that inference needs no change. Nothing is drawn
/// for padding, so that the masks are the same whatever the width of a vector.
template <class T>
void draw_mask(LstmRandom& random, double dropout, const LstmLayer<T>& layer, Array<T>& mask) {
  const T kept = static_cast<T>(1 / (1 - dropout));
  for (std::size_t row = 0; row < mask.size(); row += layer.padded) {
    for (std::size_t unit = 0; unit < layer.hidden; ++unit)
      mask[row + unit] = random.uniform() < dropout ? T(0) : kept;
  }
}

template <class T>
void transpose(const Panels& from, const T* source, const Panels& to, Array<T>& target) {
  for (std::size_t r = 0; r < from.rows; ++r) {
    for (std::size_t c = 0; c < from.columns; ++c) target[to.at(c, r)] = source[from.at(r, c)];
  }
}

/// G += A^T D for weights stored in panels, A rows x layout.rows, D rows x layout.columns.
template <class T>
void outer(const kernels::Table<T>& table, const Panels& layout, std::size_t rows, const T* a,
           std::size_t a_stride, const T* d, T* g) {
  for (std::size_t i = 0; i < layout.count(); ++i) {
    const std::size_t stride = layout.stride(i);
    table.panel({layout.rows, rows, stride / layout.width, a, 1, a_stride, d + i * layout.span(),
                 layout.columns, g + layout.first(i), stride, g + layout.first(i), stride});
  }
}

}  // namespace

template <class T>
LstmTrainer<T>::LstmTrainer(LstmEngine<T>& engine, const LstmTraining& training)
    : engine_(engine),
      training_(training),
      table_(engine.table()),
      layers_(engine.lstm().size()),
      dense_(engine.dense().size()) {
  const std::size_t n = engine.parameters().size(), w = table_.width;
  gradients_.assign(n, T(0));
  m_.assign(n, T(0));
  v_.assign(n, T(0));
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const LstmLayer<T>& l = engine.lstm()[i];
    layers_[i].xt = {l.gates() * l.padded, engine.padded(l.inputs), w, 4};
    layers_[i].ht = {l.gates() * l.padded, l.padded, w, 4};
    layers_[i].wxt.assign(layers_[i].xt.size(), T(0));
    layers_[i].wht.assign(layers_[i].ht.size(), T(0));
  }
  for (std::size_t i = 0; i < dense_.size(); ++i) {
    const DenseLayer<T>& d = engine.dense()[i];
    dense_[i].wt = {d.w.columns, engine.padded(d.inputs), w, 4};
    dense_[i].weight_t.assign(dense_[i].wt.size(), T(0));
  }
  outputs_.resize(1 + training.levels.size());
  slopes_.resize(outputs_.size());
}

template <class T>
void LstmTrainer<T>::reserve(std::size_t rows, std::size_t steps) {
  if (rows == rows_ && steps == steps_) return;
  rows_ = rows;
  steps_ = steps;
  const std::size_t cells = rows * steps;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const std::size_t p = engine_.lstm()[i].padded;
    Layer& l = layers_[i];
    const std::size_t gates = engine_.lstm()[i].gates();
    l.gates.resize(cells * gates * p);
    l.gates_h.resize(engine_.shape().cell == Cell::gru ? rows * gates * p : 0);
    l.tanh_c.resize(cells * p);
    l.dh.resize(cells * p);
    l.dc.resize(rows * p);
    // One step more: the zero state before the first.
    l.h.assign((cells + rows) * p, T(0));
    l.c.assign((cells + rows) * p, T(0));
    const bool drops = training_.dropout > 0 && i + 1 < layers_.size();
    l.dropped.resize(drops ? cells * p : 0);
    l.mask.assign(drops ? cells * p : 0, T(0));
  }
  const std::size_t top = engine_.lstm().back().padded;
  head_.resize(rows * top);
  d_head_.resize(rows * top);
  head_mask_.assign(training_.head_dropout > 0 ? rows * top : 0, T(0));
  for (std::size_t i = 0; i < dense_.size(); ++i) {
    dense_[i].out.resize(rows * engine_.dense()[i].w.columns);
    dense_[i].d.resize(rows * engine_.dense()[i].w.columns);
  }
}

template <class T>
void LstmTrainer<T>::transpose_weights() {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const LstmLayer<T>& l = engine_.lstm()[i];
    transpose(l.x, engine_.at(l.wx), layers_[i].xt, layers_[i].wxt);
    transpose(l.h, engine_.at(l.wh), layers_[i].ht, layers_[i].wht);
  }
  for (std::size_t i = 0; i < dense_.size(); ++i) {
    const DenseLayer<T>& d = engine_.dense()[i];
    transpose(d.w, engine_.at(d.weight), dense_[i].wt, dense_[i].weight_t);
  }
}

template <class T>
const T* LstmTrainer<T>::layer_input(std::size_t index, const LstmBatch<T>& batch) const {
  if (index == 0) return batch.x;
  const Layer& below = layers_[index - 1];
  if (!below.dropped.empty()) return below.dropped.data();
  return below.h.data() + batch.rows * engine_.lstm()[index - 1].padded;
}

template <class T>
void LstmTrainer<T>::forward(const LstmBatch<T>& batch) {
  LstmRandom random(batch.mask_seed);
  const std::size_t rows = batch.rows;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const LstmLayer<T>& l = engine_.lstm()[i];
    Layer& s = layers_[i];
    const std::size_t state = rows * l.padded;
    const std::size_t stride = i == 0 ? l.inputs : engine_.lstm()[i - 1].padded;
    const T* x = layer_input(i, batch);
    for (std::size_t t = 0; t < batch.steps; ++t) {
      if (l.cell == Cell::gru) {
        table_.gru_forward({rows, l.inputs, l.hidden, l.padded, x + t * rows * stride, stride,
                            s.h.data() + t * state, engine_.at(l.wx), engine_.at(l.wh),
                            l.bias.data(), s.h.data() + (t + 1) * state,
                            s.gates.data() + 3 * t * state, s.tanh_c.data() + t * state});
        continue;
      }
      table_.cell_forward({rows, l.inputs, l.hidden, l.padded, x + t * rows * stride, stride,
                           s.h.data() + t * state, s.c.data() + t * state, engine_.at(l.wx),
                           engine_.at(l.wh), l.bias.data(), s.h.data() + (t + 1) * state,
                           s.c.data() + (t + 1) * state, s.gates.data() + 4 * t * state,
                           s.tanh_c.data() + t * state});
    }
    if (!s.mask.empty()) {
      draw_mask(random, training_.dropout, l, s.mask);
      for (std::size_t j = 0; j < s.mask.size(); ++j) s.dropped[j] = s.h[state + j] * s.mask[j];
    }
  }
  const std::size_t top = head_.size();
  const T* last = layers_.back().h.data() + batch.steps * top;
  for (std::size_t j = 0; j < top; ++j)
    head_[j] = engine_.shape().head == HeadActivation::relu ? std::max(last[j], T(0)) : last[j];
  if (!head_mask_.empty()) {
    draw_mask(random, training_.head_dropout, engine_.lstm().back(), head_mask_);
    for (std::size_t j = 0; j < top; ++j) head_[j] *= head_mask_[j];
  }
  const T* in = head_.data();
  std::size_t stride = engine_.lstm().back().padded;
  for (std::size_t i = 0; i < dense_.size(); ++i) {
    const DenseLayer<T>& d = engine_.dense()[i];
    const std::size_t columns = d.w.columns;
    T* out = dense_[i].out.data();
    multiply<T>(table_, d.w, engine_.at(d.weight),
                {rows, in, stride, 1, out, columns, engine_.at(d.bias), 0});
    if (i + 1 < dense_.size())
      for (std::size_t j = 0; j < rows * columns; ++j) out[j] = std::max(out[j], T(0));
    in = out;
    stride = columns;
  }
}

double target_loss(const LstmTraining& training, std::span<const double> outputs, double target,
                   std::span<double> slopes) {
  const double e = outputs[0] - target, size = std::abs(e), delta = training.huber_delta;
  double sum = e * e;
  slopes[0] = 2 * e;
  if (training.loss == Loss::mae || (training.loss == Loss::huber && size > delta)) {
    // Huber in the scale of the squared error: e^2 near zero, linear beyond delta.
    const bool mae = training.loss == Loss::mae;
    sum = mae ? size : delta * (2 * size - delta);
    slopes[0] = e == 0 ? 0 : std::copysign(mae ? 1 : 2 * delta, e);
  }
  const double share = 2 / static_cast<double>(training.levels.size());
  for (std::size_t l = 0; l < training.levels.size(); ++l) {
    const double below = target - outputs[1 + l];
    const double slope = below > 0 ? training.levels[l] : below < 0 ? training.levels[l] - 1 : 0;
    sum += share * slope * below;
    slopes[1 + l] = -share * slope;
  }
  return sum;
}

template <class T>
double LstmTrainer<T>::loss(const LstmBatch<T>& batch) {
  const std::size_t each = outputs_.size(), targets = engine_.shape().outputs / each;
  const std::size_t columns = dense_.back().wt.rows;
  const double scale = 1.0 / static_cast<double>(batch.rows * targets);
  Dense& last = dense_.back();
  std::fill(last.d.begin(), last.d.end(), T(0));
  double sum = 0;
  for (std::size_t i = 0; i < batch.rows * targets; ++i) {
    const std::size_t at = i / targets * columns + i % targets * each;
    for (std::size_t o = 0; o < each; ++o) outputs_[o] = static_cast<double>(last.out[at + o]);
    const double weight =
        scale * (batch.weights == nullptr ? 1 : static_cast<double>(batch.weights[i]));
    sum +=
        weight * target_loss(training_, outputs_, static_cast<double>(batch.targets[i]), slopes_);
    for (std::size_t o = 0; o < each; ++o) last.d[at + o] = static_cast<T>(weight * slopes_[o]);
  }
  return sum;
}

template <class T>
void LstmTrainer<T>::dense_backward(std::size_t rows) {
  for (std::size_t i = dense_.size(); i-- > 0;) {
    const DenseLayer<T>& d = engine_.dense()[i];
    const std::size_t columns = d.w.columns;
    const std::size_t stride = engine_.padded(d.inputs);
    const T* in = i == 0 ? head_.data() : dense_[i - 1].out.data();
    const T* delta = dense_[i].d.data();
    outer<T>(table_, d.w, rows, in, stride, delta, gradients_.data() + d.weight);
    table_.add_columns(rows, columns, delta, gradients_.data() + d.bias);
    T* below = i == 0 ? d_head_.data() : dense_[i - 1].d.data();
    multiply<T>(table_, dense_[i].wt, dense_[i].weight_t.data(),
                {rows, delta, columns, 1, below, stride, nullptr, 0});
    if (i == 0) break;
    for (std::size_t j = 0; j < rows * stride; ++j) below[j] = in[j] > T(0) ? below[j] : T(0);
  }
  if (!head_mask_.empty())
    for (std::size_t j = 0; j < d_head_.size(); ++j) d_head_[j] *= head_mask_[j];
  if (engine_.shape().head == HeadActivation::relu) {
    const T* last = layers_.back().h.data() + steps_ * d_head_.size();
    for (std::size_t j = 0; j < d_head_.size(); ++j)
      d_head_[j] = last[j] > T(0) ? d_head_[j] : T(0);
  }
}

template <class T>
void LstmTrainer<T>::layer_backward(std::size_t index, const LstmBatch<T>& batch) {
  const LstmLayer<T>& l = engine_.lstm()[index];
  Layer& s = layers_[index];
  const std::size_t rows = batch.rows, state = rows * l.padded;
  const std::size_t x_stride = index == 0 ? l.inputs : engine_.lstm()[index - 1].padded;
  const std::size_t dx_stride = s.xt.columns;
  const T* x = layer_input(index, batch);
  T* dx = index == 0 ? batch.dx : layers_[index - 1].dh.data();
  std::fill(s.dc.begin(), s.dc.end(), T(0));
  const std::size_t gates = l.gates() * l.padded;
  const bool gru = l.cell == Cell::gru;
  for (std::size_t t = batch.steps; t-- > 0;) {
    T* delta = s.gates.data() + t * rows * gates;
    T* delta_h = gru ? s.gates_h.data() : delta;
    // The state before the first step is zero and nobody's output.
    T* before = t > 0 ? s.dh.data() + (t - 1) * state : nullptr;
    if (gru) {
      table_.gru_backward({rows, l.padded, delta, delta_h, s.h.data() + t * state,
                           s.tanh_c.data() + t * state, s.dh.data() + t * state, before});
    } else {
      table_.cell_backward({rows, l.padded, delta, s.c.data() + t * state,
                            s.tanh_c.data() + t * state, s.dh.data() + t * state, s.dc.data()});
    }
    outer<T>(table_, l.x, rows, x + t * rows * x_stride, x_stride, delta, gradients_.data() + l.wx);
    table_.add_columns(rows, gates, delta, gradients_.data() + l.b1);
    if (gru) table_.add_columns(rows, gates, delta_h, gradients_.data() + l.b2);
    if (dx != nullptr) {
      multiply<T>(table_, s.xt, s.wxt.data(),
                  {rows, delta, gates, 1, dx + t * rows * dx_stride, dx_stride, nullptr, 0});
    }
    if (t == 0) break;
    outer<T>(table_, l.h, rows, s.h.data() + t * state, l.padded, delta_h,
             gradients_.data() + l.wh);
    multiply<T>(table_, s.ht, s.wht.data(),
                {rows, delta_h, gates, 1, before, l.padded, before, l.padded});
  }
  if (!gru) std::copy_n(gradients_.data() + l.b1, gates, gradients_.data() + l.b2);
  if (index > 0 && !layers_[index - 1].mask.empty()) {
    Layer& below = layers_[index - 1];
    for (std::size_t j = 0; j < below.mask.size(); ++j) below.dh[j] *= below.mask[j];
  }
}

template <class T>
double LstmTrainer<T>::backward(const LstmBatch<T>& batch) {
  reserve(batch.rows, batch.steps);
  transpose_weights();
  forward(batch);
  const double value = loss(batch);
  all_backward(batch);
  return value;
}

template <class T>
void LstmTrainer<T>::input_gradients(const LstmBatch<T>& batch, std::size_t output) {
  reserve(batch.rows, batch.steps);
  transpose_weights();
  forward(batch);
  Array<T>& d = dense_.back().d;
  std::fill(d.begin(), d.end(), T(0));
  for (std::size_t r = 0; r < batch.rows; ++r) d[r * dense_.back().wt.rows + output] = T(1);
  all_backward(batch);
}

template <class T>
void LstmTrainer<T>::all_backward(const LstmBatch<T>& batch) {
  std::fill(gradients_.begin(), gradients_.end(), T(0));
  dense_backward(batch.rows);
  Array<T>& top = layers_.back().dh;
  std::fill(top.begin(), top.end(), T(0));
  std::copy(d_head_.begin(), d_head_.end(),
            top.end() - static_cast<std::ptrdiff_t>(d_head_.size()));
  for (std::size_t i = layers_.size(); i-- > 0;) layer_backward(i, batch);
}

template <class T>
void LstmTrainer<T>::apply(double learning_rate) {
  double scale = 1;
  if (training_.clip_norm > 0) {
    double square = 0;
    for (const T g : gradients_) square += static_cast<double>(g) * static_cast<double>(g);
    const double norm = std::sqrt(square);
    if (norm > training_.clip_norm) scale = training_.clip_norm / norm;
  }
  beta1_power_ *= 0.9;
  beta2_power_ *= 0.999;
  table_.adam({gradients_.size(), engine_.parameters().data(), gradients_.data(), m_.data(),
               v_.data(), static_cast<T>(learning_rate / (1 - beta1_power_)),
               static_cast<T>(1 / std::sqrt(1 - beta2_power_)), static_cast<T>(scale),
               static_cast<T>(learning_rate * training_.weight_decay)});
  engine_.parameters_changed();
}

template class LstmTrainer<float>;
template class LstmTrainer<double>;

}  // namespace learningplane::model::detail
