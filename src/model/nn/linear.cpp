#include "model/nn/linear.hpp"

#include <cmath>

namespace learningplane::model::nn {

template <class T>
Linear<T>::Linear(Context<T>& context, const std::string& name, std::size_t inputs,
                  std::size_t outputs, Bias bias, std::size_t fan)
    : context_(context), with_bias_(bias == Bias::with) {
  const double bound = 1 / std::sqrt(static_cast<double>(fan == 0 ? inputs : fan));
  context.add(weight_, name + ".weight", inputs, outputs, bound);
  if (with_bias_) context.add(bias_, name + ".bias", 1, outputs, bound);
}

template <class T>
const Matrix<T>& Linear<T>::forward(const Matrix<T>& x) {
  x_ = &x;
  y_.shape(x.rows, weight_.value.columns);
  multiply(context_, plain(x), weight_.value, y_, {with_bias_ ? bias_.value.row(0) : nullptr, 0});
  return y_;
}

template <class T>
void Linear<T>::backward_parameters(const Matrix<T>& dy) {
  multiply_add(context_, turned(*x_), dy, weight_.gradient);
  if (with_bias_)
    context_.table.add_columns(dy.rows, dy.stride, dy.values.data(), bias_.gradient.row(0));
}

template <class T>
const Matrix<T>& Linear<T>::backward(const Matrix<T>& dy) {
  backward_parameters(dy);
  transpose(weight_.value, turned_);
  dx_.shape(dy.rows, weight_.value.rows);
  multiply(context_, plain(dy), turned_, dx_);
  return dx_;
}

template class Linear<float>;
template class Linear<double>;

}  // namespace learningplane::model::nn
