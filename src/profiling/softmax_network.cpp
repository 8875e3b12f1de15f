#include "profiling/softmax_network.hpp"

#include <cmath>
#include <numeric>

#include "model/lstm_random.hpp"

namespace learningplane::profiling::detail {

namespace {

Eigen::MatrixXd softmax(Eigen::MatrixXd z) {
  z.rowwise() -= z.colwise().maxCoeff().eval();
  z = z.array().exp();
  z.array().rowwise() /= z.colwise().sum().array().eval();
  return z;
}

}  // namespace

SoftmaxNetwork::SoftmaxNetwork(std::size_t inputs, std::size_t hidden, std::size_t classes,
                               std::uint64_t seed)
    : inputs_(static_cast<Eigen::Index>(inputs)),
      hidden_(static_cast<Eigen::Index>(hidden)),
      classes_(static_cast<Eigen::Index>(classes)),
      seed_(seed),
      parameters_(hidden_ * (inputs_ + 1) + classes_ * (hidden_ + 1)) {
  model::detail::LstmRandom random(seed);
  parameters_.setZero();
  const double a = std::sqrt(6.0 / static_cast<double>(inputs_ + hidden_));
  const double b = std::sqrt(6.0 / static_cast<double>(hidden_ + classes_));
  for (Eigen::Index i = 0; i < hidden_ * inputs_; ++i)
    parameters_[i] = a * (2 * random.uniform() - 1);
  for (Eigen::Index i = 0; i < classes_ * hidden_; ++i)
    parameters_[hidden_ * (inputs_ + 1) + i] = b * (2 * random.uniform() - 1);
}

Eigen::MatrixXd SoftmaxNetwork::predict(const Eigen::MatrixXd& x) const {
  const Eigen::MatrixXd h = ((first() * x).colwise() + first_bias()).array().tanh();
  return softmax((second() * h).colwise() + second_bias());
}

double SoftmaxNetwork::loss(const Eigen::MatrixXd& x, const std::vector<int>& y,
                            Eigen::VectorXd& gradient) const {
  const Eigen::MatrixXd h = ((first() * x).colwise() + first_bias()).array().tanh();
  Eigen::MatrixXd p = softmax((second() * h).colwise() + second_bias());
  const auto n = static_cast<double>(x.cols());
  double loss = 0;
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    double& own = p(y[static_cast<std::size_t>(i)], i);
    loss -= std::log(std::max(own, 1e-300)) / n;
    own -= 1;
  }
  p /= n;  // the gradient by what the softmax takes
  const Eigen::MatrixXd back = (second().transpose() * p).array() * (1 - h.array().square());
  gradient.resize(parameters_.size());
  double* at = gradient.data();
  Eigen::Map<Eigen::MatrixXd>(at, hidden_, inputs_).noalias() = back * x.transpose();
  at += hidden_ * inputs_;
  Eigen::Map<Eigen::VectorXd>(at, hidden_) = back.rowwise().sum();
  at += hidden_;
  Eigen::Map<Eigen::MatrixXd>(at, classes_, hidden_).noalias() = p * h.transpose();
  at += classes_ * hidden_;
  Eigen::Map<Eigen::VectorXd>(at, classes_) = p.rowwise().sum();
  return loss;
}

void SoftmaxNetwork::train(const Eigen::MatrixXd& x, const std::vector<int>& y, std::size_t epochs,
                           std::size_t batch, double rate) {
  model::detail::LstmRandom random(seed_ ^ 0x9e3779b9U);
  const auto n = static_cast<std::size_t>(x.cols());
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Eigen::VectorXd g, m = Eigen::VectorXd::Zero(parameters_.size()), v = m;
  double b1 = 1, b2 = 1;
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    for (std::size_t i = n; i-- > 1;) std::swap(order[i], order[random.below(i + 1)]);
    for (std::size_t i = 0; i < n; i += batch) {
      const std::size_t count = std::min(batch, n - i);
      Eigen::MatrixXd some(x.rows(), static_cast<Eigen::Index>(count));
      std::vector<int> classes(count);
      for (std::size_t j = 0; j < count; ++j) {
        some.col(static_cast<Eigen::Index>(j)) = x.col(static_cast<Eigen::Index>(order[i + j]));
        classes[j] = y[order[i + j]];
      }
      loss(some, classes, g);
      b1 *= 0.9;
      b2 *= 0.999;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g.cwiseProduct(g);
      parameters_.array() -= rate / (1 - b1) * m.array() / ((v.array() / (1 - b2)).sqrt() + 1e-8);
    }
  }
}

}  // namespace learningplane::profiling::detail
