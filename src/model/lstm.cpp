#include "learningplane/model/lstm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "model/lstm_impl.hpp"
#include "model/lstm_shape.hpp"

namespace learningplane::model {

LstmShape Lstm::Impl::shape() const {
  return {columns.size(), options.layers, options.dense, outputs(), options.head};
}

LstmTraining Lstm::Impl::training(std::size_t member) const {
  LstmTraining t = options.training;
  t.seed = options.seed * 1000003 + member;
  return t;
}

double Lstm::Impl::last_target(const WindowView& windows, std::size_t window) const {
  return windows.values[((window + 1) * windows.steps - 1) * columns.size() + target_column];
}

void Lstm::Impl::predict(const WindowView& windows, std::span<double> out) const {
  const std::vector<double> scaled = scaling.windows(options, windows);
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

std::vector<double> Lstm::Impl::roll(const WindowView& windows, std::size_t horizon) const {
  if (options.mode == LstmMode::direct) {
    std::vector<double> all(windows.count * outputs());
    predict(windows, all);
    std::vector<double> out;
    for (std::size_t w = 0; w < windows.count; ++w) {
      const auto row = all.begin() + static_cast<std::ptrdiff_t>(w * outputs());
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

Result<FitReport> Lstm::Impl::fit(const WindowView& windows, std::span<const double> targets) {
  constexpr std::size_t fewest = 8;
  const auto finite = [](double v) { return std::isfinite(v); };
  if (windows.count < fewest)
    return fail(Errc::not_enough_data,
                "lstm: " + std::to_string(windows.count) + " whole windows; at least 8 are needed");
  if (!std::all_of(windows.values.begin(), windows.values.end(), finite) ||
      !std::all_of(targets.begin(), targets.end(), finite))
    return fail(Errc::unknown_data, "lstm: windows and targets must be finite");
  const auto held = static_cast<std::size_t>(options.training.validation_share *
                                             static_cast<double>(windows.count));
  const std::size_t count = windows.count - held;
  const WindowView part{windows.values.first(count * windows.steps * columns.size()), count,
                        windows.steps};
  const auto fresh_scaling =
      detail::LstmScaling::fit(options, target_column, part, targets.first(count * outputs()));
  const std::vector<double> scaled = fresh_scaling.windows(options, windows);
  std::vector<double> wanted(targets.size());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    wanted[i] =
        fresh_scaling.to_network(targets[i], last_target(windows, i / outputs()), options.output);

  std::vector<LstmNetwork> fresh;
  FitReport report{windows.count, 0, 0, 0, {}};
  for (std::size_t m = 0; m < options.members; ++m) {
    fresh.emplace_back(shape(), options.dtype, training(m).seed);
    const TrainingResult r =
        fresh.back().train({scaled, windows.count, windows.steps}, wanted, training(m));
    const double share = 1 / static_cast<double>(options.members);
    report.train_loss += share * r.losses.train;
    report.validation_loss += share * r.losses.validation;
    report.epochs = std::max(report.epochs, r.epochs);
    report.note += (m > 0 ? "; " : "") + ("stopped: " + r.stopped) + ", best epoch " +
                   std::to_string(r.best_epoch);
  }
  members = std::move(fresh);
  scaling = fresh_scaling;
  return report;
}

void Lstm::Impl::measure(const std::vector<double>& forecasts, const std::vector<double>& truths,
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

double Lstm::Impl::error_quantile(std::size_t step, double level) const {
  const std::size_t measured = errors.size() / grid, row = std::min(step, measured - 1);
  const double at = level * (grid - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, grid - 1);
  const double* e = errors.data() + row * grid;
  const double value = e[below] + (at - static_cast<double>(below)) * (e[above] - e[below]);
  // Beyond the steps that were measured errors grow as those of a random walk.
  return value * std::sqrt(static_cast<double>(step + 1) / static_cast<double>(row + 1));
}

Lstm::Lstm(LstmOptions options) : impl_(std::make_unique<Impl>()) {
  // One way in: what the manifest refuses in a file is refused here too.
  const EpochCallback callback = options.training.on_epoch;
  impl_->options = lstm_options(lstm_manifest().check(to_value(options), "lstm"));
  impl_->options.training.on_epoch = callback;
  impl_->columns = impl_->options.inputs;
  auto& columns = impl_->columns;
  if (std::find(columns.begin(), columns.end(), options.target) == columns.end())
    columns.push_back(options.target);
  impl_->target_column = static_cast<std::size_t>(
      std::find(columns.begin(), columns.end(), options.target) - columns.begin());
  // Refuses impossible sizes at construction rather than at the first fit.
  detail::check_shape(impl_->shape());
}
Lstm::~Lstm() = default;

const LstmOptions& Lstm::options() const { return impl_->options; }
const std::vector<std::string>& Lstm::columns() const { return impl_->columns; }
bool Lstm::fitted() const { return !impl_->members.empty(); }

Result<FitReport> Lstm::fit(const telemetry::Frame& data) {
  auto rows = detail::LstmRows::from(data, impl_->columns);
  if (!rows) return tl::unexpected(rows.error());
  const std::int64_t step = data.step().count();
  Impl& s = *impl_;
  const auto windows =
      detail::LstmWindows::from(*rows, {s.options.lags, s.outputs(), s.target_column, step, 0});
  auto report = s.fit(windows.view(), windows.targets);
  if (!report) return report;

  // Errors step by step: on windows of the held-out tail (or of all, where none was held out) that
  // have the whole horizon after them; as long a horizon as leaves enough of them.
  const auto held = static_cast<std::size_t>(s.options.training.validation_share *
                                             static_cast<double>(windows.count));
  const std::size_t first = held == 0 ? 0 : windows.ends[windows.count - held] + 1;
  std::size_t horizon = s.options.horizon;
  detail::LstmWindows measured;
  for (;; horizon = (horizon + 1) / 2) {
    measured =
        detail::LstmWindows::from(*rows, {s.options.lags, horizon, s.target_column, step, first});
    if (measured.count >= 20 || horizon == 1) break;
  }
  measured.thin(1000);  // enough for percentiles; a long history would cost more than its training
  s.measure(s.roll(measured.view(), horizon), measured.targets, horizon);
  s.context = std::move(*rows);
  s.context.keep_last(s.options.lags);
  s.step_ns = step;
  return report;
}

Result<FitReport> Lstm::fit_windows(const WindowView& windows, std::span<const double> targets) {
  Impl& s = *impl_;
  if (windows.steps != s.options.lags ||
      windows.values.size() != windows.count * windows.steps * s.columns.size() ||
      targets.size() != windows.count * s.outputs())
    return fail(Errc::invalid_argument, "lstm: windows must be count x " +
                                            std::to_string(s.options.lags) + " x " +
                                            std::to_string(s.columns.size()) + " with " +
                                            std::to_string(s.outputs()) + " target(s) each");
  auto report = s.fit(windows, targets);
  if (!report) return report;
  const auto held = static_cast<std::size_t>(s.options.training.validation_share *
                                             static_cast<double>(windows.count));
  const std::size_t first = held == 0 ? 0 : windows.count - held;
  const WindowView tail{windows.values.subspan(first * windows.steps * s.columns.size()),
                        windows.count - first, windows.steps};
  std::vector<double> out(tail.count * s.outputs());
  s.predict(tail, out);
  const auto truth = targets.subspan(first * s.outputs());
  s.measure(out, {truth.begin(), truth.end()}, s.outputs());
  s.context = {};
  s.step_ns = 0;
  return report;
}

void Lstm::predict_windows(const WindowView& windows, std::span<double> out) const {
  if (!fitted()) throw LogicError("lstm: fit or load it before it predicts");
  if (windows.steps != impl_->options.lags ||
      windows.values.size() != windows.count * windows.steps * impl_->columns.size() ||
      out.size() != windows.count * impl_->outputs())
    throw LogicError("lstm: windows must be count x lags x columns, the output count x outputs");
  impl_->predict(windows, out);
}

Result<void> Lstm::update(const telemetry::Frame& data) {
  Impl& s = *impl_;
  if (!fitted()) throw LogicError("lstm: fit or load it before it is updated");
  auto rows = detail::LstmRows::from(data, s.columns);
  if (!rows) return tl::unexpected(rows.error());
  if (s.step_ns == 0) s.step_ns = data.step().count();
  detail::LstmRows joined = s.context;
  joined.columns = s.columns.size();
  const std::size_t known = joined.size();
  if (joined.append(*rows) == 0) return {};
  if (s.options.adapt_epochs > 0) {
    const auto fresh = detail::LstmWindows::from(
        joined, {s.options.lags, s.outputs(), s.target_column, s.step_ns, known});
    if (fresh.count > 0) {
      const std::vector<double> scaled = s.scaling.windows(s.options, fresh.view());
      std::vector<double> wanted(fresh.targets.size());
      for (std::size_t i = 0; i < wanted.size(); ++i)
        wanted[i] = s.scaling.to_network(
            fresh.targets[i], s.last_target(fresh.view(), i / s.outputs()), s.options.output);
      for (std::size_t m = 0; m < s.members.size(); ++m) {
        LstmTraining training = s.training(m);
        training.epochs = s.options.adapt_epochs;
        training.validation_share = 0;
        s.members[m].train({scaled, fresh.count, fresh.steps}, wanted, training);
      }
    }
  }
  joined.keep_last(s.options.lags);
  s.context = std::move(joined);
  return {};
}

Result<Forecast> Lstm::forecast(std::size_t horizon, std::span<const double> levels) {
  Impl& s = *impl_;
  if (!fitted()) throw LogicError("lstm: fit or load it before it forecasts");
  if (horizon == 0) return fail(Errc::invalid_argument, "lstm: the horizon must be 1 or more");
  if (s.options.mode == LstmMode::direct && horizon > s.options.horizon)
    return fail(Errc::invalid_argument, "lstm: mode direct gives " +
                                            std::to_string(s.options.horizon) +
                                            " steps; raise 'horizon' or use closed_loop");
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (!(levels[i] > 0 && levels[i] < 1) || (i > 0 && levels[i] <= levels[i - 1]))
      return fail(Errc::invalid_argument, "lstm: levels must increase within (0, 1)");
  }
  const std::vector<std::size_t> runs = s.context.runs(s.step_ns);
  if (runs.empty() || runs.back() < s.options.lags)
    return fail(Errc::unknown_data,
                "lstm: of the last " + std::to_string(s.options.lags) + " rows only " +
                    std::to_string(runs.empty() ? 0 : runs.back()) + " are known without a gap");
  Forecast out;
  out.target = s.options.target;
  out.model = "lstm";
  out.mean = s.roll({s.context.values, 1, s.options.lags}, horizon);
  out.levels.assign(levels.begin(), levels.end());
  std::size_t imputed = 0;
  for (const std::uint32_t cells : s.context.imputed) imputed += cells;
  out.imputed_share = static_cast<double>(imputed) / static_cast<double>(s.context.values.size());
  for (std::size_t step = 0; step < horizon; ++step) {
    out.times_ns.push_back(s.context.times.back() +
                           static_cast<std::int64_t>(step + 1) * s.step_ns);
    for (const double level : levels)
      out.quantiles.push_back(out.mean[step] + s.error_quantile(step, level));
  }
  return out;
}

}  // namespace learningplane::model
