#include "model/nn/blocks.hpp"

#include <cmath>

namespace learningplane::model::nn {

template <class T>
const Matrix<T>& AddNorm<T>::forward(const Matrix<T>& x, const Matrix<T>& branch) {
  const Matrix<T>& kept = dropout_.forward(branch);
  sum_.shape(x.rows, x.columns);
  for (std::size_t i = 0; i < sum_.values.size(); ++i)
    sum_.values[i] = x.values[i] + kept.values[i];
  return norm_.forward(sum_);
}

template <class T>
const Matrix<T>& AddNorm<T>::backward(const Matrix<T>& dy) {
  const Matrix<T>& d = norm_.backward(dy);
  dbranch_ = &dropout_.backward(d);
  return d;
}

template <class T>
FeedForward<T>::FeedForward(Context<T>& context, const std::string& name, const BlockShape& shape)
    : in_(context, name + ".in", shape.attention.width, shape.inner),
      out_(context, name + ".out", shape.inner, shape.attention.width),
      gelu_(context),
      dropout_(context, shape.dropout),
      norm_(context, name + ".norm", shape) {}

template <class T>
const Matrix<T>& FeedForward<T>::forward(const Matrix<T>& x) {
  return norm_.forward(x, out_.forward(dropout_.forward(gelu_.forward(in_.forward(x)))));
}

template <class T>
const Matrix<T>& FeedForward<T>::backward(const Matrix<T>& dy) {
  dx_ = norm_.backward(dy);
  add(dx_, in_.backward(gelu_.backward(dropout_.backward(out_.backward(norm_.dbranch())))));
  return dx_;
}

template <class T>
const Matrix<T>& SelfAttention<T>::backward(const Matrix<T>& dy) {
  dx_ = norm_.backward(dy);
  attention_.backward(norm_.dbranch());
  add(dx_, attention_.dx());
  add(dx_, attention_.dmemory());
  return dx_;
}

template <class T>
const Matrix<T>& CrossLayer<T>::backward(const Matrix<T>& dy) {
  dx_ = norm_.backward(forward_.backward(dy));
  attention_.backward(norm_.dbranch());
  add(dx_, attention_.dx());
  return dx_;
}

template <class T>
Embedding<T>::Embedding(Context<T>& context, const std::string& name, const Shape& shape)
    : context_(context),
      value_(context, name + ".value", {shape.inputs, shape.width, 3, 1, Edge::circular}),
      time_(context, name + ".time", shape.marks, shape.width, Bias::without),
      dropout_(context, shape.dropout) {}

template <class T>
double Embedding<T>::position(std::size_t step, std::size_t column, std::size_t width) {
  const double even = static_cast<double>(column / 2 * 2);
  const double angle =
      static_cast<double>(step) * std::exp(-std::log(10000.0) * even / static_cast<double>(width));
  return column % 2 == 0 ? std::sin(angle) : std::cos(angle);
}

template <class T>
const Matrix<T>& Embedding<T>::forward(const Matrix<T>& x, const Matrix<T>& marks) {
  const Matrix<T>& value = value_.forward(x);
  const Matrix<T>& time = time_.forward(marks);
  const std::size_t steps = x.rows / context_.batch;
  if (positions_.rows != steps) {
    positions_.shape(steps, value.columns);
    for (std::size_t r = 0; r < steps; ++r) {
      for (std::size_t c = 0; c < value.columns; ++c)
        positions_(r, c) = static_cast<T>(position(r, c, value.columns));
    }
  }
  sum_.shape(value.rows, value.columns);
  const std::size_t length = positions_.values.size();
  for (std::size_t b = 0; b < context_.batch; ++b) {
    const std::size_t first = b * length;
    for (std::size_t i = 0; i < length; ++i)
      sum_.values[first + i] =
          value.values[first + i] + time.values[first + i] + positions_.values[i];
  }
  return dropout_.forward(sum_);
}

template <class T>
void Embedding<T>::backward(const Matrix<T>& dy) {
  const Matrix<T>& d = dropout_.backward(dy);
  value_.backward_parameters(d);
  time_.backward_parameters(d);
}

#define INSTANTIATE(Layer)     \
  template class Layer<float>; \
  template class Layer<double>;
INSTANTIATE(AddNorm)
INSTANTIATE(FeedForward)
INSTANTIATE(SelfAttention)
INSTANTIATE(CrossLayer)
INSTANTIATE(Embedding)
#undef INSTANTIATE

}  // namespace learningplane::model::nn
