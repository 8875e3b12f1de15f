#pragma once
#include "model/nn/context.hpp"

namespace learningplane::model::nn {

enum class Bias { with, without };

/// y = x W + b. Weights stand as inputs x outputs. What forward() was given must stay as it is
/// until backward(); so it is with every layer here. Results belong to the layer until its next
/// call.
template <class T>
class Linear {
 public:
  /// First weights from U(-1/sqrt(fan), 1/sqrt(fan)), fan 0: as many as there are inputs.
  Linear(Context<T>& context, const std::string& name, std::size_t inputs, std::size_t outputs,
         Bias bias = Bias::with, std::size_t fan = 0);
  const Matrix<T>& forward(const Matrix<T>& x);
  /// Adds to the parameters' gradients. @return the gradient of x
  const Matrix<T>& backward(const Matrix<T>& dy);
  /// The same where nobody asks for the gradient of x.
  void backward_parameters(const Matrix<T>& dy);

 private:
  Context<T>& context_;
  Parameter<T> weight_, bias_;
  bool with_bias_;
  const Matrix<T>* x_ = nullptr;
  Matrix<T> y_, dx_, turned_;
};

}  // namespace learningplane::model::nn
