// What the fitted networks say, and how they are fitted.
#include <algorithm>
#include <cmath>
#include <utility>

#include "learningplane/error.hpp"
#include "model/recurrent_impl.hpp"

namespace learningplane::model {

LstmShape Recurrent::Impl::shape() const {
  const std::size_t more = options.target_form == TargetForm::both ? 1 : 0;
  return {columns.size() + more, options.layers, options.dense, outputs(), options.head, cell};
}

LstmTraining Recurrent::Impl::training(std::size_t member) const {
  LstmTraining t = options.training;
  t.seed = options.seed * 1000003 + member;
  t.weights.clear();
  return t;
}

double Recurrent::Impl::last_target(const WindowView& windows, std::size_t window) const {
  return windows.values[((window + 1) * windows.steps - 1) * columns.size() + target_column];
}

void Recurrent::Impl::predict_heads(const WindowView& windows, std::span<double> out) const {
  const std::vector<double> scaled = scaling.windows(windows);
  std::vector<double> one(out.size());
  std::fill(out.begin(), out.end(), 0.0);
  for (const LstmNetwork& network : members) {
    network.predict({scaled, windows.count, windows.steps}, one);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += one[i];
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = scaling.from_network(out[i] / static_cast<double>(members.size()),
                                  last_target(windows, i / outputs()), options.output);
  }
}

void Recurrent::Impl::predict(const WindowView& windows, std::span<double> out) const {
  if (heads() == 1) return predict_heads(windows, out);
  std::vector<double> all(windows.count * outputs());
  predict_heads(windows, all);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = all[i * heads()];
}

std::vector<double> Recurrent::Impl::roll(const WindowView& windows, std::size_t horizon) const {
  if (options.mode == LstmMode::direct) {
    std::vector<double> all(windows.count * targets());
    predict(windows, all);
    std::vector<double> out;
    for (std::size_t w = 0; w < windows.count; ++w) {
      const auto row = all.begin() + static_cast<std::ptrdiff_t>(w * targets());
      out.insert(out.end(), row, row + static_cast<std::ptrdiff_t>(horizon));
    }
    return out;
  }
  std::vector<double> state(windows.values.begin(), windows.values.end());
  std::vector<double> next(windows.count), out(windows.count * horizon);
  const auto width = static_cast<std::ptrdiff_t>(columns.size());
  const auto length = static_cast<std::ptrdiff_t>(windows.steps) * width;
  for (std::size_t step = 0; step < horizon; ++step) {
    predict({state, windows.count, windows.steps}, next);
    for (std::size_t w = 0; w < windows.count; ++w) {
      out[w * horizon + step] = next[w];
      // The last row stands twice after the move: its other inputs are held, its target is ours.
      const auto begin = state.begin() + static_cast<std::ptrdiff_t>(w) * length;
      std::copy(begin + width, begin + length, begin);
      *(begin + length - width + static_cast<std::ptrdiff_t>(target_column)) = next[w];
    }
  }
  return out;
}

std::vector<double> Recurrent::Impl::gradient(std::span<const double> window, std::size_t output) {
  const std::size_t steps = options.lags, width = columns.size();
  // The derivative of the network's output `o` (a target) by one window.
  const auto once = [&](std::span<const double> at, std::size_t o) {
    const WindowView view{at, 1, steps};
    const std::vector<double> scaled = scaling.windows(view);
    std::vector<double> one(scaled.size()), sum(scaled.size(), 0.0);
    for (LstmNetwork& network : members) {
      network.input_gradients({scaled, 1, steps}, o * heads(), one);
      for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] += one[i] * scaling.target_scale / static_cast<double>(members.size());
    }
    std::vector<double> out = scaling.gradient(view, sum);
    if (options.output == LstmOutput::residual) out[(steps - 1) * width + target_column] += 1;
    return out;
  };
  if (options.mode == LstmMode::direct) return once(window, output);

  // The windows that the closed loop sees, then back through them.
  std::vector<std::vector<double>> seen{{window.begin(), window.end()}};
  for (std::size_t k = 0; k < output; ++k) {
    double next = 0;
    predict({seen.back(), 1, steps}, {&next, 1});
    std::vector<double> moved = seen.back();
    std::copy(moved.begin() + static_cast<std::ptrdiff_t>(width), moved.end(), moved.begin());
    moved[(steps - 1) * width + target_column] = next;
    seen.push_back(std::move(moved));
  }
  std::vector<double> slope = once(seen.back(), 0);
  for (std::size_t k = output; k-- > 0;) {
    // Undo the move: a row came from the one after it, the last from the last but for the target.
    std::vector<double> before(slope.size(), 0.0);
    std::copy(slope.begin(), slope.end() - static_cast<std::ptrdiff_t>(width),
              before.begin() + static_cast<std::ptrdiff_t>(width));
    const std::size_t last = (steps - 1) * width;
    for (std::size_t c = 0; c < width; ++c)
      if (c != target_column) before[last + c] += slope[last + c];
    const std::vector<double> through = once(seen[k], 0);
    for (std::size_t i = 0; i < before.size(); ++i)
      before[i] += slope[last + target_column] * through[i];
    slope = std::move(before);
  }
  return slope;
}

std::vector<double> Recurrent::Impl::scaled_targets(const WindowView& windows,
                                                    std::span<const double> values) const {
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = scaling.to_network(values[i], last_target(windows, i / targets()), options.output);
  return out;
}

std::vector<double> detail::loss_weights(LossWeight weight, std::span<const double> targets,
                                         std::size_t steps, std::size_t training) {
  if (weight == LossWeight::none) return {};
  std::vector<double> out(targets.size());
  const auto end = targets.begin() + static_cast<std::ptrdiff_t>(training);
  const auto [low, high] = std::minmax_element(targets.begin(), end);
  const double range = *high > *low ? *high - *low : 1;
  double sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = weight == LossWeight::step ? 1 / std::sqrt(static_cast<double>(i % steps + 1))
                                        : 1 + 9 * std::clamp((targets[i] - *low) / range, 0.0, 1.0);
    if (i < training) sum += out[i];
  }
  for (double& w : out) w *= static_cast<double>(training) / sum;
  return out;
}

void Recurrent::Impl::learn(const WindowView& windows, std::span<const double> values,
                            const LstmTraining& how, FitReport& report) {
  const auto held =
      static_cast<std::size_t>(how.validation_share * static_cast<double>(windows.count));
  const std::size_t count = windows.count - held;
  const WindowView part{windows.values.first(count * windows.steps * columns.size()), count,
                        windows.steps};
  scaling =
      detail::RecurrentScaling::fit(options, target_column, part, values.first(count * targets()));
  const std::vector<double> scaled = scaling.windows(windows);
  const std::vector<double> wanted = scaled_targets(windows, values);
  LstmTraining own = how;
  own.weights = detail::loss_weights(options.weight, values, targets(), count * targets());
  for (LstmNetwork& network : members) {
    own.seed = training(static_cast<std::size_t>(&network - members.data())).seed;
    network = LstmNetwork(shape(), options.dtype, own.seed);
    const TrainingResult r = network.train({scaled, windows.count, windows.steps}, wanted, own);
    const double share = 1 / static_cast<double>(members.size());
    report.train_loss += share * r.losses.train;
    report.validation_loss += share * r.losses.validation;
    report.epochs = std::max(report.epochs, r.epochs);
    report.note += (report.note.empty() ? "" : "; ") + ("stopped: " + r.stopped) + ", best epoch " +
                   std::to_string(r.best_epoch);
  }
}

Result<FitReport> Recurrent::Impl::fit(const WindowView& windows, std::span<const double> values,
                                       const Measure& measured) {
  constexpr std::size_t fewest = 8;
  const auto finite = [](double v) { return std::isfinite(v); };
  if (windows.count < fewest)
    return fail(Errc::not_enough_data, name() + ": " + std::to_string(windows.count) +
                                           " whole windows; at least 8 are needed");
  if (!std::all_of(windows.values.begin(), windows.values.end(), finite) ||
      !std::all_of(values.begin(), values.end(), finite))
    return fail(Errc::unknown_data, name() + ": windows and targets must be finite");
  // A callback may throw: what was learned before then stands.
  std::vector<LstmNetwork> old = std::exchange(members, {});
  const detail::RecurrentScaling old_scaling = scaling;
  const std::vector<double> old_errors = errors;
  try {
    return fit_checked(windows, values, measured);
  } catch (...) {
    members = std::move(old);
    scaling = old_scaling;
    errors = old_errors;
    throw;
  }
}

FitReport Recurrent::Impl::fit_checked(const WindowView& windows, std::span<const double> values,
                                       const Measure& measured) {
  const auto make = [this](std::size_t count) {
    members.clear();
    for (std::size_t m = 0; m < count; ++m) members.emplace_back(shape(), options.dtype, 0);
  };
  const bool twice = options.refit && held_out(windows.count) > 0;
  FitReport report{windows.count, 0, 0, 0, {}};
  make(twice ? 1 : options.members);
  learn(windows, values, training(0), report);
  measured();
  if (!twice) return report;
  // The judge of the errors has not seen the tail. Those that forecast learn from it too, because
  // the newest windows matter most.
  LstmTraining all = training(0);
  all.validation_share = 0;
  all.patience = 0;
  FitReport again{windows.count, 0, 0, 0, {}};
  make(options.members);
  learn(windows, values, all, again);
  again.validation_loss = report.validation_loss;
  again.note = "held-out tail: " + report.note + "; then all windows";
  return again;
}

void Recurrent::Impl::adapt(const WindowView& windows, std::span<const double> values) {
  const std::vector<double> scaled = scaling.windows(windows);
  const std::vector<double> wanted = scaled_targets(windows, values);
  for (std::size_t m = 0; m < members.size(); ++m) {
    LstmTraining how = training(m);
    how.epochs = options.adapt_epochs;
    how.validation_share = 0;
    how.weights = detail::loss_weights(options.weight, values, targets(), values.size());
    members[m].train({scaled, windows.count, windows.steps}, wanted, how);
  }
}

void Recurrent::Impl::measure(const std::vector<double>& forecasts, std::span<const double> truths,
                              std::size_t steps) {
  errors.assign(steps * grid, 0.0);
  const std::size_t count = forecasts.size() / steps;
  std::vector<double> e(count);
  for (std::size_t s = 0; s < steps; ++s) {
    for (std::size_t w = 0; w < count; ++w) e[w] = truths[w * steps + s] - forecasts[w * steps + s];
    std::sort(e.begin(), e.end());
    for (std::size_t g = 0; g < grid; ++g) {
      const double at = static_cast<double>(g) / (grid - 1) * static_cast<double>(count - 1);
      const auto below = static_cast<std::size_t>(at);
      const std::size_t above = std::min(below + 1, count - 1);
      errors[s * grid + g] = e[below] + (at - static_cast<double>(below)) * (e[above] - e[below]);
    }
  }
}

double Recurrent::Impl::error_quantile(std::size_t step, double level) const {
  const std::size_t measured = errors.size() / grid, row = std::min(step, measured - 1);
  const double at = level * (grid - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, grid - 1);
  const double* e = errors.data() + row * grid;
  const double value = e[below] + (at - static_cast<double>(below)) * (e[above] - e[below]);
  // Beyond the steps that were measured errors grow as those of a random walk.
  return value * std::sqrt(static_cast<double>(step + 1) / static_cast<double>(row + 1));
}

double Recurrent::Impl::quantile(std::span<const double> own, std::size_t step,
                                 double level) const {
  const std::vector<double>& levels = options.training.levels;
  const auto above = std::lower_bound(levels.begin(), levels.end(), level);
  // Beyond the levels that were learned the measured errors say how much further it is.
  if (above == levels.begin() && level < levels.front())
    return own.front() + error_quantile(step, level) - error_quantile(step, levels.front());
  if (above == levels.end())
    return own.back() + error_quantile(step, level) - error_quantile(step, levels.back());
  const auto i = static_cast<std::size_t>(above - levels.begin());
  if (*above == level) return own[i];
  const double share = (level - levels[i - 1]) / (levels[i] - levels[i - 1]);
  return own[i - 1] + share * (own[i] - own[i - 1]);
}

}  // namespace learningplane::model
