#include "model/nn/yformer.hpp"

namespace learningplane::model::nn {

namespace {

constexpr std::size_t distil_padding = 2;  // as published: L becomes (L + 1) / 2 + 1

BlockShape block(const NetworkShape& s, std::size_t factor, Sight sight) {
  return {{s.width, s.heads, factor, sight}, s.inner, s.dropout};
}

/// Sequence by sequence the rows of a, then those of b.
template <class T>
void join(const Matrix<T>& a, const Matrix<T>& b, std::size_t sequences, Matrix<T>& out) {
  const std::size_t na = a.rows / sequences * a.stride, nb = b.rows / sequences * b.stride;
  out.shape(a.rows + b.rows, a.columns);
  T* to = out.values.data();
  for (std::size_t s = 0; s < sequences; ++s) {
    to = std::copy_n(a.values.data() + s * na, na, to);
    to = std::copy_n(b.values.data() + s * nb, nb, to);
  }
}
template <class T>
void split(const Matrix<T>& joined, std::size_t sequences, Matrix<T>& a, Matrix<T>& b) {
  const std::size_t na = a.rows / sequences * a.stride, nb = b.rows / sequences * b.stride;
  const T* from = joined.values.data();
  for (std::size_t s = 0; s < sequences; ++s) {
    std::copy_n(from, na, a.values.data() + s * na);
    std::copy_n(from + na, nb, b.values.data() + s * nb);
    from += na + nb;
  }
}

}  // namespace

template <class T>
std::size_t Yformer<T>::top(const NetworkShape& shape) {
  std::size_t steps = shape.lags;
  for (std::size_t i = 0; i < shape.encoder; ++i) steps = Distil<T>::length(steps, distil_padding);
  for (std::size_t i = 0; i < shape.encoder; ++i) steps = Rise<T>::length(steps);
  return steps;
}

template <class T>
Yformer<T>::Level::Level(Context<T>& context, const std::string& name, const BlockShape& shape)
    : layer(context, name, shape),
      distil(context, name + ".distil", shape.attention.width, distil_padding),
      norm(context, name + ".norm", shape.attention.width) {}

template <class T>
Yformer<T>::Yformer(const NetworkShape& shape, CpuTier tier, std::uint64_t seed)
    : Network<T>(tier, seed),
      shape_(shape),
      past_{
          Embedding<T>(this->context_, "past", {shape.inputs, marks, shape.width, shape.dropout})},
      future_{Embedding<T>(this->context_, "future",
                           {shape.inputs, marks, shape.width, shape.dropout})},
      past_head_(this->context_, "past_head", shape.width, shape.outputs),
      head_(this->context_, "head", shape.width, shape.outputs) {
  for (std::size_t i = 0; i < shape.encoder; ++i) {
    const std::string number = std::to_string(i);
    past_.levels.emplace_back(this->context_, "past." + number,
                              block(shape, shape.factor, Sight::all));
    future_.levels.emplace_back(this->context_, "future." + number, block(shape, 0, Sight::masked));
    up_.emplace_back(this->context_, "up." + number,
                     block(shape, i == 0 ? 0 : shape.factor, Sight::all));
  }
  memory_.resize(shape.encoder);
}

template <class T>
void Yformer<T>::down(Arm& arm, const Matrix<T>& x, const Matrix<T>& time) {
  const Matrix<T>* at = &arm.embedding.forward(x, time);
  arm.kept.clear();
  for (Level& level : arm.levels) {
    at = &level.distil.forward(level.layer.forward(*at));
    arm.kept.push_back(&level.norm.forward(*at));
  }
  arm.dkept.resize(arm.kept.size());
  for (std::size_t i = 0; i < arm.kept.size(); ++i)
    arm.dkept[i].shape(arm.kept[i]->rows, arm.kept[i]->columns);
}

template <class T>
void Yformer<T>::down_backward(Arm& arm) {
  const Matrix<T>* below = nullptr;
  for (std::size_t i = arm.levels.size(); i-- > 0;) {
    Level& level = arm.levels[i];
    sum_ = level.norm.backward(arm.dkept[i]);
    if (below != nullptr) add(sum_, *below);
    below = &level.layer.backward(level.distil.backward(sum_));
  }
  arm.embedding.backward(*below);
}

template <class T>
const Matrix<T>& Yformer<T>::forward(const NetworkInput<T>& in) {
  this->context_.batch = in.sequences;
  down(past_, in.past, in.past_marks);
  down(future_, in.future, in.future_marks);
  const std::size_t levels = shape_.encoder;
  const Matrix<T>* x = past_.kept.back();
  for (std::size_t i = 0; i < levels; ++i) {
    const std::size_t level = levels - 1 - i;
    const Matrix<T>* memory = future_.kept[level];
    if (i > 0) {
      join(*past_.kept[level], *memory, in.sequences, memory_[i]);
      memory = &memory_[i];
    }
    x = &up_[i].rise.forward(up_[i].cross.forward(*x, *memory));
  }
  top_rows_ = x->rows;
  take_last(*x, in.sequences, shape_.lags, past_rows_);
  take_last(*x, in.sequences, shape_.horizon, rows_);
  past_out_ = &past_head_.forward(past_rows_);
  return head_.forward(rows_);
}

template <class T>
void Yformer<T>::backward(const Matrix<T>& dforecast, const Matrix<T>* dpast) {
  const std::size_t sequences = this->context_.batch, levels = shape_.encoder;
  dtop_.shape(top_rows_, shape_.width);
  dtop_.zero();
  add_last(head_.backward(dforecast), sequences, dtop_);
  if (dpast != nullptr) add_last(past_head_.backward(*dpast), sequences, dtop_);
  const Matrix<T>* d = &dtop_;
  for (std::size_t i = levels; i-- > 0;) {
    const std::size_t level = levels - 1 - i;
    CrossLayer<T>& cross = up_[i].cross;
    d = &cross.backward(up_[i].rise.backward(*d));
    if (i > 0)
      split(cross.dmemory(), sequences, past_.dkept[level], future_.dkept[level]);
    else
      future_.dkept[level] = cross.dmemory();
  }
  past_.dkept.back() = *d;
  down_backward(past_);
  down_backward(future_);
}

template class Yformer<float>;
template class Yformer<double>;

}  // namespace learningplane::model::nn
