#pragma once
#include "model/nn/context.hpp"

namespace learningplane::model::nn {

/// Each row to mean 0 and variance 1 (+ 1e-5), then scaled and shifted by what was learned.
template <class T>
class LayerNorm {
 public:
  LayerNorm(Context<T>& context, const std::string& name, std::size_t columns);
  const Matrix<T>& forward(const Matrix<T>& x);
  const Matrix<T>& backward(const Matrix<T>& dy);

 private:
  Parameter<T> scale_, shift_;
  Matrix<T> y_, dx_, normal_;
  Array<T> inverse_;  // 1 / deviation of each row
};

/// Each column to mean 0 and variance 1 over all rows of the batch; at inference by the running
/// mean and variance (a tenth of each batch's is mixed in).
template <class T>
class BatchNorm {
 public:
  BatchNorm(Context<T>& context, const std::string& name, std::size_t columns);
  const Matrix<T>& forward(const Matrix<T>& x);
  /// After a forward pass in training only.
  const Matrix<T>& backward(const Matrix<T>& dy);

 private:
  Context<T>& context_;
  Parameter<T> scale_, shift_, mean_, variance_;
  Matrix<T> y_, dx_, normal_;
  Array<T> inverse_;
};

}  // namespace learningplane::model::nn
