#include "learningplane/model/series_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "learningplane/error.hpp"
#include "model/error_grid.hpp"
#include "model/saved.hpp"
#include "model/series_grid.hpp"

namespace learningplane::model {

namespace {

constexpr std::size_t most_origins = 200;  // from which the errors of each step are measured

using detail::member;

}  // namespace

std::vector<Parameter> series_parameters(std::vector<Parameter> more) {
  const SeriesOptions d;
  const auto whole = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  std::vector<Parameter> out = {{.name = "target",
                                 .type = ParameterType::string,
                                 .summary = "column to forecast",
                                 .required = true},
                                {.name = "horizon",
                                 .type = ParameterType::integer,
                                 .summary = "steps whose errors are measured",
                                 .fallback = whole(d.horizon),
                                 .minimum = 1,
                                 .maximum = 10000},
                                {.name = "validation_share",
                                 .type = ParameterType::number,
                                 .summary = "last values on which the errors are measured",
                                 .fallback = d.validation_share,
                                 .minimum = 0.001,
                                 .maximum = 0.9},
                                {.name = "max_gap",
                                 .type = ParameterType::integer,
                                 .summary = "unknown steps in a row that are bridged",
                                 .fallback = whole(d.max_gap),
                                 .minimum = 0,
                                 .maximum = 100000}};
  for (Parameter& p : more) out.push_back(std::move(p));
  return out;
}

SeriesOptions series_options(const Value& checked) {
  const auto whole = [&checked](const char* key) {
    return static_cast<std::size_t>(checked.find(key)->as_int());
  };
  return {.target = checked.find("target")->as_string(),
          .horizon = whole("horizon"),
          .validation_share = checked.find("validation_share")->as_double(),
          .max_gap = whole("max_gap")};
}

Value to_value(const SeriesOptions& o) {
  return Value::object()
      .set("target", o.target)
      .set("horizon", o.horizon)
      .set("validation_share", o.validation_share)
      .set("max_gap", o.max_gap);
}

struct SeriesModel::Impl {
  SeriesOptions options{};
  std::unique_ptr<SeriesMethod> method{};  // fitted, or none
  detail::SeriesCursor cursor{};
  detail::ErrorGrid errors{};
};

SeriesModel::SeriesModel(SeriesOptions options) : impl_(std::make_unique<Impl>()) {
  if (options.target.empty()) throw ConfigError("", "target", "", "the name of a column");
  if (options.horizon == 0) throw ConfigError("", "horizon", "0", "1 or more");
  if (!(options.validation_share > 0 && options.validation_share <= 0.9))
    throw ConfigError("", "validation_share", std::to_string(options.validation_share),
                      "above 0, at most 0.9");
  impl_->options = std::move(options);
}

SeriesModel::~SeriesModel() = default;
const SeriesOptions& SeriesModel::base() const { return impl_->options; }
bool SeriesModel::fitted() const { return impl_->method != nullptr; }

const SeriesMethod& SeriesModel::method() const {
  if (!fitted()) throw LogicError(std::string(kind()) + ": not fitted");
  return *impl_->method;
}

namespace {

struct Measured {
  std::vector<std::vector<double>> errors{};  // one list a step
  double mean_square = 0;
};

/// Steps that no origin reaches take the errors of the last that one did.
void complete(std::vector<std::vector<double>>& errors) {
  for (std::size_t s = 1; s < errors.size(); ++s) {
    if (errors[s].size() < 2) errors[s] = errors[s - 1];
  }
}

/// Rolls a method that was fitted on y[0, known) through the rest.
Measured roll(SeriesMethod& method, std::span<const double> y, std::size_t known,
              std::size_t horizon) {
  Measured out{std::vector<std::vector<double>>(horizon), 0};
  std::vector<double> said(horizon);
  const std::size_t origins = y.size() - known;
  const std::size_t stride = std::max<std::size_t>(1, origins / most_origins);
  std::size_t n = 0;
  for (std::size_t origin = known; origin < y.size(); ++origin) {
    if ((origin - known) % stride == 0) {
      const std::size_t steps = std::min(horizon, y.size() - origin);
      const std::span part(said.data(), steps);
      method.forecast(part);
      for (std::size_t s = 0; s < steps; ++s) {
        const double e = y[origin + s] - part[s];
        out.errors[s].push_back(e);
        out.mean_square += e * e;
        ++n;
      }
    }
    method.append(y[origin]);
  }
  out.mean_square /= static_cast<double>(std::max<std::size_t>(n, 1));
  complete(out.errors);
  return out;
}

/// The errors of the last value as forecast: what is left to go by where nothing can be held back.
std::vector<std::vector<double>> changes(std::span<const double> y, std::size_t horizon) {
  std::vector<std::vector<double>> out(horizon);
  for (std::size_t s = 0; s < horizon && s + 1 < y.size(); ++s)
    for (std::size_t t = s + 1; t < y.size(); ++t) out[s].push_back(y[t] - y[t - s - 1]);
  complete(out);
  return out;
}

bool finite(const std::vector<std::vector<double>>& errors) {
  return std::all_of(errors.begin(), errors.end(), [](const std::vector<double>& step) {
    return std::all_of(step.begin(), step.end(), [](double e) { return std::isfinite(e); });
  });
}

/// Learns on all but the last values and rolls through those; none where the method needs them all.
std::optional<Measured> measure(const SeriesMethod& unfitted, std::span<const double> y,
                                const SeriesOptions& o) {
  const auto share = static_cast<std::size_t>(o.validation_share * static_cast<double>(y.size()));
  for (const std::size_t held : {std::max<std::size_t>(share, 2), std::size_t{2}, std::size_t{1}}) {
    if (y.size() <= held) continue;
    const std::unique_ptr<SeriesMethod> trial = unfitted.clone();
    if (trial->fit(y.first(y.size() - held))) return roll(*trial, y, y.size() - held, o.horizon);
  }
  return std::nullopt;
}

}  // namespace

Result<FitReport> SeriesModel::fit(const telemetry::Frame& data) {
  const SeriesOptions& o = impl_->options;
  auto grid = detail::series_grid(data, o.target, o.max_gap);
  if (!grid) return fail_within(kind(), grid.error());
  const std::span<const double> y = grid->values;
  auto made = make(grid->cursor.step_ns);
  if (!made) return fail_within(kind(), made.error());
  if (y.size() < 3)
    return fail(Errc::not_enough_data, std::string(kind()) + ": " + std::to_string(y.size()) +
                                           " known values after the last gap; 3 are needed");
  auto measured = measure(**made, y, o);
  if (auto fit = (*made)->fit(y); !fit) return fail_within(kind(), fit.error());
  FitReport report;
  report.rows = y.size();
  report.train_loss = report.validation_loss =
      measured ? measured->mean_square : std::numeric_limits<double>::quiet_NaN();
  report.note = (*made)->describe();
  const auto add = [&report](const std::string& text) {
    report.note += (report.note.empty() ? "" : "; ") + text;
  };
  if (grid->bridged > 0) add(std::to_string(grid->bridged) + " unknown steps bridged");
  if (!measured) {
    add("too short to hold values back: its errors are taken to be those of the last value");
    measured = Measured{changes(y, o.horizon), 0};
  }
  if (!finite(measured->errors))
    return fail(Errc::unknown_data,
                std::string(kind()) + ": the values are beyond what a number can hold");
  impl_->method = std::move(*made);
  impl_->cursor = grid->cursor;
  impl_->errors = detail::ErrorGrid(std::move(measured->errors));
  return report;
}

Result<void> SeriesModel::update(const telemetry::Frame& data) {
  if (!fitted()) throw LogicError(std::string(kind()) + ": fit it before it is updated");
  const auto newer =
      detail::newer_values(data, impl_->options.target, impl_->options.max_gap, impl_->cursor);
  if (!newer) return fail_within(kind(), newer.error());
  for (const double v : *newer) impl_->method->append(v);
  return {};
}

Result<Forecast> SeriesModel::forecast(std::size_t horizon, std::span<const double> levels) {
  const std::string name(kind());
  if (!fitted()) throw LogicError(name + ": fit it before it forecasts");
  if (auto ok = detail::check_question(name, horizon, levels); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = impl_->cursor.check(); !ok) return fail_within(name, ok.error());
  Forecast out;
  out.target = impl_->options.target;
  out.model = name;
  out.mean.resize(horizon);
  impl_->method->forecast(out.mean);
  for (const double m : out.mean) {
    if (!std::isfinite(m))
      return fail(Errc::unknown_data, name + ": the forecast grew beyond what a number can hold");
  }
  out.times_ns = impl_->cursor.coming(horizon);
  out.imputed_share = impl_->cursor.imputed_share();
  impl_->errors.widen(out, levels);
  return out;
}

ModelState SeriesModel::save() const {
  if (!fitted()) throw LogicError(std::string(kind()) + ": fit it before it is saved");
  ModelState out;
  out.attributes.set("options", options_value());
  impl_->cursor.save(out.attributes);
  for (auto& [name, tensor] : impl_->method->save()) out.tensors["learned." + name] = tensor;
  out.tensors["errors"] = {{impl_->errors.steps(), detail::ErrorGrid::width},
                           impl_->errors.values()};
  out.tensors["last"] = {{1}, {impl_->cursor.last}};
  return out;
}

Result<void> SeriesModel::load(const ModelState& state) try {
  const std::string name(kind());
  if (!(member(state.attributes, "options") == options_value()))
    return fail(Errc::malformed, name + ": the saved model was made with other options than this");
  auto cursor = detail::SeriesCursor::from(state.attributes);
  Tensors learned;
  for (const auto& [key, tensor] : state.tensors) {
    if (!key.starts_with("learned.")) continue;
    for (const double v : tensor.values) {
      if (!std::isfinite(v)) throw FormatError("the tensor '" + key + "' is not finite");
    }
    learned[key.substr(8)] = tensor;
  }
  const auto errors = state.tensors.find("errors"), last = state.tensors.find("last");
  if (last == state.tensors.end() || last->second.values.size() != 1 ||
      !std::isfinite(last->second.values[0]))
    throw FormatError("the tensor 'last' is absent or cannot be used");
  cursor.last = last->second.values[0];
  auto grid = detail::ErrorGrid::from(errors == state.tensors.end() ? std::vector<double>{}
                                                                    : errors->second.values);
  auto made = make(cursor.step_ns);
  if (!made) return fail(Errc::malformed, name + ": " + made.error().message);
  (*made)->load(learned);
  impl_->method = std::move(*made);
  impl_->cursor = cursor;
  impl_->errors = std::move(grid);
  return {};
} catch (const Error& error) {
  return fail(Errc::malformed, std::string(kind()) + ": " + error.failure().message);
}

}  // namespace learningplane::model
