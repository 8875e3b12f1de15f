#include "model/nn/normalisation.hpp"

#include <cmath>

namespace learningplane::model::nn {

namespace {

constexpr double epsilon = 1e-5;
constexpr double momentum = 0.1;

template <class T>
void fill(Parameter<T>& p, T value) {
  std::fill_n(p.value.row(0), p.value.columns, value);
}

}  // namespace

template <class T>
LayerNorm<T>::LayerNorm(Context<T>& context, const std::string& name, std::size_t columns) {
  context.add(scale_, name + ".scale", 1, columns, 0);
  context.add(shift_, name + ".shift", 1, columns, 0);
  fill(scale_, T(1));
}

template <class T>
const Matrix<T>& LayerNorm<T>::forward(const Matrix<T>& x) {
  const std::size_t n = x.columns;
  const T share = T(1) / static_cast<T>(n);
  y_.shape(x.rows, n);
  normal_.shape(x.rows, n);
  inverse_.resize(x.rows);
  const T *scale = scale_.value.row(0), *shift = shift_.value.row(0);
  for (std::size_t r = 0; r < x.rows; ++r) {
    const T* in = x.row(r);
    T sum = 0, squares = 0;
    for (std::size_t c = 0; c < n; ++c) sum += in[c];
    const T mean = sum * share;
    for (std::size_t c = 0; c < n; ++c) squares += (in[c] - mean) * (in[c] - mean);
    const T inverse = T(1) / std::sqrt(squares * share + static_cast<T>(epsilon));
    inverse_[r] = inverse;
    T *normal = normal_.row(r), *out = y_.row(r);
    for (std::size_t c = 0; c < n; ++c) {
      normal[c] = (in[c] - mean) * inverse;
      out[c] = normal[c] * scale[c] + shift[c];
    }
  }
  return y_;
}

template <class T>
const Matrix<T>& LayerNorm<T>::backward(const Matrix<T>& dy) {
  const std::size_t n = dy.columns;
  const T share = T(1) / static_cast<T>(n);
  dx_.shape(dy.rows, n);
  const T* scale = scale_.value.row(0);
  T *dscale = scale_.gradient.row(0), *dshift = shift_.gradient.row(0);
  for (std::size_t r = 0; r < dy.rows; ++r) {
    const T *d = dy.row(r), *normal = normal_.row(r);
    T* out = dx_.row(r);
    T sum = 0, along = 0;
    for (std::size_t c = 0; c < n; ++c) {
      dscale[c] += d[c] * normal[c];
      dshift[c] += d[c];
      out[c] = d[c] * scale[c];
    }
    for (std::size_t c = 0; c < n; ++c) {
      sum += out[c];
      along += out[c] * normal[c];
    }
    for (std::size_t c = 0; c < n; ++c)
      out[c] = (out[c] - share * (sum + normal[c] * along)) * inverse_[r];
  }
  return dx_;
}

template <class T>
BatchNorm<T>::BatchNorm(Context<T>& context, const std::string& name, std::size_t columns)
    : context_(context) {
  context.add(scale_, name + ".scale", 1, columns, 0);
  context.add(shift_, name + ".shift", 1, columns, 0);
  context.add(mean_, name + ".mean", 1, columns, 0);
  context.add(variance_, name + ".variance", 1, columns, 0);
  fill(scale_, T(1));
  fill(variance_, T(1));
  mean_.learned = variance_.learned = false;
}

template <class T>
const Matrix<T>& BatchNorm<T>::forward(const Matrix<T>& x) {
  const std::size_t n = x.columns;
  y_.shape(x.rows, n);
  normal_.shape(x.rows, n);
  inverse_.assign(n, T(0));
  Array<T> mean(n, T(0));
  if (context_.mode == Mode::training) {
    const T share = T(1) / static_cast<T>(x.rows);
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t c = 0; c < n; ++c) mean[c] += x(r, c);
    }
    for (T& m : mean) m *= share;
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t c = 0; c < n; ++c) inverse_[c] += (x(r, c) - mean[c]) * (x(r, c) - mean[c]);
    }
    // The running variance is that of a sample: divided by one less.
    const T unbiased = x.rows > 1 ? T(1) / static_cast<T>(x.rows - 1) : T(1);
    const T keep = static_cast<T>(1 - momentum), mix = static_cast<T>(momentum);
    for (std::size_t c = 0; c < n; ++c) {
      T &running = mean_.value(0, c), &spread = variance_.value(0, c);
      running = keep * running + mix * mean[c];
      spread = keep * spread + mix * inverse_[c] * unbiased;
      inverse_[c] = T(1) / std::sqrt(inverse_[c] * share + static_cast<T>(epsilon));
    }
  } else {
    for (std::size_t c = 0; c < n; ++c) {
      mean[c] = mean_.value(0, c);
      inverse_[c] = T(1) / std::sqrt(variance_.value(0, c) + static_cast<T>(epsilon));
    }
  }
  for (std::size_t r = 0; r < x.rows; ++r) {
    for (std::size_t c = 0; c < n; ++c) {
      normal_(r, c) = (x(r, c) - mean[c]) * inverse_[c];
      y_(r, c) = normal_(r, c) * scale_.value(0, c) + shift_.value(0, c);
    }
  }
  return y_;
}

template <class T>
const Matrix<T>& BatchNorm<T>::backward(const Matrix<T>& dy) {
  const std::size_t n = dy.columns;
  dx_.shape(dy.rows, n);
  Array<T> sum(n, T(0)), along(n, T(0));
  for (std::size_t r = 0; r < dy.rows; ++r) {
    for (std::size_t c = 0; c < n; ++c) {
      sum[c] += dy(r, c);
      along[c] += dy(r, c) * normal_(r, c);
    }
  }
  const T share = T(1) / static_cast<T>(dy.rows);
  for (std::size_t r = 0; r < dy.rows; ++r) {
    for (std::size_t c = 0; c < n; ++c)
      dx_(r, c) = (dy(r, c) - share * (sum[c] + normal_(r, c) * along[c])) * inverse_[c] *
                  scale_.value(0, c);
  }
  for (std::size_t c = 0; c < n; ++c) {
    scale_.gradient(0, c) += along[c];
    shift_.gradient(0, c) += sum[c];
  }
  return dx_;
}

template class LayerNorm<float>;
template class LayerNorm<double>;
template class BatchNorm<float>;
template class BatchNorm<double>;

}  // namespace learningplane::model::nn
