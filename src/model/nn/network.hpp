#pragma once
#include "model/nn/context.hpp"

namespace learningplane::model::nn {

/// Sizes of a network from a window of the past to all steps ahead in one pass.
struct NetworkShape {
  std::size_t inputs = 1;    ///< columns of a row
  std::size_t outputs = 1;   ///< numbers of a step ahead
  std::size_t lags = 96;     ///< rows of the past
  std::size_t label = 48;    ///< last of them that stand before the zeros, for a start
  std::size_t horizon = 24;  ///< steps ahead
  std::size_t width = 16;    ///< of a step inside the network
  std::size_t heads = 2;     ///< divide width
  std::size_t inner = 64;    ///< of the feed-forward parts
  std::size_t encoder = 2;   ///< layers, or levels of a U
  std::size_t decoder = 1;   ///< layers
  std::size_t factor = 5;    ///< of ProbSparse; 0: full attention
  double dropout = 0.05;
};

/// Numbers of a time stamp that the network sees.
inline constexpr std::size_t marks = 4;

/// What a network reads: `sequences` of each, one below the other.
template <class T>
struct NetworkInput {
  std::size_t sequences = 0;
  Matrix<T> past, past_marks;      ///< lags rows
  Matrix<T> future, future_marks;  ///< label known rows, then horizon zeros
};

template <class T>
class Network {
 public:
  Network(CpuTier tier, std::uint64_t seed) : context_(tier, seed) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;

  Context<T>& context() { return context_; }
  /// sequences * horizon rows of outputs. The input must stay as it is until backward().
  virtual const Matrix<T>& forward(const NetworkInput<T>& in) = 0;
  /// The past as the network gives it back (sequences * lags rows), where it does; else nullptr.
  virtual const Matrix<T>* reconstruction() const { return nullptr; }
  /// Adds to the gradients; `dpast` is for the reconstruction, nullptr where there is none.
  virtual void backward(const Matrix<T>& dforecast, const Matrix<T>* dpast) = 0;

 protected:
  Context<T> context_;
};

/// The last `count` rows of each sequence.
template <class T>
void take_last(const Matrix<T>& x, std::size_t sequences, std::size_t count, Matrix<T>& out) {
  const std::size_t steps = x.rows / sequences;
  out.shape(sequences * count, x.columns);
  for (std::size_t s = 0; s < sequences; ++s)
    std::copy_n(x.row((s + 1) * steps - count), count * x.stride, out.row(s * count));
}
/// The reverse: adds to the last rows of each sequence.
template <class T>
void add_last(const Matrix<T>& d, std::size_t sequences, Matrix<T>& out) {
  const std::size_t count = d.rows / sequences, steps = out.rows / sequences;
  for (std::size_t s = 0; s < sequences; ++s) {
    T* to = out.row((s + 1) * steps - count);
    const T* from = d.row(s * count);
    for (std::size_t i = 0; i < count * d.stride; ++i) to[i] += from[i];
  }
}

}  // namespace learningplane::model::nn
