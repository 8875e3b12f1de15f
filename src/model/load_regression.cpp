#include "learningplane/model/load_regression.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "learningplane/error.hpp"
#include "learningplane/model/nested.hpp"
#include "model/error_grid.hpp"
#include "model/load_regression_options.hpp"
#include "model/load_response.hpp"
#include "model/saved.hpp"

namespace learningplane::model {

namespace {

constexpr std::size_t most_origins = 60;  // from which the errors of each step are measured

using detail::member;

/// The spec with our horizon where the kind has one and the spec does not say.
Value with_horizon(const Registry<Forecaster>& all, const Value& spec, std::size_t horizon) {
  Value out = spec.is_string() ? Value::object().set("kind", spec.as_string()) : spec;
  const Value* kind = out.find("kind");
  if (kind == nullptr || !kind->is_string() || out.find("horizon") != nullptr) return out;
  const auto& parameters = all.manifest(kind->as_string()).parameters;
  if (std::any_of(parameters.begin(), parameters.end(),
                  [](const Parameter& p) { return p.name == "horizon"; }))
    out.set("horizon", horizon);
  return out;
}

}  // namespace

struct LoadRegression::Impl {
  LoadRegressionOptions options{};
  std::vector<std::unique_ptr<Forecaster>> forecasters{};
  bool fitted = false;
  detail::LoadResponse response{};
  detail::ErrorGrid errors{}, given_errors{};
  std::int64_t step_ns = 0, last_ns = 0;                // the last row whose target was known
  std::map<std::int64_t, std::vector<double>> given{};  // loads after it
  double imputed_share = 0;

  /// What a row holds: loads, then the target; NaN where unknown.
  struct Rows {
    std::vector<double> values{};
    std::size_t width = 0, imputed = 0, known = 0;
    std::span<const double> loads(std::size_t row) const {
      return std::span(values).subspan(row * width, width - 1);
    }
    double target(std::size_t row) const { return values[row * width + width - 1]; }
    bool has_loads(std::size_t row) const {
      const auto l = loads(row);
      return std::none_of(l.begin(), l.end(), [](double v) { return std::isnan(v); });
    }
  };
  Result<Rows> rows(const telemetry::Frame& data) const;
  void take(const telemetry::Frame& data, const Rows& rows);
  Result<std::string> measure(const telemetry::Frame& data, const Rows& rows, FitReport& report);
  Result<std::vector<double>> loads_at(std::int64_t first_ns, std::size_t steps,
                                       std::vector<bool>& were_given);
};

LoadRegression::LoadRegression(LoadRegressionOptions o, const Registry<Forecaster>& all)
    : impl_(std::make_unique<Impl>()) {
  detail::check(o);
  for (const std::string& load : o.loads)
    impl_->forecasters.push_back(
        build_nested(all, with_horizon(all, o.load_model, o.horizon), load, "load_model"));
  impl_->options = std::move(o);
}

LoadRegression::~LoadRegression() = default;
bool LoadRegression::fitted() const { return impl_->fitted; }

double LoadRegression::response(std::span<const double> loads) const {
  if (!fitted()) throw LogicError("load_regression: fit it before it answers");
  if (loads.size() != impl_->options.loads.size())
    throw LogicError("load_regression: one number for each load is needed");
  return impl_->response(loads);
}

Result<LoadRegression::Impl::Rows> LoadRegression::Impl::rows(const telemetry::Frame& data) const {
  Rows out;
  out.width = options.loads.size() + 1;
  out.values.assign(data.rows() * out.width, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t c = 0; c < out.width; ++c) {
    const auto column = data.require(c + 1 < out.width ? options.loads[c] : options.target);
    if (!column) return fail_within("load_regression", column.error());
    for (std::size_t r = 0; r < data.rows(); ++r) {
      if (!(*column)->known(r) || !std::isfinite((*column)->values[r])) continue;
      out.values[r * out.width + c] = (*column)->values[r];
      ++out.known;
      if ((*column)->flag(r) == telemetry::CellFlag::imputed) ++out.imputed;
    }
  }
  return out;
}

// The last row with a target is where forecasts start; loads after it are given.
void LoadRegression::Impl::take(const telemetry::Frame& data, const Rows& rows) {
  for (std::size_t r = 0; r < data.rows(); ++r) {
    const std::int64_t time = data.times_ns()[r];
    if (!std::isnan(rows.target(r)) && time > last_ns) last_ns = time;
    if (rows.has_loads(r) && time > last_ns) {
      const auto l = rows.loads(r);
      given[time].assign(l.begin(), l.end());
    }
  }
  given.erase(given.begin(), given.upper_bound(last_ns));
}

Result<std::vector<double>> LoadRegression::Impl::loads_at(std::int64_t first_ns, std::size_t steps,
                                                           std::vector<bool>& were_given) {
  const std::size_t n = options.loads.size();
  std::vector<double> out(steps * n);
  were_given.assign(steps, false);
  std::size_t missing = 0;
  for (std::size_t s = 0; s < steps; ++s) {
    const auto found = given.find(first_ns + static_cast<std::int64_t>(s) * step_ns);
    were_given[s] = found != given.end();
    if (found == given.end())
      ++missing;
    else
      std::copy(found->second.begin(), found->second.end(),
                out.begin() + static_cast<std::ptrdiff_t>(s * n));
  }
  for (std::size_t l = 0; missing > 0 && l < n; ++l) {
    // The loads may be known further than the target: ask for what is left after them.
    auto one = forecasters[l]->forecast(1);
    if (!one) return tl::unexpected(one.error());
    const std::int64_t from = one->times_ns[0];
    const std::int64_t last = first_ns + static_cast<std::int64_t>(steps - 1) * step_ns;
    if (last < from) return fail(Errc::unknown_data, "loads between known ones are missing");
    auto f = forecasters[l]->forecast(static_cast<std::size_t>((last - from) / step_ns) + 1);
    if (!f) return tl::unexpected(f.error());
    for (std::size_t s = 0; s < steps; ++s) {
      if (were_given[s]) continue;
      const std::int64_t time = first_ns + static_cast<std::int64_t>(s) * step_ns;
      if (time < from || (time - from) % step_ns != 0)
        return fail(Errc::unknown_data, "no load is known or forecast for every step");
      out[s * n + l] = f->mean[static_cast<std::size_t>((time - from) / step_ns)];
    }
  }
  return out;
}

// Learns on the first rows and rolls through the last ones, with loads forecast and with them
// known.
Result<std::string> LoadRegression::Impl::measure(const telemetry::Frame& data, const Rows& rows,
                                                  FitReport& report) {
  std::vector<double> loads, targets;
  std::vector<std::size_t> known;
  for (std::size_t r = 0; r < data.rows(); ++r) {
    if (!rows.has_loads(r) || std::isnan(rows.target(r))) continue;
    known.push_back(r);
    loads.insert(loads.end(), rows.loads(r).begin(), rows.loads(r).end());
    targets.push_back(rows.target(r));
  }
  const std::size_t n = options.loads.size();
  auto whole = detail::LoadResponse::fit(loads, targets, options);
  if (!whole) return tl::unexpected(whole.error());
  response = std::move(*whole);
  report.rows = known.size();
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const double e = targets[i] - response(std::span(loads).subspan(i * n, n));
    report.train_loss += e * e / static_cast<double>(targets.size());
  }
  const auto share =
      static_cast<std::size_t>(options.validation_share * static_cast<double>(known.size()));
  const std::size_t kept = known.size() - std::max<std::size_t>(share, 2);
  auto first = detail::LoadResponse::fit(std::span(loads).first(kept * n),
                                         std::span(targets).first(kept), options);
  const bool held_out = first.has_value();
  const detail::LoadResponse& trial = held_out ? *first : response;
  std::vector<std::vector<double>> with_given(1);
  report.validation_loss = 0;
  for (std::size_t i = kept; i < known.size(); ++i) {
    const double e = targets[i] - trial(std::span(loads).subspan(i * n, n));
    with_given[0].push_back(e);
    report.validation_loss += e * e / static_cast<double>(known.size() - kept);
  }
  const std::vector<double> fallback = with_given[0];
  given_errors = detail::ErrorGrid(std::move(with_given));
  std::string note =
      held_out ? "" : "; too short to hold rows back: its errors are those of the fit";

  const std::size_t cut = known[kept],
                    step = std::max<std::size_t>(1, (data.rows() - cut) / most_origins);
  std::vector<std::vector<double>> by_step(options.horizon);
  bool forecasts = true;
  for (auto& f : forecasters) forecasts = forecasts && f->fit(data.slice(0, cut)).has_value();
  for (std::size_t origin = cut; forecasts && origin < data.rows(); ++origin) {
    const std::size_t steps = std::min(options.horizon, data.rows() - origin);
    if ((origin - cut) % step == 0) {
      given.clear();
      std::vector<bool> unused;
      const auto ahead = loads_at(data.times_ns()[origin - 1] + step_ns, steps, unused);
      for (std::size_t s = 0; ahead && s < steps; ++s) {
        const bool there = data.times_ns()[origin + s] ==
                           data.times_ns()[origin - 1] + static_cast<std::int64_t>(s + 1) * step_ns;
        const double e = rows.target(origin + s) - trial(std::span(*ahead).subspan(s * n, n));
        if (there && !std::isnan(e)) by_step[s].push_back(e);
      }
    }
    for (auto& f : forecasters) forecasts = forecasts && f->update(data.slice(origin, 1));
  }
  if (!forecasts || by_step[0].empty()) {
    note +=
        "; the loads could not be forecast on the held-out rows: the errors are those at known "
        "loads";
    by_step.assign(1, fallback);
  }
  for (std::size_t s = 1; s < by_step.size(); ++s) {
    if (by_step[s].size() < 2) by_step[s] = by_step[s - 1];
  }
  errors = detail::ErrorGrid(std::move(by_step));
  return note;
}

Result<FitReport> LoadRegression::fit(const telemetry::Frame& data) {
  // A failure leaves the model as it was: the forecasters are put back from what they were.
  const bool before = impl_->fitted;
  const ModelState saved = before ? save() : ModelState{};
  Impl& s = *impl_;
  FitReport report;
  const auto run = [&]() -> Result<void> {
    auto rows = s.rows(data);
    if (!rows) return tl::unexpected(rows.error());
    s.step_ns = data.step().count();
    if (s.step_ns <= 0)
      return fail(Errc::not_enough_data, "fewer than two rows, so that no step is known");
    auto note = s.measure(data, *rows, report);
    if (!note) return tl::unexpected(note.error());
    for (std::size_t l = 0; l < s.forecasters.size(); ++l) {
      if (auto fit = s.forecasters[l]->fit(data); !fit)
        return fail_within("load '" + s.options.loads[l] + "'", fit.error());
    }
    s.given.clear();
    s.last_ns = std::numeric_limits<std::int64_t>::min();
    s.take(data, *rows);
    s.imputed_share = rows->known == 0
                          ? 0
                          : static_cast<double>(rows->imputed) / static_cast<double>(rows->known);
    report.note = std::string(s.forecasters.front()->kind()) + " forecasts the loads" + *note;
    return {};
  };
  const auto done = run();
  if (!done) {
    if (before) (void)load(saved);
    return fail_within(kind(), done.error());
  }
  s.fitted = true;
  return report;
}

Result<void> LoadRegression::update(const telemetry::Frame& data) {
  if (!fitted()) throw LogicError("load_regression: fit it before it is updated");
  const auto rows = impl_->rows(data);
  if (!rows) return tl::unexpected(rows.error());
  for (auto& f : impl_->forecasters) {
    if (auto ok = f->update(data); !ok) return fail_within(kind(), ok.error());
  }
  impl_->take(data, *rows);
  return {};
}

Result<Forecast> LoadRegression::forecast(std::size_t horizon, std::span<const double> levels) {
  Impl& s = *impl_;
  if (!s.fitted) throw LogicError("load_regression: fit it before it forecasts");
  if (auto ok = detail::check_question(kind(), horizon, levels); !ok)
    return tl::unexpected(ok.error());
  std::vector<bool> were_given;
  const auto loads = s.loads_at(s.last_ns + s.step_ns, horizon, were_given);
  if (!loads) return fail_within(kind(), loads.error());
  Forecast out;
  out.target = s.options.target;
  out.model = std::string(kind());
  out.levels.assign(levels.begin(), levels.end());
  out.imputed_share = s.imputed_share;
  const std::size_t n = s.options.loads.size();
  for (std::size_t step = 0; step < horizon; ++step) {
    out.times_ns.push_back(s.last_ns + static_cast<std::int64_t>(step + 1) * s.step_ns);
    out.mean.push_back(s.response(std::span(*loads).subspan(step * n, n)));
    for (const double level : levels) {
      const double e =
          were_given[step] ? s.given_errors.quantile(0, level) : s.errors.quantile(step, level);
      const double q = out.mean[step] + e;
      out.quantiles.push_back(s.options.non_negative ? std::max(q, 0.0) : q);
    }
  }
  return out;
}

ModelState LoadRegression::save() const {
  const Impl& s = *impl_;
  if (!s.fitted) throw LogicError("load_regression: fit it before it is saved");
  ModelState out;
  Value forecasters = Value::array(), times = Value::array();
  std::vector<double> given;
  for (const auto& [time, loads] : s.given) {
    times.push(time);
    given.insert(given.end(), loads.begin(), loads.end());
  }
  for (std::size_t l = 0; l < s.forecasters.size(); ++l) {
    ModelState nested = s.forecasters[l]->save();
    forecasters.push(std::move(nested.attributes));
    for (auto& [name, tensor] : nested.tensors)
      out.tensors["load" + std::to_string(l) + "." + name] = std::move(tensor);
  }
  out.attributes.set("options", detail::to_value(s.options))
      .set("step_ns", s.step_ns)
      .set("last_ns", s.last_ns)
      .set("given_ns", times)
      .set("imputed_share", s.imputed_share)
      .set("forecasters", forecasters);
  for (auto& [name, tensor] : s.response.save()) out.tensors["learned." + name] = tensor;
  constexpr std::size_t width = detail::ErrorGrid::width;
  out.tensors["errors"] = {{s.errors.steps(), width}, s.errors.values()};
  out.tensors["given_errors"] = {{s.given_errors.steps(), width}, s.given_errors.values()};
  out.tensors["given"] = {{s.given.size(), s.options.loads.size()}, given};
  return out;
}

Result<void> LoadRegression::load(const ModelState& state) try {
  Impl& s = *impl_;
  if (!(member(state.attributes, "options") == detail::to_value(s.options)))
    return fail(Errc::malformed,
                "load_regression: the saved model was made with other options than this one");
  const auto tensor = [&state](const char* name) -> const std::vector<double>& {
    const auto found = state.tensors.find(name);
    if (found == state.tensors.end())
      throw FormatError(std::string("the tensor '") + name + "' is absent");
    return found->second.values;
  };
  Tensors learned;
  for (const auto& [name, t] : state.tensors) {
    if (!std::all_of(t.values.begin(), t.values.end(), [](double v) { return std::isfinite(v); }) &&
        !name.starts_with("load"))
      throw FormatError("the tensor '" + name + "' is not finite");
    if (name.starts_with("learned.")) learned[name.substr(8)] = t;
  }
  auto response = detail::LoadResponse::from(learned, s.options);
  auto errors = detail::ErrorGrid::from(tensor("errors"));
  auto given_errors = detail::ErrorGrid::from(tensor("given_errors"));
  const std::int64_t step = member(state.attributes, "step_ns").as_int();
  const std::int64_t last = member(state.attributes, "last_ns").as_int();
  if (step <= 0) throw FormatError("'step_ns' is not above zero");
  const auto& times = member(state.attributes, "given_ns").as_array();
  const auto& given = tensor("given");
  const std::size_t n = s.options.loads.size();
  if (given.size() != times.size() * n) throw FormatError("the given loads do not fit their times");
  const double imputed = member(state.attributes, "imputed_share").as_double();
  const auto& nested = member(state.attributes, "forecasters").as_array();
  if (nested.size() != n) throw FormatError("'forecasters' does not hold one for each load");
  // What may still fail comes last, and is put back.
  std::vector<ModelState> before;
  for (std::size_t l = 0; l < n; ++l) {
    ModelState own;
    own.attributes = nested[l];
    const std::string prefix = "load" + std::to_string(l) + ".";
    for (const auto& [name, t] : state.tensors) {
      if (name.starts_with(prefix)) own.tensors[name.substr(prefix.size())] = t;
    }
    if (s.forecasters[l]->fitted()) before.push_back(s.forecasters[l]->save());
    if (auto ok = s.forecasters[l]->load(own); !ok) {
      for (std::size_t b = 0; b < before.size() && b < l; ++b)
        (void)s.forecasters[b]->load(before[b]);
      return fail(Errc::malformed, "load_regression: " + ok.error().message);
    }
  }
  s.response = std::move(response);
  s.errors = std::move(errors);
  s.given_errors = std::move(given_errors);
  s.step_ns = step;
  s.last_ns = last;
  s.imputed_share = imputed;
  s.given.clear();
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto at = given.begin() + static_cast<std::ptrdiff_t>(i * n);
    s.given[times[i].as_int()].assign(at, at + static_cast<std::ptrdiff_t>(n));
  }
  s.fitted = true;
  return {};
} catch (const Error& error) {
  return fail(Errc::malformed, "load_regression: " + error.failure().message);
}

}  // namespace learningplane::model
