#pragma once
#include "model/nn/linear.hpp"

namespace learningplane::model::nn {

/// What stands before the first and after the last step of a sequence.
enum class Edge { zeros, circular };

/// Convolution along the steps of each sequence, stride 1: L becomes L + 2 padding - taps + 1.
/// The taps are laid side by side, so that it is one product; weight row: tap * inputs + input.
template <class T>
class Conv1d {
 public:
  struct Shape {
    std::size_t inputs, outputs, taps, padding;
    Edge edge;
  };
  Conv1d(Context<T>& context, const std::string& name, const Shape& shape);
  const Matrix<T>& forward(const Matrix<T>& x);
  const Matrix<T>& backward(const Matrix<T>& dy);
  void backward_parameters(const Matrix<T>& dy) { product_.backward_parameters(dy); }
  static std::size_t length(std::size_t steps, const Shape& s) {
    return steps + 2 * s.padding + 1 - s.taps;
  }

 private:
  /// The input step that a tap of an output step reads; `steps` where it reads a zero.
  std::size_t source(std::size_t at, std::size_t tap, std::size_t steps) const;

  Context<T>& context_;
  Shape shape_;
  Linear<T> product_;
  Matrix<T> taps_, dx_;
};

/// Transposed convolution along the steps of each sequence: L becomes (L - 1) stride - 2 padding +
/// taps. Weight column: tap * outputs + output.
template <class T>
class TransposedConv1d {
 public:
  struct Shape {
    std::size_t inputs, outputs, taps, stride, padding;
  };
  TransposedConv1d(Context<T>& context, const std::string& name, const Shape& shape);
  const Matrix<T>& forward(const Matrix<T>& x);
  const Matrix<T>& backward(const Matrix<T>& dy);
  static std::size_t length(std::size_t steps, const Shape& s) {
    return (steps - 1) * s.stride + s.taps - 2 * s.padding;
  }

 private:
  Context<T>& context_;
  Shape shape_;
  Linear<T> product_;
  Parameter<T> bias_;
  std::size_t steps_ = 0;
  Matrix<T> y_, dtaps_;
};

}  // namespace learningplane::model::nn
