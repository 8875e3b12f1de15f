#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace learningplane::profiling::detail {

/// One hidden layer of tanh units and a softmax, trained by Adam on cross-entropy.
class SoftmaxNetwork {
 public:
  SoftmaxNetwork(std::size_t inputs, std::size_t hidden, std::size_t classes, std::uint64_t seed);

  /// @param x a column for each row; @param y its class
  void train(const Eigen::MatrixXd& x, const std::vector<int>& y, std::size_t epochs,
             std::size_t batch, double rate);
  /// Chances, a column for each of x.
  Eigen::MatrixXd predict(const Eigen::MatrixXd& x) const;
  /// Mean cross-entropy, and its gradient by every parameter in the order of parameters().
  double loss(const Eigen::MatrixXd& x, const std::vector<int>& y, Eigen::VectorXd& gradient) const;
  const Eigen::VectorXd& parameters() const { return parameters_; }
  void set_parameters(const Eigen::VectorXd& p) { parameters_ = p; }

 private:
  using Matrix = Eigen::Map<const Eigen::MatrixXd>;
  using Vector = Eigen::Map<const Eigen::VectorXd>;
  Matrix first() const { return {parameters_.data(), hidden_, inputs_}; }
  Vector first_bias() const { return {parameters_.data() + hidden_ * inputs_, hidden_}; }
  Matrix second() const {
    return {parameters_.data() + hidden_ * (inputs_ + 1), classes_, hidden_};
  }
  Vector second_bias() const {
    return {parameters_.data() + hidden_ * (inputs_ + 1) + classes_ * hidden_, classes_};
  }

  Eigen::Index inputs_, hidden_, classes_;
  std::uint64_t seed_;
  Eigen::VectorXd parameters_;  ///< W1, b1, W2, b2
};

}  // namespace learningplane::profiling::detail
