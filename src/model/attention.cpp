#include "learningplane/model/attention.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learningplane/error.hpp"
#include "model/attention_impl.hpp"

namespace learningplane::model {

using detail::AttentionKind;

namespace {

/// Mean and deviation of the known numbers of one column up to a row.
void moments(const detail::LstmRows& rows, std::size_t column, std::size_t end, double& mean,
             double& deviation) {
  double sum = 0, squares = 0, count = 0, origin = 0;
  for (std::size_t r = 0; r < end; ++r) {
    const double v = rows.values[r * rows.columns + column];
    if (std::isnan(v)) continue;
    // Shifted by the first value: a large offset would eat the digits of the variance.
    if (count == 0) origin = v;
    sum += v - origin;
    squares += (v - origin) * (v - origin);
    count += 1;
  }
  mean = origin + sum / count;
  const double variance = squares / count - sum / count * (sum / count);
  deviation = variance < 0 ? 0 : std::sqrt(variance);  // not a number where the squares overflow
}

}  // namespace

detail::AttentionTask AttentionForecaster::Impl::task() const {
  return detail::attention_task(kind, options, columns.size(), target_column);
}

detail::SequenceRows AttentionForecaster::Impl::scaled(const detail::LstmRows& rows) const {
  detail::SequenceRows out;
  out.columns = columns.size();
  out.values.resize(rows.values.size());
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const std::size_t c = i % out.columns;
    out.values[i] = (rows.values[i] - offset[c]) / scale[c];
  }
  out.marks = detail::SequenceRows::marks_of(rows.times);
  return out;
}

double AttentionForecaster::Impl::learned_quantile(const double* heads, double level) const {
  const std::vector<double>& q = options.quantiles;
  const auto above =
      static_cast<std::size_t>(std::lower_bound(q.begin(), q.end(), level) - q.begin());
  if (q[above] == level || above == 0) return heads[above];
  const double part = (level - q[above - 1]) / (q[above] - q[above - 1]);
  return heads[above - 1] + part * (heads[above] - heads[above - 1]);
}

Result<FitReport> AttentionForecaster::Impl::fit(detail::LstmRows rows, std::int64_t step) {
  const std::size_t need = options.lags + options.horizon;
  std::vector<std::size_t> starts;
  const std::vector<std::size_t> runs = rows.runs(step);
  for (std::size_t last = need - 1; last < rows.size(); ++last)
    if (runs[last] >= need) starts.push_back(last + 1 - need);
  constexpr std::size_t fewest = 8;
  if (starts.size() < fewest)
    return fail(Errc::not_enough_data, std::to_string(starts.size()) + " whole windows of " +
                                           std::to_string(options.lags) + " known rows and " +
                                           std::to_string(options.horizon) +
                                           " steps after; at least 8 are needed");
  const std::size_t held = std::max<std::size_t>(
      1, static_cast<std::size_t>(options.validation_share * static_cast<double>(starts.size())));
  const std::size_t kept = starts.size() - held;
  // Neighbouring windows share targets: as many as the horizon has steps are left out between.
  const std::size_t train = kept > 2 * options.horizon ? kept - (options.horizon - 1) : kept;
  if (train == 0) return fail(Errc::not_enough_data, "no window is left to train on");

  offset.assign(columns.size(), 0);
  scale.assign(columns.size(), 1);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    double deviation = 0;
    moments(rows, c, starts[train - 1] + need, offset[c], deviation);
    if (!std::isfinite(deviation) || !std::isfinite(offset[c]))
      return fail(Errc::unknown_data, "'" + columns[c] + "' holds numbers too large to be scaled");
    const bool moves = deviation > 1e-12 * std::abs(offset[c]);
    if (moves) scale[c] = deviation;
    if (!moves && c == target_column)
      return fail(Errc::not_enough_data, "'" + columns[c] +
                                             "' never changes over the training part: there is "
                                             "nothing to learn; 'naive' says what it will be");
  }
  const detail::SequenceRows sequence = scaled(rows);
  engine = detail::make_attention_engine(task(), options.dtype, options.seed);
  const std::span all(starts);
  const TrainingResult result = engine->train(sequence, all.first(train), all.last(held), options);
  if (result.best_epoch == 0)
    return fail(Errc::not_enough_data,
                "training found no finite loss: lower the learning rate or look at the data");
  measure(rows, sequence, all.last(held));
  step_ns = step;
  FitReport report{rows.size(), result.losses.train, result.losses.validation, result.epochs,
                   "stopped: " + result.stopped + ", best epoch " +
                       std::to_string(result.best_epoch) + "; " + std::to_string(train) +
                       " windows learned, " + std::to_string(held) + " held out, " +
                       std::to_string(engine->parameters()) + " weights"};
  context = std::move(rows);
  context.keep_last(options.lags);
  return report;
}

void AttentionForecaster::Impl::measure(const detail::LstmRows& rows,
                                        const detail::SequenceRows& sequence,
                                        std::span<const std::size_t> held) {
  constexpr std::size_t most = 1000;  // enough for percentiles
  std::vector<std::size_t> starts;
  const std::size_t count = std::min(most, held.size());
  for (std::size_t i = 0; i < count; ++i) starts.push_back(held[i * held.size() / count]);
  const std::size_t horizon = options.horizon, outputs = task().outputs();
  std::vector<double> out(count * horizon * outputs);
  engine->predict(sequence, starts, out);
  std::vector<std::vector<double>> found(horizon);
  for (std::size_t i = 0; i < count * horizon; ++i) {
    const std::size_t truth = starts[i / horizon] + options.lags + i % horizon;
    found[i % horizon].push_back(rows.values[truth * columns.size() + target_column] -
                                 unscaled(point(out.data() + i * outputs)));
  }
  errors = detail::ErrorGrid(std::move(found));
}

double AttentionForecaster::Impl::point(const double* heads) const {
  return options.loss == AttentionLoss::pinball ? learned_quantile(heads, 0.5) : *heads;
}

std::vector<double> AttentionForecaster::Impl::ahead() const {
  detail::LstmRows rows = context;
  detail::SequenceRows sequence = scaled(rows);
  std::vector<std::int64_t> coming;
  for (std::size_t s = 1; s <= options.horizon; ++s)
    coming.push_back(rows.times.back() + static_cast<std::int64_t>(s) * step_ns);
  const std::vector<double> marks = detail::SequenceRows::marks_of(coming);
  sequence.marks.insert(sequence.marks.end(), marks.begin(), marks.end());
  std::vector<double> out(options.horizon * task().outputs());
  const std::size_t start = 0;
  engine->predict(sequence, {&start, 1}, out);
  return out;
}

AttentionForecaster::AttentionForecaster(AttentionOptions options, Kind kind)
    : impl_(std::make_unique<Impl>()) {
  Impl& s = *impl_;
  s.kind = kind == Kind::informer ? AttentionKind::informer : AttentionKind::yformer;
  // One way in: what the manifest refuses in a file is refused here too.
  const Manifest manifest = detail::attention_manifest(s.kind);
  s.options = detail::attention_options(
      s.kind, manifest.check(detail::to_value(s.kind, options), manifest.name));
  s.options.on_epoch = std::move(options.on_epoch);
  s.columns = s.options.inputs;
  if (std::find(s.columns.begin(), s.columns.end(), s.options.target) == s.columns.end())
    s.columns.push_back(s.options.target);
  s.target_column = static_cast<std::size_t>(
      std::find(s.columns.begin(), s.columns.end(), s.options.target) - s.columns.begin());
  s.task();  // refuses what does not fit together
}
AttentionForecaster::~AttentionForecaster() = default;

const AttentionOptions& AttentionForecaster::options() const { return impl_->options; }
const std::vector<std::string>& AttentionForecaster::columns() const { return impl_->columns; }
bool AttentionForecaster::fitted() const { return impl_->engine != nullptr; }
std::size_t AttentionForecaster::parameters() const {
  if (!fitted()) throw LogicError(std::string(kind()) + ": not fitted");
  return impl_->engine->parameters();
}

Result<FitReport> AttentionForecaster::fit(const telemetry::Frame& data) {
  auto rows = impl_->rows(data);
  if (!rows) return fail_within(kind(), rows.error());
  const std::int64_t step = data.step().count();
  if (step <= 0)
    return fail(Errc::not_enough_data,
                std::string(kind()) + ": fewer than two rows, so that no step is known");
  Impl fresh = impl_->unfitted();
  auto report = fresh.fit(std::move(*rows), step);
  if (!report) return fail_within(kind(), report.error());
  *impl_ = std::move(fresh);
  return report;
}

Result<detail::LstmRows> AttentionForecaster::Impl::rows(const telemetry::Frame& data) const {
  for (const std::string& name : columns) {
    const auto column = data.require(name);
    if (!column) return tl::unexpected(column.error());
  }
  return detail::LstmRows::from(data, columns);
}

Result<void> AttentionForecaster::update(const telemetry::Frame& data) {
  if (!fitted()) throw LogicError(std::string(kind()) + ": fit or load it before it is updated");
  auto rows = impl_->rows(data);
  if (!rows) return fail_within(kind(), rows.error());
  impl_->context.append(*rows);
  impl_->context.keep_last(impl_->options.lags);
  return {};
}

Result<Forecast> AttentionForecaster::forecast(std::size_t horizon,
                                               std::span<const double> levels) {
  const std::string name(kind());
  if (!fitted()) throw LogicError(name + ": fit or load it before it forecasts");
  Impl& s = *impl_;
  if (horizon == 0 || horizon > s.options.horizon)
    return fail(Errc::invalid_argument, name + ": a horizon is 1 to " +
                                            std::to_string(s.options.horizon) + " steps, not " +
                                            std::to_string(horizon) + "; raise 'horizon'");
  const bool learned = s.options.loss == AttentionLoss::pinball;
  const std::vector<double>& q = s.options.quantiles;
  if (auto fine = detail::check_question(name, horizon, levels); !fine)
    return tl::unexpected(fine.error());
  for (const double level : levels) {
    if (learned && (level < q.front() || level > q.back()))
      return fail(Errc::invalid_argument,
                  name + ": the level " + std::to_string(level) + " is outside of 'quantiles' (" +
                      std::to_string(q.front()) + " to " + std::to_string(q.back()) + ")");
  }
  const std::size_t known = s.context.size() == 0 ? 0 : s.context.runs(s.step_ns).back();
  if (known < s.options.lags)
    return fail(Errc::unknown_data, name + ": of the last " + std::to_string(s.options.lags) +
                                        " rows only " + std::to_string(known) +
                                        " are known without a gap");
  const std::vector<double> out = s.ahead();
  const std::size_t outputs = out.size() / s.options.horizon;
  Forecast f;
  f.target = s.options.target;
  f.model = name;
  f.levels.assign(levels.begin(), levels.end());
  const std::size_t imputed =
      std::accumulate(s.context.imputed.begin(), s.context.imputed.end(), std::size_t{0});
  f.imputed_share = static_cast<double>(imputed) / static_cast<double>(s.context.values.size());
  for (std::size_t step = 0; step < horizon; ++step) {
    const double* heads = out.data() + step * outputs;
    f.times_ns.push_back(s.context.times.back() + static_cast<std::int64_t>(step + 1) * s.step_ns);
    f.mean.push_back(s.unscaled(s.point(heads)));
    for (const double level : levels)
      f.quantiles.push_back(learned ? s.unscaled(s.learned_quantile(heads, level))
                                    : f.mean.back() + s.errors.quantile(step, level));
  }
  return f;
}

}  // namespace learningplane::model
