#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "learningplane/result.hpp"

namespace learningplane::profiling {

/// Precision of training. Activations, energies and generation are computed in f64.
enum class CrbmDtype { f32, f64 };

struct CrbmOptions {
  std::size_t hidden = 10;      ///< hidden units; 1 or more
  std::size_t history = 3;      ///< rows of the past that condition the present one; 0 or more
  std::size_t epochs = 100;     ///< most passes over the windows; 0 or more
  double learning_rate = 1e-3;  ///< above 0
  std::size_t cd_steps = 1;     ///< reconstructions of contrastive divergence; 1 or more
  std::size_t batch = 1;        ///< windows of one update; 1 or more
  std::size_t patience = 3;   ///< epochs without a lower error after which training ends; 0: never
  std::uint64_t seed = 1234;  ///< of the first weights and of the order of windows
  CrbmDtype dtype = CrbmDtype::f32;
};

/// A conditional restricted Boltzmann machine: Gaussian visibles v of unit variance, binary hiddens
/// h, and a condition u, the rows before v, oldest first. Energy ½‖v − a − A u‖² − h'(b + B u) −
/// h'W v. Matrices are row-major.
struct CrbmWeights {
  std::size_t visible = 0, hidden = 0, history = 0;
  std::vector<double> w{};  ///< W: hidden x visible
  std::vector<double> a{};  ///< A: visible x (visible * history)
  std::vector<double> b{};  ///< B: hidden x (visible * history)
  std::vector<double> visible_bias{};
  std::vector<double> hidden_bias{};

  std::size_t condition() const { return visible * history; }
  /// Numbers of one window: the condition, then the visibles.
  std::size_t window() const { return condition() + visible; }
};

/// How a fit went.
struct CrbmReport {
  std::vector<double> errors{};  ///< of each epoch: mean ‖v − v'‖ over its windows
  std::size_t windows = 0;
  bool stopped_early = false;
};

/// Called after each epoch with its number (from 1) and error; false ends the training.
using CrbmProgress = std::function<bool(std::size_t epoch, double error)>;

/// Immutable weights and what follows from them; training makes new ones. A window is a slice of
/// (history + 1) rows: the condition, then the visibles. Const functions are thread safe.
class Crbm {
 public:
  /// @throws LogicError where sizes do not fit or a number is not finite
  explicit Crbm(CrbmWeights weights);
  /// First weights: N(0, 0.2) / (visible * max(history, 1)), biases zero.
  static Crbm random(std::size_t visible, const CrbmOptions& options);

  const CrbmWeights& weights() const { return weights_; }

  /// Trains by mean-field contrastive divergence on every window of every sequence. Windows are
  /// slices of the sequences, nothing is copied out for each.
  /// @param sequences scaled rows of `visible` numbers. Sequences of fewer than history + 1 rows
  /// give nothing.
  /// @return not_enough_data (no window), unknown_data (not finite), cancelled (by `progress`).
  /// @throws ConfigError
  Result<CrbmReport> fit(std::span<const std::span<const double>> sequences,
                         const CrbmOptions& options, const CrbmProgress& progress = {});

  /// p(h = 1 | v, u) of every window of one sequence: (rows − history) x hidden; empty where there
  /// is none. @throws LogicError where `rows` are no rows
  std::vector<double> activations(std::span<const double> rows) const;
  /// p(h = 1 | v, u) of one window.
  std::vector<double> hidden(std::span<const double> window) const;
  /// E[v | h, u] with the window's own hiddens: v after one mean-field step.
  std::vector<double> reconstruct(std::span<const double> window) const;
  /// ½‖v − a − A u‖² − Σ softplus(b + B u + W v).
  double free_energy(std::span<const double> window) const;
  /// −∂F/∂θ at one window: what the data add to the gradient of the log likelihood.
  CrbmWeights data_gradient(std::span<const double> window) const;
  /// Rows that the model makes up after `past`: each by `gibbs` rounds with sampled hiddens, begun
  /// at the row before, and then fed back into the condition. @param past at least history rows
  /// (one where history is zero). @throws LogicError
  std::vector<double> generate(std::span<const double> past, std::size_t rows, std::uint64_t seed,
                               std::size_t gibbs = 20) const;

 private:
  CrbmWeights weights_;
};

}  // namespace learningplane::profiling
