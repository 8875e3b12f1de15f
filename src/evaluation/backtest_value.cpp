#include "learningplane/evaluation/backtest.hpp"

namespace learningplane::evaluation {

namespace {

template <class List>
Value list(const List& numbers) {
  Value out = Value::array();
  for (const auto x : numbers) out.push(x);
  return out;
}

Value capacity_value(const WindowCapacity& c) {
  return Value::object()
      .set("windows", c.windows)
      .set("under_pct", c.under_pct)
      .set("excess", c.excess);
}

Value horizon_value(const HorizonScore& s, double step_seconds) {
  return Value::object()
      .set("horizon", s.horizon)
      .set("n", s.n)
      .set("passed_over", s.passed_over)
      .set("mae", s.mae)
      .set("mse", s.mse)
      .set("rmse", s.rmse)
      .set("bias", s.bias)
      .set("mape", s.mape)
      .set("smape", s.smape)
      .set("mase", s.mase)
      .set("r2", s.r2)
      .set("pinball", list(s.pinball))
      .set("coverage", list(s.coverage))
      .set("interval_coverage", s.interval_coverage)
      .set("interval_width", s.interval_width)
      .set("plan",
           to_value(s.plan).set("violation_seconds",
                                s.plan.violation * static_cast<double>(s.plan.n) * step_seconds))
      .set("capacity", capacity_value(s.capacity))
      .set("provisioning", to_value(s.provisioning));
}

Value forecasts_value(const BacktestForecasts& f) {
  return Value::object()
      .set("origin", list(f.origin))
      .set("origin_ns", list(f.origin_ns))
      .set("step", list(f.step))
      .set("times_ns", list(f.times_ns))
      .set("mean", list(f.mean))
      .set("truth", list(f.truth))
      .set("quantiles", list(f.quantiles));
}

}  // namespace

Value to_value(const Backtest& r, BacktestParts parts) {
  Value horizons = Value::array();
  for (const HorizonScore& s : r.horizons) horizons.push(horizon_value(s, r.step_seconds));
  Value out = Value::object()
                  .set("model", r.name)
                  .set("group", r.group)
                  .set("levels", list(r.levels))
                  .set("origins", r.origins.size())
                  .set("failed", r.failed)
                  .set("fits", r.fits)
                  .set("scale", r.scale)
                  .set("horizons", horizons)
                  .set("mae_by_step", list(r.mae_by_step));
  if (parts == BacktestParts::all) out.set("forecasts", forecasts_value(r.forecasts));
  return out;
}

}  // namespace learningplane::evaluation
