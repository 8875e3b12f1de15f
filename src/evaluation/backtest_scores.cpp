#include "evaluation/backtest_scores.hpp"

#include <algorithm>

#include "learningplane/evaluation/accuracy.hpp"

namespace learningplane::evaluation::detail {

namespace {

using Numbers = std::vector<double>;

/// The columns of steps 1 to h, or of step h alone, of all origins, in order.
class Steps {
 public:
  Steps(const Backtest& result, std::size_t horizon) : r_(result), horizon_(horizon) {}

  template <class Of>
  Numbers upto(std::size_t h, Of&& value) const {
    Numbers out;
    for (std::size_t row = 0; row < r_.forecasts.rows(); ++row) {
      if (row % horizon_ < h) out.push_back(value(row));
    }
    return out;
  }
  Numbers mean(std::size_t h) const {
    return upto(h, [this](std::size_t row) { return r_.forecasts.mean[row]; });
  }
  Numbers truth(std::size_t h) const {
    return upto(h, [this](std::size_t row) { return r_.forecasts.truth[row]; });
  }
  Numbers level(std::size_t h, std::size_t l) const {
    return upto(h, [this, l](std::size_t row) {
      return r_.forecasts.quantiles[row * r_.levels.size() + l];
    });
  }
  Numbers plan(std::size_t h, Plan plan) const {
    return r_.levels.empty() || plan == Plan::mean ? mean(h) : level(h, r_.levels.size() - 1);
  }

 private:
  const Backtest& r_;
  std::size_t horizon_;
};

/// Known cells of the target, NaN elsewhere.
Numbers known_values(const telemetry::Column& column) {
  Numbers out(column.values.begin(), column.values.end());
  for (std::size_t row = 0; row < out.size(); ++row) {
    if (!column.known(row)) out[row] = unknown;
  }
  return out;
}

/// With an origin at every row: the series of plans made h steps before.
ProvisioningScore of_series(const Numbers& values, const Backtest& r, const Numbers& plan,
                            std::size_t h, const SpikeOptions& o) {
  const std::size_t first = r.origins.front() + h - 1;  // row of the first target
  const std::size_t lag = std::min(o.before, first);
  Numbers truth(values.begin() + static_cast<std::ptrdiff_t>(first - lag),
                values.begin() + static_cast<std::ptrdiff_t>(first + r.origins.size()));
  Numbers forecast(lag, unknown);
  for (std::size_t i = 0; i < r.origins.size(); ++i) forecast.push_back(plan[i * h + h - 1]);
  return provisioning(forecast, truth, lag, o);
}

/// Else: every path by itself, counts added up.
ProvisioningScore of_paths(const Numbers& values, const Backtest& r, const Numbers& plan,
                           const Numbers& truth, std::size_t h, const SpikeOptions& o) {
  const TraceScale scale = trace_scale(values);
  ProvisioningScore out;
  double over = 0, under = 0, total = 0;
  for (std::size_t i = 0; i < r.origins.size(); ++i) {
    const std::size_t lag = std::min(o.before, r.origins[i]);
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(r.origins[i] - lag);
    Numbers v(begin, begin + static_cast<std::ptrdiff_t>(lag)), p(lag, unknown);
    const auto part = [&](const Numbers& from) { return std::span(from).subspan(i * h, h); };
    v.insert(v.end(), part(truth).begin(), part(truth).end());
    p.insert(p.end(), part(plan).begin(), part(plan).end());
    out.spikes += score_spikes(p, v, lag, scale, o);
    out.n += each_pair(part(plan), part(truth), [&](double forecast, double y) {
      over += std::max(forecast - y, 0.0);
      under += std::max(y - forecast, 0.0);
      total += y + scale.shift;
    });
  }
  out.passed_over = truth.size() - out.n;
  out.over = total > 0 ? over / total : unknown;
  out.under = total > 0 ? under / total : unknown;
  return out;
}

HorizonScore score_horizon(const Numbers& values, const Backtest& r, const Steps& steps,
                           std::size_t h, const BacktestOptions& o) {
  const Numbers mean = steps.mean(h), truth = steps.truth(h), plan = steps.plan(h, o.plan);
  HorizonScore out{.horizon = h};
  out.n = known_pairs(mean, truth);
  out.passed_over = truth.size() - out.n;
  out.mae = mae(mean, truth);
  out.mse = mse(mean, truth);
  out.rmse = rmse(mean, truth);
  out.bias = bias(mean, truth);
  out.mape = mape(mean, truth);
  out.smape = smape(mean, truth);
  out.mase = mase(mean, truth, r.scale);
  out.r2 = r2(mean, truth);
  for (std::size_t l = 0; l < r.levels.size(); ++l) {
    const Numbers quantile = steps.level(h, l);
    out.pinball.push_back(pinball(quantile, truth, r.levels[l]));
    out.coverage.push_back(coverage(quantile, truth));
  }
  const bool interval = r.levels.size() > 1;
  const Numbers none(truth.size(), unknown);
  const Numbers low = interval ? steps.level(h, 0) : none;
  const Numbers high = interval ? steps.level(h, r.levels.size() - 1) : none;
  out.interval_coverage = coverage(low, high, truth);
  out.interval_width = interval_width(low, high);
  out.plan = provision(plan, truth, o.costs);
  out.capacity = window_capacity(plan, truth, h);
  out.provisioning = o.every == 1 ? of_series(values, r, plan, h, o.spikes)
                                  : of_paths(values, r, plan, truth, h, o.spikes);
  return out;
}

std::vector<std::size_t> scored_horizons(const BacktestOptions& o) {
  std::vector<std::size_t> out = o.horizons;
  if (out.empty()) {
    for (const std::size_t h : {std::size_t{1}, std::size_t{12}, std::size_t{36}, o.horizon}) {
      if (h <= o.horizon) out.push_back(h);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// Rows of a day where the training part holds more than two of them.
std::size_t season_of(const telemetry::Frame& frame, std::size_t training,
                      const BacktestOptions& o) {
  if (o.season > 0) return o.season;
  const std::int64_t step = frame.step().count();
  const std::int64_t day = Duration(std::chrono::hours(24)).count();
  if (step <= 0 || day % step != 0) return 1;
  const auto rows = static_cast<std::size_t>(day / step);
  return training > 2 * rows ? rows : 1;
}

}  // namespace

Result<void> score_backtest(const telemetry::Column& column, const telemetry::Frame& frame,
                            const BacktestOptions& o, Backtest& out) {
  const BacktestForecasts& f = out.forecasts;
  for (std::size_t row = 0; row < f.rows(); row += o.horizon) {
    if (!std::isfinite(f.mean[row])) ++out.failed;
  }
  if (out.failed == out.origins.size())
    return fail(Errc::unknown_data,
                "backtest: the latest observations are unknown at each of the " +
                    std::to_string(out.failed) + " origins");
  const Numbers values = known_values(column);
  const std::size_t training = out.origins.front();
  out.scale = seasonal_scale(std::span(values).first(training), season_of(frame, training, o));
  const Steps steps(out, o.horizon);
  for (const std::size_t h : scored_horizons(o))
    out.horizons.push_back(score_horizon(values, out, steps, h, o));
  for (std::size_t s = 0; s < o.horizon; ++s) {
    Numbers mean, truth;
    for (std::size_t row = s; row < f.rows(); row += o.horizon) {
      mean.push_back(f.mean[row]);
      truth.push_back(f.truth[row]);
    }
    out.mae_by_step.push_back(mae(mean, truth));
  }
  return {};
}

}  // namespace learningplane::evaluation::detail
