#pragma once
// What a kernel tier offers. Plain pointers and sizes only: the tiers are compiled for instruction
// sets that the rest of the program must not use, so nothing inline may be shared with them.
#include <cstddef>

namespace learningplane::model::kernels {

/// One time step of one LSTM layer for `rows` sequences. Hidden units stand in chunks of `width`
/// lanes (padded with zeros); gates are stored [row][chunk][i f g o][lane].
/// Weights are panels [chunk][input][i f g o][lane], the bias is [chunk][i f g o][lane].
template <class T>
struct CellForward {
  std::size_t rows, inputs, hidden, padded;
  const T* x;  ///< rows x inputs
  std::size_t x_stride;
  const T* h;  ///< rows x hidden, stride `padded`; must not overlap h_out
  const T* c;  ///< the same; may be c_out
  const T* wx;
  const T* wh;
  const T* bias;
  T* h_out;
  T* c_out;
  T* gates;   ///< rows x 4 padded, or nullptr: not kept
  T* tanh_c;  ///< rows x padded, or nullptr: not kept
};

/// Gradients through one step: `gates` becomes the gradient before the activations.
template <class T>
struct CellBackward {
  std::size_t rows, padded;
  T* gates;
  const T* c_before;
  const T* tanh_c;
  const T* dh;
  T* dc;  ///< in: from the step after; out: for the step before
};

/// One time step of one GRU layer, with h' = (1 - z) n + z h and n = tanh(x's part + r * h's part).
/// Weights are panels [chunk][input][r z n][lane]; the bias is [chunk][r z nx nh][lane], because
/// the new gate takes its two parts apart.
template <class T>
struct GruForward {
  std::size_t rows, inputs, hidden, padded;
  const T* x;  ///< rows x inputs
  std::size_t x_stride;
  const T* h;  ///< rows x hidden, stride `padded`; must not overlap h_out
  const T* wx;
  const T* wh;
  const T* bias;
  T* h_out;
  T* gates;  ///< rows x 3 padded, [row][chunk][r z n][lane], or nullptr: not kept
  T* part;   ///< rows x padded: h's part of n; nullptr: not kept
};

/// Gradients through one GRU step: `gates` becomes the gradient before the activations, as x's
/// weights see it; `gates_h` the same as h's weights see it.
template <class T>
struct GruBackward {
  std::size_t rows, padded;
  T* gates;
  T* gates_h;
  const T* h_before;
  const T* part;
  const T* dh;
  T* dh_before;  ///< what passes by the gates is added here; nullptr: nobody's
};

/// C (m x vectors*width) = start + A (m x k, any strides) B (k x vectors*width), vectors in 1..4.
template <class T>
struct Panel {
  std::size_t m, k, vectors;
  const T* a;
  std::size_t row_stride, column_stride;
  const T* b;
  std::size_t b_stride;
  T* c;
  std::size_t c_stride;
  const T* start;  ///< what the sums begin with, m x vectors*width (c itself too); nullptr: zero
  std::size_t start_stride;  ///< 0: every row begins with the same
};

/// One step of Adam with decoupled weight decay; n is a multiple of width.
template <class T>
struct Adam {
  std::size_t n;
  T* weights;
  const T* gradients;
  T* m;
  T* v;
  T rate;     ///< learning rate over the first moment's correction
  T correct;  ///< 1 / sqrt(second moment's correction)
  T scale;    ///< of the gradients: the clipping factor
  T decay;    ///< share of the weights taken off
};

/// Everything one tier does in one precision.
template <class T>
struct Table {
  std::size_t width;  ///< lanes of a vector
  void (*cell_forward)(const CellForward<T>&);
  void (*cell_backward)(const CellBackward<T>&);
  void (*gru_forward)(const GruForward<T>&);
  void (*gru_backward)(const GruBackward<T>&);
  void (*panel)(const Panel<T>&);
  void (*add_columns)(std::size_t rows, std::size_t columns, const T* a, T* sums);
  void (*adam)(const Adam<T>&);
  void (*sigmoid)(std::size_t n, T* x);  ///< absolute error below 2 units in the last place of 1
  void (*tanh)(std::size_t n, T* x);     ///< the same
};

extern const Table<float> baseline_f32, avx2_f32, avx512_f32;
extern const Table<double> baseline_f64, avx2_f64, avx512_f64;

}  // namespace learningplane::model::kernels
