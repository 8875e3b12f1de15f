#pragma once
#include <deque>

#include "model/nn/blocks.hpp"
#include "model/nn/network.hpp"

namespace learningplane::model::nn {

/// Yformer (Madhusudhanan et al. 2021), U-shaped: levels that halve the past (ProbSparse) and the
/// zeros of the future (masked), then as many that rise by transposed convolutions and look at what
/// was kept of each level. Gives the past back too, so that it learns what the past is.
template <class T>
class Yformer final : public Network<T> {
 public:
  Yformer(const NetworkShape& shape, CpuTier tier, std::uint64_t seed);
  const Matrix<T>& forward(const NetworkInput<T>& in) override;
  const Matrix<T>* reconstruction() const override { return past_out_; }
  void backward(const Matrix<T>& dforecast, const Matrix<T>* dpast) override;
  /// Steps at the top of the U; at least lags and horizon are needed.
  static std::size_t top(const NetworkShape& shape);

 private:
  struct Level {
    Level(Context<T>& context, const std::string& name, const BlockShape& shape);
    EncoderLayer<T> layer;
    Distil<T> distil;
    LayerNorm<T> norm;
  };
  struct Step {
    Step(Context<T>& context, const std::string& name, const BlockShape& shape)
        : cross(context, name, shape), rise(context, name + ".rise", shape.attention.width) {}
    CrossLayer<T> cross;
    Rise<T> rise;
  };
  /// One arm of the U downwards.
  struct Arm {
    Embedding<T> embedding;
    std::deque<Level> levels{};
    std::vector<const Matrix<T>*> kept{};
    std::vector<Matrix<T>> dkept{};
  };
  void down(Arm& arm, const Matrix<T>& x, const Matrix<T>& time);
  void down_backward(Arm& arm);

  NetworkShape shape_;
  Arm past_, future_;
  std::deque<Step> up_;
  Linear<T> past_head_, head_;
  std::vector<Matrix<T>> memory_;
  const Matrix<T>* past_out_ = nullptr;
  std::size_t top_rows_ = 0;
  Matrix<T> past_rows_, rows_, dtop_, sum_;
};

}  // namespace learningplane::model::nn
