#include "learningplane/model/recurrent.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "model/lstm_shape.hpp"
#include "model/recurrent_impl.hpp"

namespace learningplane::model {

Recurrent::Recurrent(RecurrentOptions options, Cell cell) : impl_(std::make_unique<Impl>()) {
  // One way in: what the manifest refuses in a file is refused here too.
  const EpochCallback callback = options.training.on_epoch;
  impl_->cell = cell;
  impl_->options =
      recurrent_options(recurrent_manifest(cell).check(to_value(options), impl_->name()));
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
Recurrent::~Recurrent() = default;

std::string_view Recurrent::kind() const { return impl_->cell == Cell::gru ? "gru" : "lstm"; }
const RecurrentOptions& Recurrent::options() const { return impl_->options; }
const std::vector<std::string>& Recurrent::columns() const { return impl_->columns; }
bool Recurrent::fitted() const { return !impl_->members.empty(); }

Result<FitReport> Recurrent::fit(const telemetry::Frame& data) {
  auto rows = detail::LstmRows::from(data, impl_->columns);
  if (!rows) return tl::unexpected(rows.error());
  const std::int64_t step = data.step().count();
  Impl& s = *impl_;
  const auto windows =
      detail::LstmWindows::from(*rows, {s.options.lags, s.targets(), s.target_column, step, 0});
  // Errors step by step: on windows of the held-out tail (or of all, where none was held out) that
  // have the whole horizon after them; as long a horizon as leaves enough of them.
  const auto measured = [&] {
    const std::size_t held = s.held_out(windows.count);
    const std::size_t first = held == 0 ? 0 : windows.ends[windows.count - held] + 1;
    std::size_t horizon = s.options.horizon;
    detail::LstmWindows tail;
    for (;; horizon = (horizon + 1) / 2) {
      tail =
          detail::LstmWindows::from(*rows, {s.options.lags, horizon, s.target_column, step, first});
      if (tail.count >= 20 || horizon == 1) break;
    }
    tail.thin(1000);  // enough for percentiles; a long history would cost more than its training
    s.measure(s.roll(tail.view(), horizon), tail.targets, horizon);
  };
  auto report = s.fit(windows.view(), windows.targets, measured);
  if (!report) return report;
  s.context = std::move(*rows);
  s.context.keep_last(s.options.lags);
  s.step_ns = step;
  return report;
}

Result<FitReport> Recurrent::fit_windows(const WindowView& windows,
                                         std::span<const double> targets) {
  Impl& s = *impl_;
  if (windows.steps != s.options.lags ||
      windows.values.size() != windows.count * windows.steps * s.columns.size() ||
      targets.size() != windows.count * s.targets())
    return fail(Errc::invalid_argument, s.name() + ": windows must be count x " +
                                            std::to_string(s.options.lags) + " x " +
                                            std::to_string(s.columns.size()) + " with " +
                                            std::to_string(s.targets()) + " target(s) each");
  const auto measured = [&] {
    const std::size_t held = s.held_out(windows.count);
    const std::size_t first = held == 0 ? 0 : windows.count - held;
    const WindowView tail{windows.values.subspan(first * windows.steps * s.columns.size()),
                          windows.count - first, windows.steps};
    std::vector<double> out(tail.count * s.targets());
    s.predict(tail, out);
    s.measure(out, targets.subspan(first * s.targets()), s.targets());
  };
  auto report = s.fit(windows, targets, measured);
  if (!report) return report;
  s.context = {};
  s.step_ns = 0;
  return report;
}

void Recurrent::predict_windows(const WindowView& windows, std::span<double> out) const {
  const Impl& s = *impl_;
  if (!fitted()) throw LogicError(s.name() + ": fit or load it before it predicts");
  if (windows.steps != s.options.lags ||
      windows.values.size() != windows.count * windows.steps * s.columns.size() ||
      out.size() != windows.count * s.targets())
    throw LogicError(s.name() +
                     ": windows must be count x lags x columns, the output count x targets");
  s.predict(windows, out);
}

std::vector<double> Recurrent::input_gradient(std::span<const double> window,
                                              std::size_t output) const {
  Impl& s = *impl_;
  if (!fitted()) throw LogicError(s.name() + ": fit or load it before it is explained");
  if (window.size() != s.options.lags * s.columns.size())
    throw LogicError(s.name() + ": a window holds " + std::to_string(window.size()) +
                     " numbers, not lags x columns");
  if (s.options.mode == LstmMode::direct && output >= s.options.horizon)
    throw LogicError(s.name() + ": output " + std::to_string(output) + " of " +
                     std::to_string(s.options.horizon));
  return s.gradient(window, output);
}

Result<void> Recurrent::update(const telemetry::Frame& data) {
  Impl& s = *impl_;
  if (!fitted()) throw LogicError(s.name() + ": fit or load it before it is updated");
  auto rows = detail::LstmRows::from(data, s.columns);
  if (!rows) return tl::unexpected(rows.error());
  if (s.step_ns == 0) s.step_ns = data.step().count();
  detail::LstmRows joined = s.context;
  joined.columns = s.columns.size();
  const std::size_t known = joined.size();
  if (joined.append(*rows) == 0) return {};
  if (s.options.adapt_epochs > 0) {
    const auto fresh = detail::LstmWindows::from(
        joined, {s.options.lags, s.targets(), s.target_column, s.step_ns, known});
    if (fresh.count > 0) s.adapt(fresh.view(), fresh.targets);
  }
  joined.keep_last(s.options.lags);
  s.context = std::move(joined);
  return {};
}

Result<Forecast> Recurrent::forecast(std::size_t horizon, std::span<const double> levels) {
  Impl& s = *impl_;
  if (!fitted()) throw LogicError(s.name() + ": fit or load it before it forecasts");
  if (horizon == 0)
    return fail(Errc::invalid_argument, s.name() + ": the horizon must be 1 or more");
  if (s.options.mode == LstmMode::direct && horizon > s.options.horizon)
    return fail(Errc::invalid_argument, s.name() + ": mode direct gives " +
                                            std::to_string(s.options.horizon) +
                                            " steps; raise 'horizon' or use closed_loop");
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (!(levels[i] > 0 && levels[i] < 1) || (i > 0 && levels[i] <= levels[i - 1]))
      return fail(Errc::invalid_argument, s.name() + ": levels must increase within (0, 1)");
  }
  const std::vector<std::size_t> runs = s.context.runs(s.step_ns);
  if (runs.empty() || runs.back() < s.options.lags)
    return fail(Errc::unknown_data,
                s.name() + ": of the last " + std::to_string(s.options.lags) + " rows only " +
                    std::to_string(runs.empty() ? 0 : runs.back()) + " are known without a gap");
  Forecast out;
  out.target = s.options.target;
  out.model = s.name();
  const WindowView window{s.context.values, 1, s.options.lags};
  out.mean = s.roll(window, horizon);
  std::vector<double> heads(s.heads() > 1 ? s.outputs() : 0);
  if (!heads.empty()) s.predict_heads(window, heads);
  out.levels.assign(levels.begin(), levels.end());
  std::size_t imputed = 0;
  for (const std::uint32_t cells : s.context.imputed) imputed += cells;
  out.imputed_share = static_cast<double>(imputed) / static_cast<double>(s.context.values.size());
  for (std::size_t step = 0; step < horizon; ++step) {
    out.times_ns.push_back(s.context.times.back() +
                           static_cast<std::int64_t>(step + 1) * s.step_ns);
    if (heads.empty()) {
      for (const double level : levels)
        out.quantiles.push_back(out.mean[step] + s.error_quantile(step, level));
      continue;
    }
    const auto own = std::span(heads).subspan(step * s.heads() + 1, s.heads() - 1);
    std::sort(own.begin(), own.end());
    for (const double level : levels) out.quantiles.push_back(s.quantile(own, step, level));
  }
  return out;
}

}  // namespace learningplane::model
