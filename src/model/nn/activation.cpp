#include "model/nn/activation.hpp"

namespace learningplane::model::nn {

template <class T>
const Matrix<T>& Gelu<T>::forward(const Matrix<T>& x) {
  y_.shape(x.rows, x.columns);
  slope_.shape(x.rows, x.columns);
  context_.attention.gelu(x.values.size(), x.values.data(), y_.values.data(), slope_.values.data());
  return y_;
}

template <class T>
const Matrix<T>& Gelu<T>::backward(const Matrix<T>& dy) {
  dx_.shape(dy.rows, dy.columns);
  for (std::size_t i = 0; i < dy.values.size(); ++i)
    dx_.values[i] = dy.values[i] * slope_.values[i];
  return dx_;
}

template <class T>
const Matrix<T>& Elu<T>::forward(const Matrix<T>& x) {
  y_.shape(x.rows, x.columns);
  context_.attention.elu(x.values.size(), x.values.data(), y_.values.data());
  return y_;
}

template <class T>
const Matrix<T>& Elu<T>::backward(const Matrix<T>& dy) {
  dx_.shape(dy.rows, dy.columns);
  for (std::size_t i = 0; i < dy.values.size(); ++i)
    dx_.values[i] = dy.values[i] * (y_.values[i] > T(0) ? T(1) : y_.values[i] + T(1));
  return dx_;
}

template <class T>
const Matrix<T>& Dropout<T>::forward(const Matrix<T>& x) {
  active_ = context_.mode == Mode::training && share_ > 0;
  if (!active_) return x;
  y_.shape(x.rows, x.columns);
  if (!frozen_ || mask_.values.size() != x.values.size()) {
    mask_.shape(x.rows, x.columns);
    // Four draws of 16 bits from each number; what is kept is scaled by the share that 16 bits can
    // say, so that the mean stays exact.
    const auto limit = static_cast<std::uint64_t>(share_ * 65536);
    const T kept = static_cast<T>(65536.0 / static_cast<double>(65536 - limit));
    for (std::size_t i = 0; i < mask_.values.size(); i += 4) {
      const std::uint64_t bits = context_.random.next();
      for (std::size_t j = 0; j < 4; ++j)
        mask_.values[i + j] = ((bits >> (16 * j)) & 0xffffU) < limit ? T(0) : kept;
    }
  }
  for (std::size_t i = 0; i < x.values.size(); ++i) y_.values[i] = x.values[i] * mask_.values[i];
  return y_;
}

template <class T>
const Matrix<T>& Dropout<T>::backward(const Matrix<T>& dy) {
  if (!active_) return dy;
  dx_.shape(dy.rows, dy.columns);
  for (std::size_t i = 0; i < dy.values.size(); ++i) dx_.values[i] = dy.values[i] * mask_.values[i];
  return dx_;
}

template <class T>
const Matrix<T>& MaxPool<T>::forward(const Matrix<T>& x) {
  const std::size_t steps = x.rows / context_.batch, out = length(steps), n = x.columns;
  y_.shape(context_.batch * out, n);
  dx_.shape(x.rows, n);
  from_.resize(y_.rows * n);
  for (std::size_t b = 0; b < context_.batch; ++b) {
    for (std::size_t t = 0; t < out; ++t) {
      const std::size_t first = t == 0 ? 0 : 2 * t - 1, last = std::min(2 * t + 1, steps - 1);
      for (std::size_t c = 0; c < n; ++c) {
        std::size_t best = b * steps + first;
        for (std::size_t r = best + 1; r <= b * steps + last; ++r)
          if (x(r, c) > x(best, c)) best = r;
        y_(b * out + t, c) = x(best, c);
        from_[(b * out + t) * n + c] = best;
      }
    }
  }
  return y_;
}

template <class T>
const Matrix<T>& MaxPool<T>::backward(const Matrix<T>& dy) {
  dx_.zero();
  for (std::size_t r = 0; r < dy.rows; ++r) {
    for (std::size_t c = 0; c < dy.columns; ++c) dx_(from_[r * dy.columns + c], c) += dy(r, c);
  }
  return dx_;
}

#define INSTANTIATE(Layer)     \
  template class Layer<float>; \
  template class Layer<double>;
INSTANTIATE(Gelu)
INSTANTIATE(Elu)
INSTANTIATE(Dropout)
INSTANTIATE(MaxPool)
#undef INSTANTIATE

}  // namespace learningplane::model::nn
