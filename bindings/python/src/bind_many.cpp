#include <limits>

#include "builtins.hpp"
#include "convert.hpp"
#include "learningplane/selection/backtest_many.hpp"
#include "learningplane/selection/forecast_many.hpp"
#include "module.hpp"

namespace learningplane::python {

using model::Forecaster;
using selection::ManyOptions;
using selection::ManySeries;
using selection::ManySummary;

namespace {

using Offsets = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

/// Series one after another in two long arrays, on the arrays' own memory where it is contiguous.
class LongArrays {
 public:
  LongArrays(const Offsets& offsets, const py::array& times, const py::array& values,
             std::int64_t step_ns)
      : offsets_(offsets.data(), offsets.data() + offsets.size()),
        times_(to_buffer<std::int64_t>(times)),
        values_(to_buffer<double>(values)),
        step_ns_(step_ns) {
    const auto rows = static_cast<std::int64_t>(values_.size());
    bool good = !offsets_.empty() && offsets_.front() == 0 && offsets_.back() == rows &&
                times_.size() == values_.size();
    for (std::size_t i = 1; i < offsets_.size(); ++i) good = good && offsets_[i - 1] <= offsets_[i];
    if (!good) throw ConfigError("offsets must run from 0 to the number of rows, times as values");
  }
  std::size_t count() const { return offsets_.size() - 1; }
  selection::ManySource source() const {
    return [this, next = std::size_t{0}]() mutable -> std::optional<ManySeries> {
      if (next == count()) return std::nullopt;
      const auto first = static_cast<std::size_t>(offsets_[next]);
      const std::size_t rows = static_cast<std::size_t>(offsets_[next + 1]) - first;
      ++next;
      return ManySeries{.id = {},
                        .values = values_.slice(first, rows),
                        .times_ns = times_.slice(first, rows),
                        .start_ns = 0,
                        .step_ns = step_ns_};
    };
  }

 private:
  std::vector<std::int64_t> offsets_;
  telemetry::Buffer<std::int64_t> times_;
  telemetry::Buffer<double> values_;
  std::int64_t step_ns_;
};

/// Lets Python see signals and tells how far the run is, at most a few hundred times.
class Reporter {
 public:
  Reporter(py::object call, std::size_t all) : call_(std::move(call)), apart_(all / 200 + 1) {}
  selection::ManyProgress progress() {
    return [this](const ManySummary& now) {
      const bool waiting = now.series == seen_;
      seen_ = now.series;
      if (!waiting && now.series < told_ + apart_) return true;
      told_ = now.series;
      const py::gil_scoped_acquire gil;
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!call_.is_none()) call_(now.series, now.failed);
      return true;
    };
  }

 private:
  py::object call_;
  std::size_t apart_;
  std::size_t seen_ = 0;
  std::size_t told_ = 0;
};

/// A vector as an array, on the vector's memory.
template <class T>
py::array_t<T> owned(std::vector<T> values, std::vector<py::ssize_t> shape) {
  auto kept = std::make_unique<std::vector<T>>(std::move(values));
  T* data = kept->data();
  py::capsule base(kept.release(), [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return py::array_t<T>(std::move(shape), data, base);
}

ManyOptions options_of(const Value& v) {
  ManyOptions o;
  const auto count = [&v](const char* key, std::int64_t fallback, std::int64_t least) {
    const std::int64_t n = v.get(key, fallback);
    if (n < least)
      throw ConfigError("", key, std::to_string(n), std::to_string(least) + " or more");
    return static_cast<std::size_t>(n);
  };
  o.kind = v.get("kind", "auto");
  if (const Value* model = v.find("model")) o.model = *model;
  o.fallback = v.get("fallback", "");
  o.horizon = count("horizon", 36, 1);
  o.threads = count("threads", 1, 0);
  if (const Value* levels = v.find("levels"))
    for (const Value& level : levels->as_array()) o.levels.push_back(level.as_double());
  return o;
}

/// What went wrong and what was noted, by the number of the series.
struct Remarks {
  std::vector<std::tuple<std::size_t, std::string, std::string>> failed{};  // code, message
  std::vector<std::pair<std::size_t, std::string>> noted{};

  void fail(std::size_t index, const Failure& f) {
    failed.emplace_back(index, std::string(to_string(f.code)),
                        f.path.empty() ? f.message : f.path + ": " + f.message);
  }
  void note(std::size_t index, std::string text) {
    if (!text.empty()) noted.emplace_back(index, std::move(text));
  }
  void into(py::dict& out) const {
    out["failures"] = py::cast(failed);
    out["notes"] = py::cast(noted);
  }
};

/// Collects forecasts as columns.
struct Collected {
  std::size_t horizon;
  std::size_t levels;
  std::vector<std::int64_t> index{}, times{};
  std::vector<double> mean{}, quantiles{}, imputed{};
  Remarks remarks{};

  void expect(std::size_t series) {
    index.reserve(series);
    imputed.reserve(series);
    times.reserve(series * horizon);
    mean.reserve(series * horizon);
    quantiles.reserve(series * horizon * levels);
  }
  void take(selection::ManyForecast&& f) {
    remarks.note(f.index, std::move(f.note));
    if (!f.forecast) return remarks.fail(f.index, f.forecast.error());
    index.push_back(static_cast<std::int64_t>(f.index));
    imputed.push_back(f.forecast->imputed_share);
    times.insert(times.end(), f.forecast->times_ns.begin(), f.forecast->times_ns.end());
    mean.insert(mean.end(), f.forecast->mean.begin(), f.forecast->mean.end());
    quantiles.insert(quantiles.end(), f.forecast->quantiles.begin(), f.forecast->quantiles.end());
  }
  py::dict to_python() && {
    const auto n = static_cast<py::ssize_t>(index.size()), h = static_cast<py::ssize_t>(horizon);
    py::dict out;
    out["index"] = owned(std::move(index), {n});
    out["imputed"] = owned(std::move(imputed), {n});
    out["times_ns"] = owned(std::move(times), {n, h});
    out["mean"] = owned(std::move(mean), {n, h});
    out["quantiles"] = owned(std::move(quantiles), {n, h, static_cast<py::ssize_t>(levels)});
    remarks.into(out);
    return out;
  }
};

py::dict forecast_many(const Offsets& offsets, const py::array& times, const py::array& values,
                       const Value& settings, py::object progress) {
  const LongArrays data(offsets, times, values, settings.get("step_ns", std::int64_t{0}));
  const ManyOptions o = options_of(settings);
  Reporter reporter(std::move(progress), data.count());
  Collected out{o.horizon, o.levels.size()};
  unlocked([&] {
    out.expect(data.count());
    value_or_throw(selection::forecast_many(
        data.source(), o, builtins().forecasters,
        [&out](selection::ManyForecast&& f) { out.take(std::move(f)); }, reporter.progress()));
  });
  return std::move(out).to_python();
}

py::dict fit_many(const Offsets& offsets, const py::array& times, const py::array& values,
                  const Value& settings, py::object progress) {
  const LongArrays data(offsets, times, values, settings.get("step_ns", std::int64_t{0}));
  const ManyOptions o = options_of(settings);
  Reporter reporter(std::move(progress), data.count());
  std::vector<std::int64_t> index;
  std::vector<std::shared_ptr<Forecaster>> models;
  Remarks remarks;
  unlocked([&] {
    value_or_throw(selection::fit_many(
        data.source(), o, builtins().forecasters,
        [&](selection::ManyFit&& f) {
          remarks.note(f.index, std::move(f.note));
          if (!f.model) return remarks.fail(f.index, f.model.error());
          index.push_back(static_cast<std::int64_t>(f.index));
          models.push_back(std::move(*f.model));
        },
        reporter.progress()));
  });
  py::dict out;
  const auto n = static_cast<py::ssize_t>(index.size());
  out["index"] = owned(std::move(index), {n});
  out["models"] = py::cast(models);
  remarks.into(out);
  return out;
}

py::dict predict_many(const std::vector<std::shared_ptr<Forecaster>>& models, const Value& settings,
                      py::object progress) {
  const ManyOptions o = options_of(settings);
  std::vector<Forecaster*> plain;
  for (const auto& m : models) plain.push_back(m.get());
  Reporter reporter(std::move(progress), models.size());
  Collected out{o.horizon, o.levels.size()};
  unlocked([&] {
    out.expect(models.size());
    value_or_throw(selection::predict_many(
        plain, o.horizon, o.levels, o.threads,
        [&out](selection::ManyForecast&& f) { out.take(std::move(f)); }, reporter.progress()));
  });
  return std::move(out).to_python();
}

evaluation::BacktestOptions backtest_options(const Value& v) {
  evaluation::BacktestOptions o;
  const auto count = [&v](const char* key, std::size_t fallback) {
    const std::int64_t n = v.get(key, static_cast<std::int64_t>(fallback));
    if (n < 0) throw ConfigError("", key, std::to_string(n), "0 or more");
    return static_cast<std::size_t>(n);
  };
  o.origins = count("origins", o.origins);
  o.every = count("every", o.every);
  o.season = count("season", o.season);
  o.share = v.get("share", o.share);
  const std::string refit = v.get("refit", "origin");
  if (refit == "never") {
    o.refit = evaluation::Refit::never;
  } else if (refit != "origin") {
    const auto every = parse_duration(refit);
    if (!every || every->count() <= 0)
      throw ConfigError("", "refit", refit, "never, origin, or a duration such as 1d");
    o.refit = evaluation::Refit::every_duration;
    o.refit_every = *every;
  }
  return o;
}

/// One row a series, as columns by name.
struct Scores {
  std::vector<std::int64_t> index{}, n{}, passed_over{}, origins{}, fits{}, failed_origins{};
  std::vector<double> mae{}, rmse{}, bias{}, mape{}, smape{}, mase{}, pinball{}, coverage{},
      width{};
  Remarks remarks{};

  void take(selection::ManyScore&& row) {
    remarks.note(row.index, std::move(row.note));
    if (!row.score) return remarks.fail(row.index, row.score.error());
    const evaluation::HorizonScore& s = *row.score;
    const auto whole = [](std::vector<std::int64_t>& to, std::size_t value) {
      to.push_back(static_cast<std::int64_t>(value));
    };
    whole(index, row.index);
    whole(n, s.n);
    whole(passed_over, s.passed_over);
    whole(origins, row.origins);
    whole(fits, row.fits);
    whole(failed_origins, row.failed_origins);
    mae.push_back(s.mae);
    rmse.push_back(s.rmse);
    bias.push_back(s.bias);
    mape.push_back(s.mape);
    smape.push_back(s.smape);
    mase.push_back(s.mase);
    double sum = 0;
    for (const double p : s.pinball) sum += p;
    pinball.push_back(s.pinball.empty() ? std::numeric_limits<double>::quiet_NaN()
                                        : sum / static_cast<double>(s.pinball.size()));
    coverage.push_back(s.interval_coverage);
    width.push_back(s.interval_width);
  }
  py::dict to_python() && {
    const auto rows = static_cast<py::ssize_t>(index.size());
    py::dict out;
    const auto put = [&out, rows](const char* name, auto& column) {
      out[name] = owned(std::move(column), {rows});
    };
    put("index", index);
    put("n", n);
    put("passed_over", passed_over);
    put("origins", origins);
    put("fits", fits);
    put("failed_origins", failed_origins);
    put("mae", mae);
    put("rmse", rmse);
    put("bias", bias);
    put("mape", mape);
    put("smape", smape);
    put("mase", mase);
    put("pinball", pinball);
    put("interval_coverage", coverage);
    put("interval_width", width);
    remarks.into(out);
    return out;
  }
};

py::dict backtest_many(const Offsets& offsets, const py::array& times, const py::array& values,
                       const Value& settings, py::object progress) {
  const LongArrays data(offsets, times, values, settings.get("step_ns", std::int64_t{0}));
  const ManyOptions o = options_of(settings);
  const evaluation::BacktestOptions b = backtest_options(settings);
  Reporter reporter(std::move(progress), data.count());
  Scores out;
  unlocked([&] {
    value_or_throw(selection::backtest_many(
        data.source(), o, b, builtins().forecasters,
        [&out](selection::ManyScore&& row) { out.take(std::move(row)); }, reporter.progress()));
  });
  return std::move(out).to_python();
}

}  // namespace

void bind_many(py::module_& m) {
  const auto with_data = [&m](const char* name, auto function, const char* doc) {
    m.def(name, function, py::arg("offsets"), py::arg("times_ns"), py::arg("values"),
          py::arg("settings"), py::arg("progress") = py::none(), doc);
  };
  with_data("forecast_many", &forecast_many,
            "Series one after another in long arrays; see learningplane.forecast_many().");
  with_data("fit_many", &fit_many, "A fitted model for each series; see learningplane.fit_many().");
  with_data("backtest_many", &backtest_many,
            "A row of scores for each series; see learningplane.backtest_many().");
  m.def("predict_many", &predict_many, py::arg("models"), py::arg("settings"),
        py::arg("progress") = py::none(), "Forecasts of fitted models, each a different object.");
}

}  // namespace learningplane::python
