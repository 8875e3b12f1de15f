#pragma once
#include "model/nn/context.hpp"

namespace learningplane::model::nn {

/// x Phi(x), Phi the normal distribution function.
template <class T>
class Gelu {
 public:
  explicit Gelu(Context<T>& context) : context_(context) {}
  const Matrix<T>& forward(const Matrix<T>& x);
  const Matrix<T>& backward(const Matrix<T>& dy);

 private:
  Context<T>& context_;
  Matrix<T> y_, slope_, dx_;
};

/// x above 0, exp(x) - 1 below.
template <class T>
class Elu {
 public:
  explicit Elu(Context<T>& context) : context_(context) {}
  const Matrix<T>& forward(const Matrix<T>& x);
  const Matrix<T>& backward(const Matrix<T>& dy);

 private:
  Context<T>& context_;
  Matrix<T> y_, dx_;
};

/// In training each number is dropped with a probability and the others grow accordingly.
template <class T>
class Dropout {
 public:
  Dropout(Context<T>& context, double share) : context_(context), share_(share) {}
  const Matrix<T>& forward(const Matrix<T>& x);
  const Matrix<T>& backward(const Matrix<T>& dy);
  /// Keeps the mask of the last pass in the coming ones, for gradient checks.
  void freeze() { frozen_ = true; }

 private:
  Context<T>& context_;
  double share_;
  bool active_ = false, frozen_ = false;
  Matrix<T> y_, dx_, mask_;
};

/// The largest of 3 neighbouring steps at every second step: L becomes (L - 1) / 2 + 1.
template <class T>
class MaxPool {
 public:
  explicit MaxPool(Context<T>& context) : context_(context) {}
  const Matrix<T>& forward(const Matrix<T>& x);
  const Matrix<T>& backward(const Matrix<T>& dy);
  static std::size_t length(std::size_t steps) { return (steps - 1) / 2 + 1; }

 private:
  Context<T>& context_;
  Matrix<T> y_, dx_;
  std::vector<std::size_t> from_;  // row of each number's source
};

}  // namespace learningplane::model::nn
