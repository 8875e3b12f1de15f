#pragma once
#include <deque>

#include "model/nn/blocks.hpp"
#include "model/nn/network.hpp"

namespace learningplane::model::nn {

/// Informer (Zhou et al. 2021): an encoder of ProbSparse layers with distilling between them, a
/// decoder that starts from the last known rows and gives every step ahead in one pass.
template <class T>
class Informer final : public Network<T> {
 public:
  Informer(const NetworkShape& shape, CpuTier tier, std::uint64_t seed);
  const Matrix<T>& forward(const NetworkInput<T>& in) override;
  void backward(const Matrix<T>& dforecast, const Matrix<T>* dpast) override;

 private:
  struct DecoderLayer {
    DecoderLayer(Context<T>& context, const std::string& name, const NetworkShape& shape);
    SelfAttention<T> self;
    CrossLayer<T> cross;
  };
  NetworkShape shape_;
  Embedding<T> past_, future_;
  std::deque<EncoderLayer<T>> encoder_;
  std::deque<Distil<T>> distil_;
  LayerNorm<T> encoder_norm_;
  std::deque<DecoderLayer> decoder_;
  LayerNorm<T> decoder_norm_;
  Linear<T> head_;
  const Matrix<T>* memory_ = nullptr;
  std::size_t decoded_ = 0;
  Matrix<T> last_, dlast_, dmemory_;
};

}  // namespace learningplane::model::nn
