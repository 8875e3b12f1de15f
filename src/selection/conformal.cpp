#include "learningplane/selection/conformal.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "learningplane/model/nested.hpp"
#include "model/error_grid.hpp"
#include "model/saved.hpp"
#include "selection/scaled_errors.hpp"

namespace learningplane::selection {

namespace {

using telemetry::Column;
using telemetry::Frame;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view inside = "model.", errors_inside = "errors.";
constexpr std::size_t longest_gap = 100'000;  // steps without a row

/// The inner model's options; where it takes a horizon and none is said, ours.
Value complete(const ConformalOptions& o, const Registry<model::Forecaster>& all) {
  Value spec = model::nested_spec(all, o.model, o.target, "model");
  if (o.model.find("horizon") == nullptr && spec.find("horizon") != nullptr)
    spec.set("horizon", o.horizon);
  if (spec.get("target", o.target.c_str()) != o.target)
    throw ConfigError("", "model.target", spec.get("target", ""), "the target itself: " + o.target);
  return spec;
}

ConformalOptions checked(ConformalOptions o) {
  const auto refuse = [](const char* key, const std::string& value, const char* allowed) {
    throw ConfigError("", key, value, allowed);
  };
  if (o.target.empty()) refuse("target", "", "the name of a column");
  if (o.horizon == 0 || o.horizon > 10000)
    refuse("horizon", std::to_string(o.horizon), "1 to 10000");
  if (!(o.validation_share > 0 && o.validation_share <= 0.5))
    refuse("validation_share", std::to_string(o.validation_share), "above 0, at most 0.5");
  if (o.origins < 2 || o.origins > 10000)
    refuse("origins", std::to_string(o.origins), "2 to 10000");
  if (!(o.pace > 0 && o.pace <= 1)) refuse("pace", std::to_string(o.pace), "above 0, at most 1");
  return o;
}

/// Steps of a day, where it is a whole number of them; otherwise 0.
std::size_t day_of(std::int64_t step_ns) {
  constexpr std::int64_t day = std::chrono::nanoseconds(std::chrono::hours(24)).count();
  return step_ns > 0 && day % step_ns == 0 ? static_cast<std::size_t>(day / step_ns) : 0;
}

double value_at(const Frame& data, const Column& column, std::int64_t time_ns) {
  const std::size_t row = data.lower_bound(from_ns(time_ns));
  if (row >= data.rows() || data.times_ns()[row] != time_ns || !column.known(row)) return unknown;
  return column.values[row];
}

/// One value a step from the first row to the last, the last known one again where one is unknown.
std::vector<double> even(const Frame& data, const Column& column, std::int64_t step_ns) {
  std::vector<double> out;
  double last = unknown;
  const std::int64_t first = data.times_ns()[0] / step_ns;
  for (std::size_t row = 0; row < data.rows(); ++row) {
    const auto place = static_cast<std::size_t>(data.times_ns()[row] / step_ns - first);
    if (place > out.size() + longest_gap) return {};  // most would be made up
    while (out.size() < place) out.push_back(last);
    if (column.known(row)) last = column.values[row];
    if (out.size() == place) out.push_back(last);
  }
  const auto known = std::find_if(out.begin(), out.end(), [](double v) { return v == v; });
  if (known == out.end()) return {};
  std::fill(out.begin(), known, *known);
  return out;
}

using model::detail::member;

}  // namespace

struct Conformal::Impl {
  /// A forecast whose truth is still to come.
  struct Question {
    model::Forecast said{};
    std::size_t age = 0;
    bool open() const { return age < said.steps(); }
  };
  ConformalOptions options;
  Value spec;
  std::unique_ptr<model::Forecaster> inner, trial;
  detail::ScaledErrors errors{};
  std::int64_t step_ns = 1, last_ns = 0;
  Question question{};

  Impl(ConformalOptions o, const Registry<model::Forecaster>& all)
      : options(checked(std::move(o))),
        spec(complete(options, all)),
        inner(model::build_nested(all, spec, options.target, "model")),
        trial(model::build_nested(all, spec, options.target, "model")) {}

  Result<ValidationResiduals> measure(const Frame& data, const Column& column);
  std::int64_t start(const model::Forecast& said) const { return said.times_ns[0] / step_ns; }
  /// What the coming rows are compared with; none where the model cannot say.
  void ask() {
    question = {};
    if (auto said = inner->forecast(options.horizon)) question = {std::move(*said), 0};
  }
  void answer(const Frame& data, const Column& column, std::int64_t until_ns) {
    for (; question.open() && question.said.times_ns[question.age] <= until_ns; ++question.age) {
      const double truth = value_at(data, column, question.said.times_ns[question.age]);
      if (std::isfinite(truth))
        errors.adapt(truth, question.said.mean[question.age], question.age, start(question.said));
    }
  }
  Value options_value() const {
    return Value::object()
        .set("target", options.target)
        .set("model", spec)
        .set("horizon", options.horizon)
        .set("method", to_string(options.method))
        .set("validation_share", options.validation_share)
        .set("origins", options.origins)
        .set("pace", options.pace);
  }
};

Conformal::Conformal(ConformalOptions options, const Registry<model::Forecaster>& all)
    : impl_(std::make_unique<Impl>(std::move(options), all)) {}
Conformal::~Conformal() = default;

bool Conformal::fitted() const { return impl_->inner->fitted() && impl_->errors.known(); }
const model::Forecaster& Conformal::inner() const { return *impl_->inner; }

/// Errors of a model that has not seen the last part, rolled through it.
Result<ValidationResiduals> Conformal::Impl::measure(const Frame& data, const Column& column) {
  const std::size_t n = data.rows();
  if (n < 4) return fail(Errc::not_enough_data, std::to_string(n) + " rows; 4 are needed");
  const std::int64_t step = data.step().count();
  const auto share = static_cast<std::size_t>(options.validation_share * static_cast<double>(n));
  const std::size_t held = std::clamp<std::size_t>(std::max(share, 2 * options.horizon), 1,
                                                   std::max<std::size_t>(1, n / 2));
  const std::size_t cut = n - held;
  const std::size_t last = held > options.horizon ? n - options.horizon : n - 1;
  const std::size_t count = std::min(options.origins, last - cut + 1);
  if (auto fit = trial->fit(data.slice(0, cut)); !fit) return tl::unexpected(fit.error());
  ValidationResiduals out;
  std::size_t known = cut, measured = 0;
  std::string reason = "no value of the last part is known";
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t origin = count == 1 ? cut : cut + k * (last - cut) / (count - 1);
    if (origin > known) {
      if (auto ok = trial->update(data.slice(known, origin - known)); !ok)
        return tl::unexpected(ok.error());
      known = origin;
    }
    const auto said = trial->forecast(options.horizon);
    if (!said) {
      reason = said.error().message;
      continue;
    }
    std::vector<double> row;
    for (std::size_t s = 0; s < said->steps(); ++s) {
      row.push_back(value_at(data, column, said->times_ns[s]) - said->mean[s]);
      if (std::isfinite(row.back())) ++measured;
    }
    out.origins.push_back(
        static_cast<std::size_t>(said->times_ns[0] / step - data.times_ns()[0] / step));
    out.values.push_back(std::move(row));
  }
  if (measured == 0) return fail(Errc::not_enough_data, "no error could be measured: " + reason);
  return out;
}

Result<model::FitReport> Conformal::fit(const Frame& data) {
  Impl& s = *impl_;
  const auto column = data.require(s.options.target);
  if (!column) return tl::unexpected(column.error());
  auto residuals = s.measure(data, **column);
  if (!residuals) return fail_within(kind(), residuals.error());
  const std::int64_t step_ns = data.step().count();
  detail::ScaledErrors errors(*residuals, even(data, **column, step_ns), day_of(step_ns),
                              data.times_ns()[0] / step_ns);
  auto report = s.inner->fit(data);
  if (!report) return fail_within(kind(), report.error());
  s.errors = std::move(errors);
  s.errors.pace(s.options.pace);
  s.step_ns = step_ns;
  s.last_ns = data.times_ns()[data.rows() - 1];
  s.question = {};
  report->note += (report->note.empty() ? "" : "; ") + std::string("intervals from ") +
                  std::to_string(residuals->origins.size()) + " origins";
  return report;
}

Result<void> Conformal::update(const Frame& data) {
  Impl& s = *impl_;
  if (!fitted()) throw LogicError("conformal: fit it before it is updated");
  const auto column = data.require(s.options.target);
  if (!column) return tl::unexpected(column.error());
  const std::size_t first = data.lower_bound(from_ns(s.last_ns + 1));
  const std::size_t rows = data.rows() - first;
  if (rows == 0) return {};
  const bool adaptive = s.options.method == ConformalMethod::adaptive;
  const std::size_t piece = adaptive ? std::min(s.options.horizon, rows) : rows;
  // Several pieces: what the first ones changed is undone where a later one is refused.
  const model::ModelState before = piece < rows ? s.inner->save() : model::ModelState{};
  const detail::ScaledErrors errors = s.errors;
  const Impl::Question question = s.question;
  for (std::size_t row = first; row < data.rows(); row += piece) {
    const std::size_t count = std::min(piece, data.rows() - row);
    if (adaptive && !s.question.open()) s.ask();
    if (auto ok = s.inner->update(data.slice(row, count)); !ok) {
      if (row > first) (void)s.inner->load(before);
      s.errors = errors;
      s.question = question;
      return fail_within(kind(), ok.error());
    }
    s.answer(data, **column, data.times_ns()[row + count - 1]);
  }
  s.last_ns = data.times_ns()[data.rows() - 1];
  return {};
}

Result<model::Forecast> Conformal::forecast(std::size_t horizon, std::span<const double> levels) {
  if (!fitted()) throw LogicError("conformal: fit it before it forecasts");
  if (auto ok = model::detail::check_question(kind(), horizon, levels); !ok)
    return tl::unexpected(ok.error());
  auto out = impl_->inner->forecast(horizon);
  if (!out) return fail_within(kind(), out.error());
  out->model = kind();
  impl_->errors.widen(*out, levels, impl_->start(*out));
  return out;
}

model::ModelState Conformal::save() const {
  if (!fitted()) throw LogicError("conformal: fit it before it is saved");
  const Impl& s = *impl_;
  const model::ModelState inner = s.inner->save();
  model::ModelState out;
  out.attributes.set("options", s.options_value())
      .set("model", inner.attributes)
      .set("last_ns", s.last_ns)
      .set("step_ns", s.step_ns);
  for (const auto& [name, tensor] : inner.tensors) out.tensors[std::string(inside) + name] = tensor;
  for (auto& [name, tensor] : s.errors.save())
    out.tensors[std::string(errors_inside) + name] = tensor;
  return out;
}

Result<void> Conformal::load(const model::ModelState& state) try {
  Impl& s = *impl_;
  if (!(member(state.attributes, "options") == s.options_value()))
    return fail(Errc::malformed,
                "conformal: the saved model was made with other options than this one");
  const std::int64_t last_ns = member(state.attributes, "last_ns").as_int();
  const std::int64_t step_ns = member(state.attributes, "step_ns").as_int();
  if (step_ns <= 0) throw FormatError("'step_ns' is not above zero");
  model::ModelState inner;
  model::Tensors errors;
  inner.attributes = member(state.attributes, "model");
  for (const auto& [name, tensor] : state.tensors) {
    if (name.starts_with(inside)) inner.tensors[name.substr(inside.size())] = tensor;
    if (name.starts_with(errors_inside)) errors[name.substr(errors_inside.size())] = tensor;
  }
  detail::ScaledErrors read = detail::ScaledErrors::from(errors);
  if (auto loaded = s.inner->load(inner); !loaded) return fail_within(kind(), loaded.error());
  s.errors = std::move(read);
  s.errors.pace(s.options.pace);
  s.step_ns = step_ns;
  s.last_ns = last_ns;
  s.question = {};
  return {};
} catch (const Error& error) {
  return fail(Errc::malformed, "conformal: " + error.failure().message);
}

}  // namespace learningplane::selection
