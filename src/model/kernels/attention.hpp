#pragma once
// What attention networks need of a tier besides kernels.hpp. Plain pointers and sizes only, for
// the same reason. Every stride and every n is a multiple of the tier's vector.
#include <cstddef>

namespace learningplane::model {
enum class CpuTier : int;
}

namespace learningplane::model::kernels {

/// Each row of x becomes exp(scale x) over its sum, over its first `columns` entries or, where
/// `lengths` is given, over as many as that says (1 or more). The rest of the row becomes zero.
template <class T>
struct Softmax {
  std::size_t rows, columns, stride;
  T* x;
  T scale;  ///< above 0
  const std::size_t* lengths;
};

/// Gradients through softmax: d becomes scale p (d - sum of p d), row by row.
template <class T>
struct SoftmaxBackward {
  std::size_t rows, stride;
  const T* p;
  T* d;
  T scale;
};

template <class T>
struct AttentionTable {
  void (*softmax)(const Softmax<T>&);
  void (*softmax_backward)(const SoftmaxBackward<T>&);
  /// y = x Phi(x), Phi the normal distribution function, and its slope. In f32 the error of Phi is
  /// below 3e-7, in f64 that of the C library's erf.
  void (*gelu)(std::size_t n, const T* x, T* y, T* slope);
  /// y = x above 0, exp(x) - 1 below.
  void (*elu)(std::size_t n, const T* x, T* y);
};

extern const AttentionTable<float> baseline_attention_f32, avx2_attention_f32, avx512_attention_f32;
extern const AttentionTable<double> baseline_attention_f64, avx2_attention_f64,
    avx512_attention_f64;

/// The attention kernels of a tier in one precision.
template <class T>
const AttentionTable<T>& attention_table(CpuTier tier);
template <>
const AttentionTable<float>& attention_table<float>(CpuTier tier);
template <>
const AttentionTable<double>& attention_table<double>(CpuTier tier);

}  // namespace learningplane::model::kernels
