#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "learningplane/model/attention.hpp"
#include "model/nn/network.hpp"

namespace learningplane::model::detail {

enum class AttentionKind { informer, yformer };

/// What a network learns: which columns of a row, as what.
struct AttentionTask {
  AttentionKind kind = AttentionKind::informer;
  nn::NetworkShape shape{};  ///< outputs: of all targets (shared: of one), each with its levels
  std::vector<std::size_t> targets{};  ///< columns of a row that are forecast
  std::vector<double> levels{};        ///< quantiles of each target; empty: its mean
  Normalise normalise = Normalise::last;
  Channels channels = Channels::joint;

  /// Numbers of a step ahead: those of each target, one after the other.
  std::size_t outputs() const { return targets.size() * std::max<std::size_t>(levels.size(), 1); }
};

/// Scaled rows with the time stamps' numbers, and where windows begin in them.
struct SequenceRows {
  std::size_t columns = 0;
  std::vector<double> values{};  ///< rows x columns
  std::vector<double> marks{};   ///< (rows + horizon) x nn::marks
  /// Four numbers in [-0.5, 0.5) of each time: how far through the day, week, month and year (UTC).
  static std::vector<double> marks_of(std::span<const std::int64_t> times_ns);
};

/// A network with its training, whatever its precision.
class AttentionEngine {
 public:
  AttentionEngine() = default;
  AttentionEngine(const AttentionEngine&) = delete;
  AttentionEngine& operator=(const AttentionEngine&) = delete;
  virtual ~AttentionEngine() = default;

  /// Windows that begin at `train` are learned, those at `held_out` (may be empty) say when to
  /// stop.
  virtual TrainingResult train(const SequenceRows& rows, std::span<const std::size_t> train,
                               std::span<const std::size_t> held_out,
                               const AttentionOptions& options) = 0;
  /// Windows x horizon x outputs, in scaled units; levels of a target in increasing order.
  virtual void predict(const SequenceRows& rows, std::span<const std::size_t> starts,
                       std::span<double> out) = 0;
  virtual std::size_t parameters() const = 0;
  virtual std::map<std::string, Tensor> weights() const = 0;
  /// @throws FormatError where a tensor is missing, has another shape or is not finite
  virtual void set_weights(const std::map<std::string, Tensor>& weights) = 0;
};

std::unique_ptr<AttentionEngine> make_attention_engine(const AttentionTask& task, Dtype dtype,
                                                       std::uint64_t seed,
                                                       CpuTier tier = cpu_tier());
/// A lower bound of a network's weights, for a check before anything is made.
double weights_at_least(const nn::NetworkShape& shape);

}  // namespace learningplane::model::detail
