#include "learningplane/model/windowed.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "learningplane/features/calendar.hpp"
#include "model/error_grid.hpp"
#include "model/lstm_windows.hpp"
#include "model/saved.hpp"

namespace learningplane::model {

namespace {

using detail::member;

bool finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace

struct Windowed::Impl {
  WindowedOptions options{};
  Errors errors_from = Errors::held_out;
  std::vector<std::string> columns{};
  std::size_t target_column = 0;
  features::Calendar calendar{{}};

  bool fitted = false;
  Tensors learned{};
  std::size_t lags = 0;
  std::int64_t step_ns = 0;  // 0: fitted on windows, no context
  detail::ErrorGrid errors{};
  detail::LstmRows context{};  // the last rows seen

  std::size_t width() const { return lags * columns.size() + calendar.width(); }
  bool recursive() const { return options.strategy == Strategy::recursive; }
  /// The rows' numbers and, where there is one, the calendar of the first step ahead.
  std::vector<double> window(std::span<const double> rows, std::int64_t first_ns) const {
    std::vector<double> out(rows.begin(), rows.end());
    out.resize(out.size() + calendar.width());
    calendar.at(first_ns, std::span(out).last(calendar.width()));
    return out;
  }
  /// A quantile between and beyond the heads of one step.
  double head_quantile(std::span<const double> levels, std::span<const double> heads,
                       std::size_t step, double level) const {
    const auto above = std::lower_bound(levels.begin(), levels.end(), level) - levels.begin();
    const auto i = static_cast<std::size_t>(above);
    const std::size_t outer = i == 0 ? 0 : levels.size() - 1;
    if (i == 0 || i == levels.size())
      return heads[outer] + errors.quantile(step, level) - errors.quantile(step, levels[outer]);
    const double share = (level - levels[i - 1]) / (levels[i] - levels[i - 1]);
    return heads[i - 1] + share * (heads[i] - heads[i - 1]);
  }
};

Examples Examples::part(std::size_t first, std::size_t count) const {
  Examples out = *this;
  const auto begin = starts.begin() + static_cast<std::ptrdiff_t>(first);
  out.starts.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  out.targets = targets.subspan(first * horizon, count * horizon);
  if (!times_ns.empty()) {
    const auto time = times_ns.begin() + static_cast<std::ptrdiff_t>(first);
    out.times_ns.assign(time, time + static_cast<std::ptrdiff_t>(count));
  }
  return out;
}

Windowed::Windowed(WindowedOptions options, Errors errors) : impl_(std::make_unique<Impl>()) {
  if (options.target.empty()) throw ConfigError("", "target", "", "the name of a column");
  if (options.lags == 0) throw ConfigError("", "lags", "0", "1 or more");
  if (options.horizon == 0) throw ConfigError("", "horizon", "0", "1 or more");
  if (!(options.validation_share > 0 && options.validation_share <= 0.9))
    throw ConfigError("", "validation_share", std::to_string(options.validation_share),
                      "above 0, at most 0.9");
  impl_->columns = options.inputs;
  auto found = std::find(impl_->columns.begin(), impl_->columns.end(), options.target);
  if (found == impl_->columns.end()) {
    impl_->columns.push_back(options.target);
    found = impl_->columns.end() - 1;
  }
  impl_->target_column = static_cast<std::size_t>(found - impl_->columns.begin());
  impl_->calendar = features::Calendar(options.calendar, options.zone);
  impl_->options = std::move(options);
  impl_->errors_from = errors;
}

Windowed::~Windowed() = default;

const WindowedOptions& Windowed::base() const { return impl_->options; }
std::size_t Windowed::target_column() const { return impl_->target_column; }
std::size_t Windowed::outputs() const { return impl_->recursive() ? 1 : impl_->options.horizon; }
double Windowed::last_target(std::span<const double> window) const {
  return window[window.size() - impl_->calendar.width() - impl_->columns.size() +
                impl_->target_column];
}
void Windowed::predict_heads(const Tensors&, std::span<const double>, std::span<double>) const {
  throw LogicError(std::string(kind()) + ": has no quantile heads");
}
const std::vector<std::string>& Windowed::columns() const { return impl_->columns; }
bool Windowed::fitted() const { return impl_->fitted; }
Result<std::size_t> Windowed::lags(std::int64_t) const { return impl_->options.lags; }

Result<Tensors> Windowed::learn_all(const Examples& all, const Tensors&, FitReport& report) const {
  return learn(all, all, report);
}

const Tensors& Windowed::learned() const {
  if (!fitted()) throw LogicError(std::string(kind()) + ": not fitted");
  return impl_->learned;
}

Result<FitReport> Windowed::fit(const telemetry::Frame& data) {
  const std::string name(kind());
  auto rows = detail::LstmRows::from(data, impl_->columns);
  if (!rows) return tl::unexpected(rows.error());
  Impl fresh = *impl_;
  fresh.step_ns = data.step().count();
  if (fresh.step_ns <= 0)
    return fail(Errc::not_enough_data, name + ": fewer than two rows, so that no step is known");
  const auto wanted = lags(fresh.step_ns);
  if (!wanted) return tl::unexpected(wanted.error());
  fresh.lags = *wanted;

  // Windows are spans of the rows themselves: nothing is copied, however many lags there are.
  const std::size_t n = impl_->columns.size(), horizon = impl_->options.horizon;
  Examples examples;
  examples.values = rows->values;
  examples.width = fresh.width();
  examples.horizon = horizon;
  examples.rows_follow = true;
  std::vector<double> targets;
  const std::vector<std::size_t> runs = rows->runs(fresh.step_ns);
  for (std::size_t last = fresh.lags + horizon - 1; last < rows->size(); ++last) {
    if (runs[last] < fresh.lags + horizon) continue;
    const std::size_t first = last + 1 - horizon;
    examples.starts.push_back((first - fresh.lags) * n);
    examples.times_ns.push_back(rows->times[first]);
    for (std::size_t r = first; r <= last; ++r)
      targets.push_back(rows->values[r * n + impl_->target_column]);
  }
  examples.targets = targets;
  std::vector<double> packed;
  if (fresh.calendar.width() > 0) {
    packed.reserve(examples.count() * examples.width);
    for (std::size_t i = 0; i < examples.count(); ++i) {
      const auto own = fresh.window(examples.values.subspan(examples.starts[i], fresh.lags * n),
                                    examples.times_ns[i]);
      examples.starts[i] = packed.size();
      packed.insert(packed.end(), own.begin(), own.end());
    }
    examples.values = packed;
    examples.rows_follow = false;
  }
  auto report = fit_examples(examples, fresh);
  if (!report) return report;
  report->rows = rows->size();
  fresh.context = std::move(*rows);
  fresh.context.keep_last(fresh.lags);
  *impl_ = std::move(fresh);
  return report;
}

Result<FitReport> Windowed::fit_windows(const WindowView& windows,
                                        std::span<const double> targets) {
  const std::size_t n = impl_->columns.size();
  if (windows.values.size() != windows.count * windows.steps * n ||
      targets.size() != windows.count * impl_->options.horizon)
    throw LogicError(std::string(kind()) + ": windows, columns and targets do not fit together");
  Impl fresh = *impl_;
  fresh.step_ns = 0;
  fresh.lags = windows.steps;
  fresh.context = {};
  if (fresh.calendar.width() > 0)
    return fail(Errc::invalid_argument,
                std::string(kind()) + ": ready windows have no times, which 'calendar' needs");
  if (!finite(windows.values) || !finite(targets))
    return fail(Errc::unknown_data, std::string(kind()) + ": windows and targets must be finite");
  Examples examples;
  examples.values = windows.values;
  examples.width = windows.steps * n;
  examples.horizon = impl_->options.horizon;
  examples.targets = targets;
  for (std::size_t i = 0; i < windows.count; ++i) examples.starts.push_back(i * examples.width);
  auto report = fit_examples(examples, fresh);
  if (!report) return report;
  report->rows = windows.count;
  *impl_ = std::move(fresh);
  return report;
}

Result<FitReport> Windowed::fit_examples(const Examples& examples, Impl& fresh) const {
  if (examples.count() < 2)
    return fail(Errc::not_enough_data,
                std::string(kind()) + ": " + std::to_string(examples.count()) +
                    " whole windows of " + std::to_string(fresh.lags) + " rows and " +
                    std::to_string(examples.horizon) + " steps after; at least 2 are needed");
  const bool all = impl_->errors_from == Errors::all_windows;
  const auto share = static_cast<std::size_t>(impl_->options.validation_share *
                                              static_cast<double>(examples.count()));
  // Neighbouring windows share targets: as many as the horizon has steps are left out between.
  const std::size_t held = std::max<std::size_t>(share, 1);
  const std::size_t kept = examples.count() - held;
  const std::size_t train = kept > 2 * examples.horizon ? kept - (examples.horizon - 1) : kept;
  const Examples tail = all ? examples : examples.part(kept, held);
  // Where steps are fed back, one step is learned, and the errors are those of all steps.
  Examples one = examples;
  std::vector<double> next;
  if (fresh.recursive()) {
    for (std::size_t i = 0; i < examples.count(); ++i) next.push_back(examples.target(i)[0]);
    one.targets = next;
    one.horizon = 1;
  }
  FitReport report;
  report.train_loss = std::numeric_limits<double>::quiet_NaN();  // unless learning tells
  auto first = learn(all ? one : one.part(0, train), all ? one : one.part(kept, held), report);
  if (!first) return fail_within(kind(), first.error());

  std::vector<std::vector<double>> errors(examples.horizon);
  std::vector<double> out(examples.horizon);
  double squares = 0;
  for (std::size_t i = 0; i < tail.count(); ++i) {
    steps_ahead(fresh, *first, tail.window(i), tail.times_ns.empty() ? 0 : tail.times_ns[i], out);
    for (std::size_t s = 0; s < out.size(); ++s) {
      errors[s].push_back(tail.target(i)[s] - out[s]);
      squares += errors[s].back() * errors[s].back();
    }
  }
  report.validation_loss = squares / static_cast<double>(tail.count() * examples.horizon);
  fresh.errors = detail::ErrorGrid(std::move(errors));
  FitReport again = report;
  auto second = all ? std::move(first) : learn_all(one, *first, again);
  if (!second) return fail_within(kind(), second.error());
  if (!all) report.train_loss = again.train_loss;
  fresh.learned = std::move(*second);
  fresh.fitted = true;
  return report;
}

void Windowed::steps_ahead(const Impl& state, const Tensors& learned,
                           std::span<const double> window, std::int64_t first_ns,
                           std::span<double> out) const {
  if (!state.recursive()) return predict(learned, window, out);
  const std::size_t n = state.columns.size();
  std::vector<double> own(window.begin(), window.end());
  const std::span<double> rows = std::span(own).first(own.size() - state.calendar.width());
  const std::span<double> calendar = std::span(own).last(state.calendar.width());
  for (std::size_t s = 0; s < out.size(); ++s) {
    if (s > 0) state.calendar.at(first_ns + static_cast<std::int64_t>(s) * state.step_ns, calendar);
    predict(learned, own, out.subspan(s, 1));
    // The row that comes in is the last one again, but for the target.
    std::copy(rows.begin() + static_cast<std::ptrdiff_t>(n), rows.end(), rows.begin());
    rows[rows.size() - n + state.target_column] = out[s];
  }
}

void Windowed::predict_windows(const WindowView& windows, std::span<double> out) const {
  const Impl& s = *impl_;
  const std::size_t width = s.lags * s.columns.size(), horizon = s.options.horizon;
  if (!s.fitted) throw LogicError(std::string(kind()) + ": fit it before it predicts");
  if (s.calendar.width() > 0)
    throw LogicError(std::string(kind()) + ": ready windows have no times, which 'calendar' needs");
  if (windows.steps != s.lags || windows.values.size() != windows.count * width ||
      out.size() != windows.count * horizon)
    throw LogicError(std::string(kind()) + ": windows and outputs do not fit the model");
  for (std::size_t i = 0; i < windows.count; ++i)
    steps_ahead(s, s.learned, windows.values.subspan(i * width, width), 0,
                out.subspan(i * horizon, horizon));
}

Result<void> Windowed::update(const telemetry::Frame& data) {
  if (!impl_->fitted) throw LogicError(std::string(kind()) + ": fit it before it is updated");
  auto rows = detail::LstmRows::from(data, impl_->columns);
  if (!rows) return tl::unexpected(rows.error());
  if (impl_->step_ns == 0) impl_->step_ns = data.step().count();
  impl_->context.columns = impl_->columns.size();
  impl_->context.append(*rows);
  impl_->context.keep_last(impl_->lags);
  return {};
}

Result<Forecast> Windowed::forecast(std::size_t horizon, std::span<const double> levels) {
  const Impl& s = *impl_;
  const std::string name(kind());
  if (!s.fitted) throw LogicError(name + ": fit it before it forecasts");
  if (auto ok = detail::check_question(name, horizon, levels); !ok)
    return tl::unexpected(ok.error());
  if (horizon > longest() && !s.recursive())
    return fail(Errc::invalid_argument, name + ": " + std::to_string(horizon) +
                                            " steps asked for, but it was made with 'horizon' " +
                                            std::to_string(longest()));
  const std::size_t known = s.context.size() == 0 ? 0 : s.context.runs(s.step_ns).back();
  if (known < s.lags)
    return fail(Errc::unknown_data, name + ": of the last " + std::to_string(s.lags) +
                                        " rows only " + std::to_string(known) +
                                        " are known without a gap");
  Forecast out;
  out.target = s.options.target;
  out.model = name;
  out.mean.resize(horizon);
  const std::int64_t first_ns = s.context.times.back() + s.step_ns;
  std::vector<double> own;
  if (s.calendar.width() > 0) own = s.window(s.context.values, first_ns);
  const std::span<const double> window =
      own.empty() ? std::span<const double>(s.context.values) : std::span<const double>(own);
  steps_ahead(s, s.learned, window, first_ns, out.mean);
  const std::vector<double> head_levels = heads();
  std::vector<double> head_values(levels.empty() ? 0 : horizon * head_levels.size());
  if (!head_values.empty()) predict_heads(s.learned, window, head_values);
  out.levels.assign(levels.begin(), levels.end());
  std::size_t imputed = 0;
  for (const std::uint32_t cells : s.context.imputed) imputed += cells;
  out.imputed_share = static_cast<double>(imputed) / static_cast<double>(s.context.values.size());
  out.quantiles.resize(horizon * levels.size());
  const bool own_quantiles = !levels.empty() && quantiles(s.learned, window, levels, out.quantiles);
  for (std::size_t step = 0; step < horizon; ++step) {
    out.times_ns.push_back(first_ns + static_cast<std::int64_t>(step) * s.step_ns);
    double lowest = -std::numeric_limits<double>::infinity();
    for (std::size_t l = 0; l < levels.size() && !own_quantiles; ++l) {
      const double q =
          head_levels.empty()
              ? out.mean[step] + s.errors.quantile(step, levels[l])
              : s.head_quantile(
                    head_levels,
                    std::span(head_values).subspan(step * head_levels.size(), head_levels.size()),
                    step, levels[l]);
      // Heads are learned one by one and may cross.
      lowest = std::max(lowest, q);
      out.quantiles[step * levels.size() + l] = lowest;
    }
  }
  return out;
}

ModelState Windowed::save() const {
  const Impl& s = *impl_;
  if (!s.fitted) throw LogicError(std::string(kind()) + ": fit it before it is saved");
  ModelState out;
  Value times = Value::array(), imputed = Value::array();
  for (const std::int64_t t : s.context.times) times.push(t);
  for (const std::uint32_t n : s.context.imputed) imputed.push(static_cast<std::int64_t>(n));
  out.attributes.set("options", options_value())
      .set("lags", s.lags)
      .set("step_ns", s.step_ns)
      .set("context_times_ns", times)
      .set("context_imputed", imputed);
  for (const auto& [name, tensor] : s.learned) out.tensors["learned." + name] = tensor;
  out.tensors["errors"] = {{s.errors.steps(), detail::ErrorGrid::width}, s.errors.values()};
  out.tensors["context"] = {{s.context.size(), s.columns.size()}, s.context.values};
  return out;
}

Result<void> Windowed::load(const ModelState& state) try {
  Impl fresh = *impl_;
  if (!(member(state.attributes, "options") == options_value()))
    return fail(Errc::malformed, std::string(kind()) +
                                     ": the saved model was made with other options than this one");
  const std::size_t n = fresh.columns.size();
  const std::int64_t rows = member(state.attributes, "lags").as_int();
  if (rows < 1 || rows > 10'000'000) throw FormatError("'lags' is outside 1 to 10000000");
  fresh.lags = static_cast<std::size_t>(rows);
  fresh.step_ns = member(state.attributes, "step_ns").as_int();
  if (fresh.step_ns < 0) throw FormatError("'step_ns' is negative");
  if (fresh.step_ns > 0 && lags(fresh.step_ns) != fresh.lags)
    throw FormatError("'lags' differs from what the options say");
  fresh.context = {};
  fresh.context.columns = n;
  for (const Value& t : member(state.attributes, "context_times_ns").as_array())
    fresh.context.times.push_back(t.as_int());
  for (const Value& count : member(state.attributes, "context_imputed").as_array())
    fresh.context.imputed.push_back(static_cast<std::uint32_t>(count.as_int()));
  fresh.learned.clear();
  const auto context = state.tensors.find("context");
  if (context == state.tensors.end() || fresh.context.size() > fresh.lags ||
      context->second.values.size() != fresh.context.size() * n ||
      fresh.context.imputed.size() != fresh.context.size())
    throw FormatError("the context's rows, times and flags do not fit together");
  fresh.context.values = context->second.values;
  const auto errors = state.tensors.find("errors");
  fresh.errors = detail::ErrorGrid::from(errors == state.tensors.end() ? std::vector<double>{}
                                                                       : errors->second.values);
  for (const auto& [name, tensor] : state.tensors) {
    if (!name.starts_with("learned.")) continue;
    if (!finite(tensor.values)) throw FormatError("the tensor '" + name + "' is not finite");
    fresh.learned[name.substr(8)] = tensor;
  }
  check(fresh.learned, fresh.width());
  fresh.fitted = true;
  *impl_ = std::move(fresh);
  return {};
} catch (const Error& error) {
  return fail(Errc::malformed, std::string(kind()) + ": " + error.failure().message);
}

}  // namespace learningplane::model
