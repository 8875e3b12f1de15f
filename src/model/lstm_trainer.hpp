#pragma once
#include <span>

#include "model/lstm_engine.hpp"

namespace learningplane::model::detail {

/// A mini batch: x is time-major (steps x rows x inputs), the targets' order is the rows'.
template <class T>
struct LstmBatch {
  std::size_t rows = 0, steps = 0;
  const T* x = nullptr;
  const T* targets = nullptr;  ///< rows x outputs / (1 + levels)
  T* dx = nullptr;  ///< steps x rows x padded inputs for the gradient of the inputs, or nullptr
  std::uint64_t mask_seed = 0;  ///< the same seed draws the same dropout masks
  const T* weights = nullptr;   ///< of the targets, or nullptr: 1
};

/// The loss of one target's outputs (the point, then the levels) and its slopes by them.
double target_loss(const LstmTraining& training, std::span<const double> outputs, double target,
                   std::span<double> slopes);

/// Loss, gradients and Adam for one engine. Keeps its buffers from batch to batch.
template <class T>
class LstmTrainer {
 public:
  LstmTrainer(LstmEngine<T>& engine, const LstmTraining& training);

  /// Mean loss of the batch; gradients() then holds its derivative by every parameter.
  double backward(const LstmBatch<T>& batch);
  const Array<T>& gradients() const { return gradients_; }
  /// Runs the batch and leaves in its dx the derivative of output `output` by the inputs, for every
  /// row by itself; gradients() is of no use then.
  void input_gradients(const LstmBatch<T>& batch, std::size_t output);
  /// One step of Adam on gradients(), clipped by their global norm.
  void apply(double learning_rate);

 private:
  struct Layer {
    Array<T> gates, h, c, tanh_c, dh, dc, dropped, mask;  ///< of a GRU tanh_c is h's part of n
    Array<T> gates_h;  ///< GRU: one step's gradient as h's weights see it
    Panels xt, ht;     ///< transposed weights
    Array<T> wxt, wht;
  };
  struct Dense {
    Array<T> out, d;
    Panels wt;
    Array<T> weight_t;
  };
  void reserve(std::size_t rows, std::size_t steps);
  void transpose_weights();
  void forward(const LstmBatch<T>& batch);
  double loss(const LstmBatch<T>& batch);
  void all_backward(const LstmBatch<T>& batch);
  void dense_backward(std::size_t rows);
  void layer_backward(std::size_t index, const LstmBatch<T>& batch);
  const T* layer_input(std::size_t index, const LstmBatch<T>& batch) const;

  LstmEngine<T>& engine_;
  LstmTraining training_;
  const kernels::Table<T>& table_;
  std::vector<Layer> layers_;
  std::vector<Dense> dense_;
  Array<T> head_, head_mask_, d_head_;
  Array<T> gradients_, m_, v_;
  std::vector<double> outputs_, slopes_;  ///< of one target
  std::size_t rows_ = 0, steps_ = 0;
  double beta1_power_ = 1, beta2_power_ = 1;
};

}  // namespace learningplane::model::detail
