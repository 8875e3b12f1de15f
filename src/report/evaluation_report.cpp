#include "learningplane/report/evaluation_report.hpp"

#include <algorithm>

#include "report/page.hpp"

namespace learningplane::report {

namespace {

using evaluation::Backtest;

constexpr std::int64_t ms = 1'000'000;

/// The drawn origins: mean and outermost quantiles of each.
Value paths_value(const Backtest& r, std::size_t most) {
  const evaluation::BacktestForecasts& f = r.forecasts;
  const std::size_t horizon = r.mae_by_step.size(), count = r.origins.size();
  const std::size_t every = std::max<std::size_t>((count + most - 1) / most, 1);
  const std::size_t levels = r.levels.size();
  Value out = Value::array();
  for (std::size_t i = 0; i < count; i += every) {
    Value times = Value::array(), mean = Value::array(), low = Value::array(),
          high = Value::array();
    for (std::size_t row = i * horizon; row < (i + 1) * horizon; ++row) {
      times.push(f.times_ns[row] / ms);
      mean.push(f.mean[row]);
      if (levels < 2) continue;
      low.push(f.quantiles[row * levels]);
      high.push(f.quantiles[row * levels + levels - 1]);
    }
    out.push(Value::object()
                 .set("from", f.origin_ns[i * horizon] / ms)
                 .set("t", times)
                 .set("mean", mean)
                 .set("low", low)
                 .set("high", high));
  }
  return out;
}

/// The target from a little before the first origin on.
Value truth_value(const telemetry::Frame& frame, const std::string& target, const Backtest& r) {
  Value times = Value::array(), values = Value::array();
  const telemetry::Column* column = frame.find(target);
  if (column == nullptr) return Value::object().set("t", times).set("y", values);
  const std::size_t before = std::min(r.origins.front(), r.mae_by_step.size());
  for (std::size_t row = r.origins.front() - before; row < frame.rows(); ++row) {
    times.push(frame.times_ns()[row] / ms);
    values.push(column->known(row) ? Value(column->values[row]) : Value());
  }
  return Value::object().set("t", times).set("y", values);
}

}  // namespace

Value to_value(const EvaluationReport& report) {
  Value groups = Value::array();
  std::vector<std::string> seen;
  for (const Backtest& r : report.results) {
    if (std::find(seen.begin(), seen.end(), r.group) != seen.end()) continue;
    seen.push_back(r.group);
    const auto frame = report.truth.find(r.group);
    groups.push(Value::object()
                    .set("name", r.group)
                    .set("truth", truth_value(frame == report.truth.end() ? telemetry::Frame()
                                                                          : frame->second,
                                              report.target, r)));
  }
  Value results = Value::array();
  for (const Backtest& r : report.results)
    results.push(evaluation::to_value(r).set("paths", paths_value(r, report.paths)));
  return Value::object()
      .set("target", report.target)
      .set("source", report.source)
      .set("groups", groups)
      .set("results", results);
}

std::string to_html(const EvaluationReport& report) {
  return fill_page(evaluation_page_template(), to_value(report));
}

}  // namespace learningplane::report
