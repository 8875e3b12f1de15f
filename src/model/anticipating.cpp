#include "learningplane/model/anticipating.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "learningplane/model/nested.hpp"
#include "model/saved.hpp"

namespace learningplane::model {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr const char* inside = "model.";  // before the inner model's tensors

bool running(PostStep post) {
  return post == PostStep::running_max || post == PostStep::quantile_running_max;
}
bool quantiled(PostStep post) {
  return post == PostStep::quantile || post == PostStep::quantile_running_max;
}

/// The inner model's options; where it takes a horizon and none is said, ours and what the filter
/// leads by.
Value complete(const AnticipatingOptions& o, const Registry<Forecaster>& all) {
  Value spec = nested_spec(all, o.model, o.target, "model");
  if (o.model.find("horizon") == nullptr && spec.find("horizon") != nullptr)
    spec.set("horizon", o.horizon + features::filter_lead(o.filter, o.window));
  if (spec.get("target", o.target.c_str()) != o.target)
    throw ConfigError("", "model.target", spec.get("target", ""), "the target itself: " + o.target);
  return spec;
}

AnticipatingOptions checked(AnticipatingOptions o) {
  if (o.target.empty()) throw ConfigError("", "target", "", "the name of a column");
  if (o.horizon == 0) throw ConfigError("", "horizon", "0", "1 or more");
  if (o.window == 0 || o.window > 1000)
    throw ConfigError("", "window", std::to_string(o.window), "1 to 1000");
  if (!(o.quantile > 0 && o.quantile < 1))
    throw ConfigError("", "quantile", std::to_string(o.quantile), "above 0 and below 1");
  return o;
}

/// What is imputed stays marked; what a filter made of unknown cells is absent.
std::uint8_t flag_of(double value, telemetry::CellFlag flag) {
  using telemetry::CellFlag;
  if (!std::isfinite(value)) return static_cast<std::uint8_t>(CellFlag::absent);
  return static_cast<std::uint8_t>(flag == CellFlag::imputed ? flag : CellFlag::observed);
}

using detail::member;

}  // namespace

Anticipating::Anticipating(AnticipatingOptions options, const Registry<Forecaster>& all)
    : options_(checked(std::move(options))),
      spec_(complete(options_, all)),
      inner_(build_nested(all, spec_, options_.target, "model")) {}

std::size_t Anticipating::lead() const {
  return features::filter_lead(options_.filter, options_.window);
}

std::size_t Anticipating::kept() const {
  // Each stage of a filter leaves its first window as it is: no new row may meet that edge.
  return 2 * options_.window + features::filter_reach(options_.filter, options_.window) + lead();
}

/// The rows of `data` that are newer than the context, with the target filtered; the context then
/// ends with them.
Result<telemetry::Frame> Anticipating::filtered(const telemetry::Frame& data,
                                                Context& context) const {
  const auto column = data.require(options_.target);
  if (!column) return tl::unexpected(column.error());
  std::size_t first = 0;
  if (!context.times_ns.empty()) first = data.lower_bound(from_ns(context.times_ns.back() + 1));
  const std::size_t before = context.values.size();
  for (std::size_t row = first; row < data.rows(); ++row) {
    context.times_ns.push_back(data.times_ns()[row]);
    context.values.push_back((*column)->known(row) ? (*column)->values[row] : unknown);
  }
  std::vector<double> y = context.values;
  if (options_.scale == AnticipatingOptions::Scale::log) {
    for (double& v : y) v = features::floored_log(v);
  }
  const std::vector<double> raw = y;
  y = features::filter_target(y, options_.filter, options_.window);
  // Row s is given what the filter says of row s - lead: later values are then past ones.
  const std::size_t skipped = before < lead() ? std::min(lead() - before, y.size() - before) : 0;
  std::vector<double> late, plain;
  std::vector<std::uint8_t> late_flags, plain_flags;
  for (std::size_t s = before + skipped; s < y.size(); ++s) {
    const telemetry::CellFlag flag = (*column)->flag(first + s - before);
    late.push_back(y[s - lead()]);
    plain.push_back(raw[s]);
    late_flags.push_back(flag_of(late.back(), flag));
    plain_flags.push_back(flag_of(plain.back(), flag));
  }
  if (const std::size_t all = context.values.size(); all > kept()) {
    const auto surplus = static_cast<std::ptrdiff_t>(all - kept());
    context.values.erase(context.values.begin(), context.values.begin() + surplus);
    context.times_ns.erase(context.times_ns.begin(), context.times_ns.begin() + surplus);
  }
  const telemetry::Frame rows = data.slice(first + skipped, data.rows() - first - skipped);
  telemetry::Column target = **column, beside = **column;
  target.values = std::move(late);
  target.flags = std::move(late_flags);
  beside.name += "_raw";
  beside.values = std::move(plain);
  beside.flags = std::move(plain_flags);
  auto with = rows.with(std::move(target));
  if (!with) return with;
  return with->with(std::move(beside));
}

Result<FitReport> Anticipating::fit(const telemetry::Frame& data) {
  Context fresh;
  auto frame = filtered(data, fresh);
  if (!frame) return tl::unexpected(frame.error());
  auto report = inner_->fit(*frame);
  if (!report) return fail_within(kind(), report.error());
  context_ = std::move(fresh);
  return report;
}

Result<void> Anticipating::update(const telemetry::Frame& data) {
  if (!fitted()) throw LogicError("anticipating: fit it before it is updated");
  Context fresh = context_;
  auto frame = filtered(data, fresh);
  if (!frame) return tl::unexpected(frame.error());
  if (frame->rows() > 0) {
    if (auto taken = inner_->update(*frame); !taken) return fail_within(kind(), taken.error());
  }
  context_ = std::move(fresh);
  return {};
}

void Anticipating::run_max(std::vector<double>& steps, std::size_t width,
                           std::size_t column) const {
  const std::size_t count = steps.size() / width, w = options_.window;
  std::vector<double> line;  // what was observed, then what is forecast
  const std::size_t past = std::min(w - 1, context_.values.size());
  line.assign(context_.values.end() - static_cast<std::ptrdiff_t>(past), context_.values.end());
  for (std::size_t s = 0; s < count; ++s) line.push_back(steps[s * width + column]);
  for (std::size_t s = 0; s < count; ++s) {
    const std::size_t last = past + s, first = last + 1 - std::min(last + 1, w);
    double& out = steps[s * width + column];
    for (std::size_t i = first; i < last; ++i) {
      if (line[i] > out) out = line[i];  // false for NaN
    }
  }
}

Result<Forecast> Anticipating::forecast(std::size_t horizon, std::span<const double> levels) {
  std::vector<double> asked(levels.begin(), levels.end());
  const double level = options_.quantile;
  if (quantiled(options_.post) && std::find(asked.begin(), asked.end(), level) == asked.end())
    asked.insert(std::upper_bound(asked.begin(), asked.end(), level), level);
  if (horizon == 0) return fail(Errc::invalid_argument, "anticipating: the horizon is 0");
  auto said = inner_->forecast(horizon + lead(), asked);
  if (!said) return fail_within(kind(), said.error());
  Forecast out;
  out.target = options_.target;
  out.model = kind();
  out.imputed_share = said->imputed_share;
  out.levels.assign(levels.begin(), levels.end());
  out.times_ns.assign(said->times_ns.begin(),
                      said->times_ns.begin() + static_cast<std::ptrdiff_t>(horizon));
  const bool log = options_.scale == AnticipatingOptions::Scale::log;
  const auto back = [log](double v) { return log ? features::from_floored_log(v) : v; };
  const auto column = [&asked](double l) {
    return static_cast<std::size_t>(std::find(asked.begin(), asked.end(), l) - asked.begin());
  };
  for (std::size_t s = lead(); s < lead() + horizon; ++s) {
    out.mean.push_back(
        back(quantiled(options_.post) ? said->quantile(s, column(level)) : said->mean[s]));
    for (const double l : levels) out.quantiles.push_back(back(said->quantile(s, column(l))));
  }
  if (running(options_.post)) {
    run_max(out.mean, 1, 0);
    for (std::size_t l = 0; l < out.levels.size(); ++l)
      run_max(out.quantiles, out.levels.size(), l);
  }
  return out;
}

ModelState Anticipating::save() const {
  if (!fitted()) throw LogicError("anticipating: fit it before it is saved");
  const ModelState inner = inner_->save();
  ModelState out;
  Value times = Value::array();
  for (const std::int64_t t : context_.times_ns) times.push(t);
  out.attributes.set("options", options_value())
      .set("model", inner.attributes)
      .set("context_times_ns", times);
  for (const auto& [name, tensor] : inner.tensors) out.tensors[inside + name] = tensor;
  out.tensors["context"] = {{context_.values.size()}, context_.values};
  return out;
}

Result<void> Anticipating::load(const ModelState& state) try {
  if (!(member(state.attributes, "options") == options_value()))
    return fail(Errc::malformed,
                "anticipating: the saved model was made with other options than this one");
  Context fresh;
  for (const Value& t : member(state.attributes, "context_times_ns").as_array()) {
    if (!fresh.times_ns.empty() && t.as_int() <= fresh.times_ns.back())
      throw FormatError("the context's times do not increase");
    fresh.times_ns.push_back(t.as_int());
  }
  const auto context = state.tensors.find("context");
  if (context == state.tensors.end() || context->second.values.size() != fresh.times_ns.size() ||
      fresh.times_ns.size() > kept())
    throw FormatError("the context's values and times do not fit together");
  fresh.values = context->second.values;
  ModelState inner;
  inner.attributes = member(state.attributes, "model");
  for (const auto& [name, tensor] : state.tensors) {
    if (name.starts_with(inside)) inner.tensors[name.substr(6)] = tensor;
  }
  if (auto loaded = inner_->load(inner); !loaded) return fail_within(kind(), loaded.error());
  context_ = std::move(fresh);
  return {};
} catch (const Error& error) {
  return fail(Errc::malformed, "anticipating: " + error.failure().message);
}

}  // namespace learningplane::model
