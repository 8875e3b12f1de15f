#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "learningplane/model/lstm_network.hpp"
#include "learningplane/model/model.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

/// none: columns are only scaled. last: every window is taken relative to its last row, so that a
/// network that has learned nothing says "as it was" and a shifted level costs nothing.
enum class Normalise { none, last };
/// joint: the network sees all columns of a row together. shared: it sees one column at a time, is
/// trained on every column's windows, and forecasts the target from its own past.
enum class Channels { joint, shared };
/// What training makes small. pinball: one output for each of `quantiles`.
enum class AttentionLoss { mse, huber, pinball };
/// cosine: falls to 1 % of the rate at the last epoch. halving: half the rate after each epoch.
enum class AttentionSchedule { constant, cosine, halving };

/// What Informer and Yformer share.
struct AttentionOptions {
  std::string target{};
  std::vector<std::string> inputs{};  ///< other columns; the target is added last where absent
  std::size_t lags = 96;              ///< rows of the past, 4 or more
  /// Last of them that the decoder starts from, 0 to lags; without: half of them, Yformer none.
  std::optional<std::size_t> label_len{};
  std::size_t horizon = 24;  ///< steps ahead, all from one pass
  std::size_t d_model = 16;  ///< numbers of a step inside the network; a multiple of heads
  std::size_t heads = 2;
  std::size_t d_ff = 64;           ///< units of the feed-forward parts
  std::size_t encoder_layers = 2;  ///< of Yformer: levels of the U
  std::size_t decoder_layers = 1;  ///< Yformer has none
  std::size_t factor = 5;          ///< of ProbSparse attention; 0: full attention
  double dropout = 0.05;           ///< while training, [0, 0.95]
  Normalise normalise = Normalise::last;
  Channels channels = Channels::joint;
  AttentionLoss loss = AttentionLoss::mse;
  double huber_delta = 1;                                      ///< in scaled units
  std::vector<double> quantiles{0.05, 0.25, 0.5, 0.75, 0.95};  ///< of pinball, increasing
  double alpha = 0.7;  ///< Yformer: weight of giving the past back, [0, 1)
  double learning_rate = 1e-3;
  AttentionSchedule schedule = AttentionSchedule::cosine;
  int epochs = 10;
  std::size_t batch = 32;
  double clip_norm = 1;           ///< of the whole gradient; 0: not clipped
  double weight_decay = 0;        ///< decoupled (AdamW), times the learning rate
  double validation_share = 0.2;  ///< last windows held out for early stopping and errors, (0, 0.9]
  int patience = 3;               ///< epochs without a better validation loss; 0: never stop early
  Dtype dtype = Dtype::f32;
  std::uint64_t seed = 0;
  EpochCallback on_epoch{};
};

/// Base of the forecasters with attention (Informer, Yformer). Windows of the last `lags` rows of
/// all columns and their times to the coming `horizon` values of the target. Columns are scaled by
/// mean and deviation of the training part. fit() holds the last `validation_share` of the windows
/// out, leaves as many out before them as share targets with them, and keeps the weights that were
/// best there. Quantiles are those of the errors on the held-out windows, step by step; with
/// `loss: pinball` the network gives them itself. Rows that are unknown or follow a gap take part
/// in no window.
class AttentionForecaster : public Forecaster {
 public:
  ~AttentionForecaster() override;
  const AttentionOptions& options() const;
  /// Columns of a window, in order.
  const std::vector<std::string>& columns() const;
  /// Weights of the fitted network. @throws LogicError unfitted
  std::size_t parameters() const;
  /// @return also not_enough_data where the target never changes over the training part
  Result<FitReport> fit(const telemetry::Frame& data) final;
  Result<void> update(const telemetry::Frame& data) final;
  bool fitted() const final;
  ModelState save() const final;
  Result<void> load(const ModelState& state) final;
  /// @return also invalid_argument beyond `horizon`, and with `loss: pinball` for levels outside of
  /// what was learned
  Result<Forecast> forecast(std::size_t horizon, std::span<const double> levels = {}) final;

 protected:
  enum class Kind { informer, yformer };
  /// @throws ConfigError naming the option
  AttentionForecaster(AttentionOptions options, Kind kind);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace learningplane::model
