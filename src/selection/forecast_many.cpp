#include "learningplane/selection/forecast_many.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/error_grid.hpp"
#include "selection/many_stream.hpp"
#include "selection/many_work.hpp"

namespace learningplane::selection {

namespace {

using Maker = std::function<std::unique_ptr<model::Forecaster>()>;
using Fitted = Result<std::unique_ptr<model::Forecaster>>;

/// Fits one series after another with the kind asked for, or with the fallback.
class Fitter {
 public:
  Fitter(const ManyOptions& o, const Registry<model::Forecaster>& all)
      : horizon_(o.horizon), make_(many_maker(o, all)) {
    if (o.fallback.empty()) return;
    ManyOptions other = o;
    other.kind = o.fallback;
    other.model = Value::object();
    fallback_ = many_maker(other, all);
  }

  Fitted fit(const ManySeries& series, std::string& note) const {
    return detail::guarded<std::unique_ptr<model::Forecaster>>([&]() -> Fitted {
      auto input = many_input(series, horizon_);
      if (!input) return tl::unexpected(input.error());
      note = input->note;
      Fitted fitted = learn(make_, input->frame, note);
      if (fitted || !fallback_ || fitted.error().code != Errc::not_enough_data) return fitted;
      std::string reason = fitted.error().message;
      fitted = learn(fallback_, input->frame, note);
      if (fitted)
        detail::add_note(note, "fell back on " + std::string((*fitted)->kind()) + ": " + reason);
      return fitted;
    });
  }

 private:
  static Fitted learn(const Maker& make, const telemetry::Frame& frame, std::string& note) {
    std::unique_ptr<model::Forecaster> model = make();
    auto report = model->fit(frame);
    if (!report) return tl::unexpected(report.error());
    detail::add_note(note, report->note);
    return model;
  }

  std::size_t horizon_;
  Maker make_;
  Maker fallback_{};
};

bool finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

Result<model::Forecast> ask(model::Forecaster& model, std::size_t horizon,
                            std::span<const double> levels) {
  return detail::guarded<model::Forecast>([&]() -> Result<model::Forecast> {
    auto out = model.forecast(horizon, levels);
    if (out && !(finite(out->mean) && finite(out->quantiles)))
      return fail(Errc::unknown_data, "the forecast is not finite");
    return out;
  });
}

}  // namespace

Result<ManySummary> forecast_many(const ManySource& source, const ManyOptions& o,
                                  const Registry<model::Forecaster>& all,
                                  const ManyForecastSink& sink, const ManyProgress& progress) {
  if (auto ok = model::detail::check_question("many", o.horizon, o.levels); !ok)
    return tl::unexpected(ok.error());
  const Fitter fitter(o, all);
  detail::ManyStream<ManySeries, ManyForecast> stream(
      o.threads, [&](std::size_t index, ManySeries& series) {
        ManyForecast out{index, std::move(series.id), {}, {}};
        Fitted fitted = fitter.fit(series, out.note);
        if (fitted)
          out.forecast = ask(**fitted, o.horizon, o.levels);
        else
          out.forecast = tl::unexpected(std::move(fitted.error()));
        return out;
      });
  return stream.run(
      source,
      [&sink](ManyForecast&& out) {
        const bool good = out.forecast.has_value();
        sink(std::move(out));
        return good;
      },
      progress);
}

Result<ManySummary> fit_many(const ManySource& source, const ManyOptions& o,
                             const Registry<model::Forecaster>& all, const ManyFitSink& sink,
                             const ManyProgress& progress) {
  if (o.horizon == 0) return fail(Errc::invalid_argument, "many: the horizon is 0; 1 or more");
  const Fitter fitter(o, all);
  detail::ManyStream<ManySeries, ManyFit> stream(o.threads,
                                                 [&](std::size_t index, ManySeries& series) {
                                                   ManyFit out{index, std::move(series.id), {}, {}};
                                                   out.model = fitter.fit(series, out.note);
                                                   return out;
                                                 });
  return stream.run(
      source,
      [&sink](ManyFit&& out) {
        const bool good = out.model.has_value();
        sink(std::move(out));
        return good;
      },
      progress);
}

Result<ManySummary> predict_many(const std::vector<model::Forecaster*>& models, std::size_t horizon,
                                 const std::vector<double>& levels, std::size_t threads,
                                 const ManyForecastSink& sink, const ManyProgress& progress) {
  if (auto ok = model::detail::check_question("many", horizon, levels); !ok)
    return tl::unexpected(ok.error());
  detail::ManyStream<model::Forecaster*, ManyForecast> stream(
      threads, [&](std::size_t index, model::Forecaster*& model) {
        return ManyForecast{index, {}, ask(*model, horizon, levels), {}};
      });
  return stream.run(
      [&models, next = std::size_t{0}]() mutable -> std::optional<model::Forecaster*> {
        if (next == models.size()) return std::nullopt;
        return models[next++];
      },
      [&sink](ManyForecast&& out) {
        const bool good = out.forecast.has_value();
        sink(std::move(out));
        return good;
      },
      progress);
}

}  // namespace learningplane::selection
