// The training loop: epochs, shuffling, early stopping on the last windows.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "learningplane/error.hpp"
#include "model/lstm_random.hpp"
#include "model/lstm_trainer.hpp"

namespace learningplane::model::detail {

namespace {

/// The mean loss of the targets, whose weights begin at `first_target`.
double loss_of(const std::vector<double>& predicted, std::span<const double> targets,
               const LstmTraining& training, std::size_t first_target) {
  const std::size_t each = 1 + training.levels.size();
  std::vector<double> slopes(each);
  double sum = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const double weight = training.weights.empty() ? 1 : training.weights[first_target + i];
    sum += weight *
           target_loss(training, std::span(predicted).subspan(i * each, each), targets[i], slopes);
  }
  return sum / static_cast<double>(targets.size());
}

double rate_at(const LstmTraining& training, int epoch) {
  if (training.schedule == Schedule::constant || training.epochs < 2) return training.learning_rate;
  const double done = static_cast<double>(epoch - 1) / (training.epochs - 1);
  return training.learning_rate * (0.01 + 0.99 * (1 + std::cos(std::numbers::pi * done)) / 2);
}

/// Shuffled mini batches of the training windows, in the engine's precision.
template <class T>
class Batches {
 public:
  Batches(const WindowView& windows, std::span<const double> targets,
          std::span<const double> weights, std::size_t count)
      : steps_(windows.steps),
        inputs_(windows.values.size() / windows.count / windows.steps),
        outputs_(targets.size() / windows.count) {
    const std::size_t inputs = inputs_;
    x_.resize(count * steps_ * inputs);
    y_.resize(count * outputs_);
    std::transform(windows.values.begin(),
                   windows.values.begin() + static_cast<std::ptrdiff_t>(x_.size()), x_.begin(),
                   [](double v) { return static_cast<T>(v); });
    std::transform(targets.begin(), targets.begin() + static_cast<std::ptrdiff_t>(y_.size()),
                   y_.begin(), [](double v) { return static_cast<T>(v); });
    for (const double w : weights.first(weights.empty() ? 0 : y_.size()))
      w_.push_back(static_cast<T>(w));
    for (std::size_t i = 0; i < count; ++i) order_.push_back(i);
  }
  void shuffle(LstmRandom& random) {
    for (std::size_t i = order_.size(); i > 1; --i)
      std::swap(order_[i - 1], order_[random.below(i)]);
  }
  LstmBatch<T> batch(std::size_t first, std::size_t rows) {
    bx_.resize(rows * steps_ * inputs_);
    by_.resize(rows * outputs_);
    bw_.resize(w_.empty() ? 0 : rows * outputs_);
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t window = order_[first + r];
      for (std::size_t t = 0; t < steps_; ++t)
        std::copy_n(x_.data() + (window * steps_ + t) * inputs_, inputs_,
                    bx_.data() + (t * rows + r) * inputs_);
      std::copy_n(y_.data() + window * outputs_, outputs_, by_.data() + r * outputs_);
      if (!w_.empty())
        std::copy_n(w_.data() + window * outputs_, outputs_, bw_.data() + r * outputs_);
    }
    return {rows, steps_, bx_.data(), by_.data(), nullptr, 0, w_.empty() ? nullptr : bw_.data()};
  }
  std::size_t size() const { return order_.size(); }

 private:
  std::size_t steps_, inputs_, outputs_;
  Array<T> x_, y_, w_, bx_, by_, bw_;
  std::vector<std::size_t> order_;
};

}  // namespace

template <class T>
TrainingResult LstmEngine<T>::train(const WindowView& windows, std::span<const double> targets,
                                    const LstmTraining& training) {
  const auto held_out =
      static_cast<std::size_t>(training.validation_share * static_cast<double>(windows.count));
  const std::size_t count = windows.count - held_out;
  if (count == 0) throw LogicError("no window is left to train on");
  Batches<T> batches(windows, targets, training.weights, count);
  LstmTrainer<T> trainer(*this, training);
  LstmRandom random(training.seed);
  const WindowView tail{windows.values.subspan(count * windows.steps * shape_.inputs), held_out,
                        windows.steps};
  const std::size_t first_target = count * (targets.size() / windows.count);
  const std::span<const double> tail_targets = targets.subspan(first_target);
  std::vector<double> predicted(held_out * shape_.outputs);

  TrainingResult result{0, 0, {}, "all epochs"};
  Array<T> best = parameters_;
  double lowest = std::numeric_limits<double>::infinity();
  for (int epoch = 1; epoch <= training.epochs; ++epoch) {
    batches.shuffle(random);
    EpochLosses losses{0, std::numeric_limits<double>::quiet_NaN()};
    for (std::size_t first = 0; first < count; first += training.batch) {
      const std::size_t rows = std::min(training.batch, count - first);
      LstmBatch<T> batch = batches.batch(first, rows);
      batch.mask_seed = random.next();
      losses.train += trainer.backward(batch) * static_cast<double>(rows);
      trainer.apply(rate_at(training, epoch));
    }
    losses.train /= static_cast<double>(count);
    if (held_out > 0) {
      predict(tail, predicted);
      losses.validation = loss_of(predicted, tail_targets, training, first_target);
    }
    result.epochs = epoch;
    // Without a tail the last epoch counts.
    const double score = held_out > 0 ? losses.validation : -static_cast<double>(epoch);
    if (score < lowest) {
      lowest = score;
      best = parameters_;
      result.best_epoch = epoch;
      result.losses = losses;
    }
    if (training.on_epoch && !training.on_epoch(epoch, losses)) {
      result.stopped = "asked to stop";
      break;
    }
    if (training.patience > 0 && epoch - result.best_epoch >= training.patience) {
      result.stopped = "no improvement";
      break;
    }
  }
  parameters_ = std::move(best);
  parameters_changed();
  reset_state();
  return result;
}

template <class T>
void LstmEngine<T>::input_gradients(const WindowView& windows, std::size_t output,
                                    std::span<double> out) {
  constexpr std::size_t block = 48;
  const std::size_t inputs = shape_.inputs, steps = windows.steps, stride = padded(inputs);
  LstmTrainer<T> trainer(*this, {});
  Array<T> x, dx;
  for (std::size_t first = 0; first < windows.count; first += block) {
    const std::size_t rows = std::min(block, windows.count - first);
    x.resize(rows * steps * inputs);
    dx.assign(rows * steps * stride, T(0));
    const double* from = windows.values.data() + first * steps * inputs;
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t t = 0; t < steps; ++t) {
        for (std::size_t i = 0; i < inputs; ++i)
          x[(t * rows + r) * inputs + i] = static_cast<T>(from[(r * steps + t) * inputs + i]);
      }
    }
    trainer.input_gradients({rows, steps, x.data(), nullptr, dx.data(), 0, nullptr}, output);
    double* to = out.data() + first * steps * inputs;
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t t = 0; t < steps; ++t) {
        for (std::size_t i = 0; i < inputs; ++i)
          to[(r * steps + t) * inputs + i] = static_cast<double>(dx[(t * rows + r) * stride + i]);
      }
    }
  }
}

template TrainingResult LstmEngine<float>::train(const WindowView&, std::span<const double>,
                                                 const LstmTraining&);
template TrainingResult LstmEngine<double>::train(const WindowView&, std::span<const double>,
                                                  const LstmTraining&);

template void LstmEngine<float>::input_gradients(const WindowView&, std::size_t, std::span<double>);
template void LstmEngine<double>::input_gradients(const WindowView&, std::size_t,
                                                  std::span<double>);

}  // namespace learningplane::model::detail
