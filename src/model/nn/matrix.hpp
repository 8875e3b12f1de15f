#pragma once
#include <algorithm>
#include <cstddef>

#include "model/lstm_engine.hpp"

namespace learningplane::model::nn {

using detail::Array;

/// Numbers of a row's padding: whole vectors of the widest tier, whatever tier runs.
template <class T>
constexpr std::size_t lanes = 64 / sizeof(T);

constexpr std::size_t padded(std::size_t columns, std::size_t to) {
  return (columns + to - 1) / to * to;
}

/// Row-major; every row is padded to whole vectors. Layers keep the padding zero, so that a product
/// needs no rest and no mask. A batch of sequences is one matrix: a sequence's steps are rows below
/// each other, one sequence after the other.
template <class T>
struct Matrix {
  std::size_t rows = 0, columns = 0, stride = 0;
  Array<T> values{};

  Matrix() = default;
  Matrix(std::size_t r, std::size_t c) { shape(r, c); }
  /// What stood there before is undefined afterwards, but for the padding.
  void shape(std::size_t r, std::size_t c) {
    if (c != columns) {
      values.clear();
      stride = padded(c, lanes<T>);
    }
    rows = r;
    columns = c;
    values.resize(rows * stride);
  }
  void zero() { std::fill(values.begin(), values.end(), T(0)); }
  T* row(std::size_t r) { return values.data() + r * stride; }
  const T* row(std::size_t r) const { return values.data() + r * stride; }
  T& operator()(std::size_t r, std::size_t c) { return values[r * stride + c]; }
  T operator()(std::size_t r, std::size_t c) const { return values[r * stride + c]; }
};

/// a += b, of the same shape.
template <class T>
void add(Matrix<T>& a, const Matrix<T>& b) {
  for (std::size_t i = 0; i < a.values.size(); ++i) a.values[i] += b.values[i];
}

}  // namespace learningplane::model::nn
