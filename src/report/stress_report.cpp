#include "learningplane/report/stress_report.hpp"

#include <algorithm>

#include "report/drawn_series.hpp"
#include "report/page.hpp"

namespace learningplane::report {

namespace {

using stress::Empirical;

constexpr std::size_t most_steps = 200;  ///< of a cumulative curve

/// [value, share at or below it] of what was seen, each of few values, quantiles of many.
Value cumulative(const Empirical& e) {
  Value out = Value::array();
  const auto put = [&](double v, double share) {
    out.push(Value(Value::Array{drawn_number(v), drawn_number(share)}));
  };
  const std::size_t n = e.kept().size();
  if (n <= most_steps) {
    for (std::size_t i = 0; i < n; ++i)
      put(e.kept()[i], static_cast<double>(i + 1) / static_cast<double>(n));
    return out;
  }
  for (std::size_t i = 0; i <= most_steps; ++i) {
    const double p = static_cast<double>(i) / static_cast<double>(most_steps);
    put(e.quantile(p), p);
  }
  return out;
}

Value distribution(const Empirical& source, const Empirical& measured) {
  return Value::object()
      .set("source", cumulative(source))
      .set("measured", cumulative(measured))
      .set("source_count", source.count())
      .set("measured_count", measured.count())
      .set("source_median", drawn_number(source.quantile(0.5)))
      .set("measured_median", drawn_number(measured.quantile(0.5)));
}

}  // namespace

Value to_value(const StressReport& r) {
  const stress::LoadTotals& t = r.check.totals;
  const auto series = [&](const std::vector<double>& values) {
    return drawn_series(t.times_ns, [&](std::size_t i) { return values[i]; },
                        {.points = 2'000, .gap_ns = 3 * usual_step(t.times_ns)});
  };
  return Value::object()
      .set("recording", r.recording)
      .set("source", r.profile.source)
      .set("step_seconds", r.profile.step_s)
      .set("seed", static_cast<std::int64_t>(r.schedule.seed))
      .set("weighting", stress::to_string(r.schedule.weighting))
      .set("speed", r.schedule.speed)
      .set("cpu_scale", r.schedule.cpu_scale)
      .set("memory_scale", r.schedule.memory_scale)
      .set("length_seconds", r.schedule.length_s())
      .set("scheduled_jobs", r.schedule.jobs.size())
      .set("peak_cores", r.schedule.peak_cores())
      .set("peak_bytes", r.schedule.peak_bytes())
      .set("check", stress::to_value(r.check))
      .set("cpu", Value::object()
                      .set("planned", series(t.plan_cpu_cores))
                      .set("measured", series(t.cpu_cores)))
      .set("memory", Value::object()
                         .set("planned", series(t.plan_memory_bytes))
                         .set("measured", series(t.memory_bytes)))
      .set("jobs", series(t.jobs))
      .set("durations", distribution(r.profile.jobs.durations, r.check.times.durations))
      .set("arrivals", distribution(r.profile.jobs.interarrivals, r.check.times.interarrivals));
}

std::string to_html(const StressReport& report) {
  return fill_page(stress_page_template(), to_value(report));
}

}  // namespace learningplane::report
