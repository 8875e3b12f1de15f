#include "model/nn/convolution.hpp"

#include <cmath>

namespace learningplane::model::nn {

template <class T>
Conv1d<T>::Conv1d(Context<T>& context, const std::string& name, const Shape& shape)
    : context_(context),
      shape_(shape),
      product_(context, name, shape.taps * shape.inputs, shape.outputs) {}

template <class T>
std::size_t Conv1d<T>::source(std::size_t at, std::size_t tap, std::size_t steps) const {
  const std::size_t from = at + tap;  // of the padded sequence
  const std::size_t pad = shape_.padding;
  if (from >= pad && from < pad + steps) return from - pad;
  if (shape_.edge == Edge::zeros) return steps;
  return (from + steps * pad - pad) % steps;
}

template <class T>
const Matrix<T>& Conv1d<T>::forward(const Matrix<T>& x) {
  const std::size_t steps = x.rows / context_.batch, out = length(steps, shape_);
  taps_.shape(context_.batch * out, shape_.taps * shape_.inputs);
  for (std::size_t b = 0; b < context_.batch; ++b) {
    for (std::size_t t = 0; t < out; ++t) {
      T* to = taps_.row(b * out + t);
      for (std::size_t tap = 0; tap < shape_.taps; ++tap, to += shape_.inputs) {
        const std::size_t from = source(t, tap, steps);
        if (from == steps)
          std::fill_n(to, shape_.inputs, T(0));
        else
          std::copy_n(x.row(b * steps + from), shape_.inputs, to);
      }
    }
  }
  dx_.shape(x.rows, x.columns);
  return product_.forward(taps_);
}

template <class T>
const Matrix<T>& Conv1d<T>::backward(const Matrix<T>& dy) {
  const Matrix<T>& dtaps = product_.backward(dy);
  const std::size_t steps = dx_.rows / context_.batch, out = dy.rows / context_.batch;
  dx_.zero();
  for (std::size_t b = 0; b < context_.batch; ++b) {
    for (std::size_t t = 0; t < out; ++t) {
      const T* d = dtaps.row(b * out + t);
      for (std::size_t tap = 0; tap < shape_.taps; ++tap, d += shape_.inputs) {
        const std::size_t from = source(t, tap, steps);
        if (from == steps) continue;
        T* to = dx_.row(b * steps + from);
        for (std::size_t c = 0; c < shape_.inputs; ++c) to[c] += d[c];
      }
    }
  }
  return dx_;
}

template <class T>
TransposedConv1d<T>::TransposedConv1d(Context<T>& context, const std::string& name,
                                      const Shape& shape)
    : context_(context),
      shape_(shape),
      product_(context, name, shape.inputs, shape.taps * shape.outputs, Bias::without) {
  context.add(bias_, name + ".bias", 1, shape.outputs,
              1 / std::sqrt(static_cast<double>(shape.inputs)));
}

template <class T>
const Matrix<T>& TransposedConv1d<T>::forward(const Matrix<T>& x) {
  const Matrix<T>& taps = product_.forward(x);
  steps_ = x.rows / context_.batch;
  const std::size_t out = length(steps_, shape_), n = shape_.outputs;
  y_.shape(context_.batch * out, n);
  for (std::size_t r = 0; r < y_.rows; ++r) std::copy_n(bias_.value.row(0), n, y_.row(r));
  for (std::size_t b = 0; b < context_.batch; ++b) {
    for (std::size_t t = 0; t < steps_; ++t) {
      const T* from = taps.row(b * steps_ + t);
      for (std::size_t tap = 0; tap < shape_.taps; ++tap, from += n) {
        const std::size_t at = t * shape_.stride + tap;
        if (at < shape_.padding || at - shape_.padding >= out) continue;
        T* to = y_.row(b * out + at - shape_.padding);
        for (std::size_t c = 0; c < n; ++c) to[c] += from[c];
      }
    }
  }
  return y_;
}

template <class T>
const Matrix<T>& TransposedConv1d<T>::backward(const Matrix<T>& dy) {
  const std::size_t out = dy.rows / context_.batch, n = shape_.outputs;
  dtaps_.shape(context_.batch * steps_, shape_.taps * n);
  for (std::size_t b = 0; b < context_.batch; ++b) {
    for (std::size_t t = 0; t < steps_; ++t) {
      T* to = dtaps_.row(b * steps_ + t);
      for (std::size_t tap = 0; tap < shape_.taps; ++tap, to += n) {
        const std::size_t at = t * shape_.stride + tap;
        if (at < shape_.padding || at - shape_.padding >= out)
          std::fill_n(to, n, T(0));
        else
          std::copy_n(dy.row(b * out + at - shape_.padding), n, to);
      }
    }
  }
  context_.table.add_columns(dy.rows, dy.stride, dy.values.data(), bias_.gradient.row(0));
  return product_.backward(dtaps_);
}

template class Conv1d<float>;
template class Conv1d<double>;
template class TransposedConv1d<float>;
template class TransposedConv1d<double>;

}  // namespace learningplane::model::nn
