#include "learningplane/evaluation/walk_forward.hpp"

#include <algorithm>

#include "learningplane/features/window.hpp"

namespace learningplane::evaluation {

Result<WalkForward> walk_forward(const telemetry::Frame& frame, const ModelMaker& make,
                                 const WalkForwardOptions& options) {
  if (options.refit_every.count() <= 0)
    return fail(Errc::invalid_argument, "walk-forward: refit_every must be above zero");
  features::WindowOptions cut{.inputs = options.inputs, .target = options.target};
  cut.lags = options.lags;
  if (std::find(cut.inputs.begin(), cut.inputs.end(), cut.target) == cut.inputs.end())
    cut.inputs.push_back(cut.target);
  const auto windows = features::make_windows(frame, cut);
  if (!windows) return tl::unexpected(windows.error());
  if (windows->size() == 0)
    return fail(Errc::not_enough_data, "walk-forward: no row has " + std::to_string(options.lags) +
                                           " known rows before it");
  const TimePoint start = from_ns(windows->times_ns.front());
  const TimePoint end = start + options.last;
  WalkForward out;
  std::unique_ptr<model::Forecaster> model;
  TimePoint fitted_until = start;
  std::size_t seen = 0;  // rows that the model has taken in
  for (std::size_t i = 0; i < windows->size(); ++i) {
    const TimePoint at = from_ns(windows->times_ns[i]);
    if (at < start + options.first || at >= end) continue;
    if (model == nullptr || at >= fitted_until + options.refit_every) {
      fitted_until = start + options.first +
                     (at - start - options.first) / options.refit_every * options.refit_every;
      model = make();
      seen = frame.lower_bound(fitted_until);
      if (auto report = model->fit(frame.slice(0, seen)); !report)
        return fail_within("fit at " + to_iso8601(fitted_until), report.error());
      ++out.refits;
    }
    if (const std::size_t row = windows->rows[i]; row > seen) {
      if (auto taken = model->update(frame.slice(seen, row - seen)); !taken)
        return fail_within("update at " + to_iso8601(at), taken.error());
      seen = row;
    }
    const auto forecast = model->forecast(1);
    if (!forecast) return fail_within("forecast at " + to_iso8601(at), forecast.error());
    out.times_ns.push_back(windows->times_ns[i]);
    out.forecast.push_back(forecast->mean.front());
    out.truth.push_back(windows->y[i]);
  }
  if (out.truth.empty())
    return fail(Errc::not_enough_data,
                "walk-forward: nothing to score after " + format_duration(options.first));
  out.score = score(out.forecast, out.truth);
  return out;
}

}  // namespace learningplane::evaluation
