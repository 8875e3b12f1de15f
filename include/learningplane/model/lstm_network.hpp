#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "learningplane/model/cpu.hpp"
#include "learningplane/model/state.hpp"

namespace learningplane::model {

/// Precision of weights and arithmetic; numbers cross the boundary as doubles in either.
enum class Dtype { f32, f64 };
/// The recurrent cell: long short-term memory, or the gated recurrent unit with its reset gate
/// after the product (PyTorch's).
enum class Cell { lstm, gru };
/// What the last hidden state passes through before the first dense layer.
enum class HeadActivation { none, relu };

/// Stacked recurrent layers, then dense layers with ReLU between them, then a linear output.
struct LstmShape {
  std::size_t inputs = 1;
  std::vector<std::size_t> layers{32};  ///< hidden units of each recurrent layer; at least one
  std::vector<std::size_t> dense{};     ///< units of each hidden dense layer; may be empty
  std::size_t outputs = 1;
  HeadActivation head = HeadActivation::none;
  Cell cell = Cell::lstm;
};

/// mse: e^2. huber: e^2 up to delta, linear beyond. mae: |e|.
enum class Loss { mse, huber, mae };
enum class Schedule { constant, cosine };  ///< cosine: falls to 1 % of the rate at the last epoch

/// Mean losses of an epoch over the training and validation windows; validation is NaN without.
struct EpochLosses {
  double train = 0;
  double validation = 0;
};
/// Called after each epoch (from 1); false stops, keeping the best weights so far.
using EpochCallback = std::function<bool(int epoch, EpochLosses losses)>;

/// How a network is trained: Adam on mini batches, back-propagation through the whole window.
struct LstmTraining {
  double learning_rate = 1e-3;
  Schedule schedule = Schedule::constant;
  int epochs = 50;
  std::size_t batch = 32;
  double dropout = 0;             ///< on the outputs of every layer but the last, [0, 1)
  double head_dropout = 0;        ///< before the first dense layer, [0, 1)
  double clip_norm = 1;           ///< of the whole gradient; 0: not clipped
  double weight_decay = 0;        ///< decoupled (AdamW), times the learning rate
  double validation_share = 0.1;  ///< last windows held out for early stopping, [0, 0.9]
  int patience = 5;               ///< epochs without a better validation loss; 0: never stop early
  Loss loss = Loss::mse;
  double huber_delta = 1;  ///< in the target's (scaled) unit
  /// Quantile heads: with L levels every target has 1 + L outputs beside one another, the point
  /// under `loss` and then each level under the pinball loss (twice, so that 0.5 is |e|), whose
  /// mean over the levels is added. In (0, 1), increasing.
  std::vector<double> levels{};
  std::vector<double> weights{};  ///< of each target's loss, count x targets; empty: 1
  std::uint64_t seed = 0;         ///< of shuffling and dropout
  EpochCallback on_epoch{};
};

/// Windows for training or prediction, row-major doubles.
struct WindowView {
  std::span<const double> values;  ///< count x steps x inputs
  std::size_t count = 0;
  std::size_t steps = 0;
};

struct TrainingResult {
  int epochs = 0;         ///< run
  int best_epoch = 0;     ///< whose weights were kept
  EpochLosses losses{};   ///< of the best epoch
  std::string stopped{};  ///< "all epochs", "no improvement", "asked to stop"
};

namespace detail {
class LstmEngineBase;
}

/// A recurrent network (LSTM or GRU cells) by itself: no scaling, no frames. Single-threaded and
/// deterministic: the same seed gives the same weights, bit for bit, on one CPU tier. One call at a
/// time per object.
class LstmNetwork {
 public:
  /// Weights are drawn from U(-1/sqrt(H), 1/sqrt(H)). @throws ConfigError for an impossible shape
  LstmNetwork(const LstmShape& shape, Dtype dtype, std::uint64_t seed, CpuTier tier = cpu_tier());
  ~LstmNetwork();
  LstmNetwork(LstmNetwork&&) noexcept;
  LstmNetwork& operator=(LstmNetwork&&) noexcept;

  const LstmShape& shape() const;
  Dtype dtype() const;
  CpuTier tier() const;
  std::size_t parameters() const;

  /// Outputs after the last step of each window, started from zero state; count x outputs.
  /// @throws LogicError where sizes do not fit
  void predict(const WindowView& windows, std::span<double> out) const;
  /// Streaming: takes one step, gives the outputs; keeps the state. Allocates nothing.
  /// `in` holds `inputs` numbers, `out` takes `outputs`; sizes are not checked.
  void step(std::span<const double> in, std::span<double> out) noexcept;
  /// Back to zero state.
  void reset_state() noexcept;

  /// The derivative of output `output` by every input, count x steps x inputs.
  /// @throws LogicError where sizes do not fit
  void input_gradients(const WindowView& windows, std::size_t output, std::span<double> out);

  /// Fits to targets (count x outputs / (1 + levels)). @throws LogicError where sizes do not fit or
  /// nothing is left
  TrainingResult train(const WindowView& windows, std::span<const double> targets,
                       const LstmTraining& training);

  /// In PyTorch's layout (gates i, f, g, o; of a GRU r, z, n): "lstm.weight_ih_l0" (4H x I),
  /// "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0", … ("gru." and 3H in a GRU), then
  /// "dense.0.weight" (out x in), "dense.0.bias", ….
  std::map<std::string, Tensor> weights() const;
  /// @throws FormatError where a tensor is missing, has another shape or is not finite
  void set_weights(const std::map<std::string, Tensor>& weights);

 private:
  std::unique_ptr<detail::LstmEngineBase> engine_;
};

}  // namespace learningplane::model
