#include "learningplane/stress/stress_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learningplane/error.hpp"

namespace learningplane::stress {

namespace {

using telemetry::Column;
using telemetry::Frame;

/// The columns of one job.
struct Recorded {
  const StressJob* job = nullptr;
  Labels labels{};
  const Column *active = nullptr, *cpu = nullptr, *memory = nullptr, *plan_cpu = nullptr,
               *plan_memory = nullptr, *phase = nullptr;
};

Result<std::vector<Recorded>> columns_of(const StressSchedule& schedule, const Frame& frame) {
  std::vector<Recorded> out;
  for (const Column& c : frame.all()) {
    if (c.name != "active") continue;
    Recorded r{.labels = c.labels, .active = &c};
    const std::string name(c.labels.get("job").value_or(""));
    for (const StressJob& job : schedule.jobs)
      if (job.name == name) r.job = &job;
    if (r.job == nullptr)
      return fail(
          Errc::malformed,
          fmt::format("recording: the schedule has no job '{}': is it of another run?", name));
    for (const auto& [into, what] :
         {std::pair(&r.cpu, "cpu_cores"), std::pair(&r.memory, "memory_bytes"),
          std::pair(&r.plan_cpu, "plan_cpu_cores"), std::pair(&r.plan_memory, "plan_memory_bytes"),
          std::pair(&r.phase, "phase")}) {
      const auto found = frame.require(what, c.labels);
      if (!found) return fail_within("recording", found.error());
      *into = *found;
    }
    out.push_back(r);
  }
  if (out.empty())
    return fail(Errc::not_found,
                "recording: there is no column 'active' of a job; it is what "
                "`learningplane stress run` writes");
  return out;
}

PlanFit fit_of(const std::vector<double>& plan, const std::vector<double>& measured) {
  PlanFit out{.correlation = correlation(plan, measured)};
  const auto n = static_cast<double>(plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) {
    out.mean_plan += plan[i] / n;
    out.mean_error += (measured[i] - plan[i]) / n;
    out.mean_absolute_error += std::abs(measured[i] - plan[i]) / n;
  }
  return out;
}

/// Of all jobs together, at each reading.
Result<void> fit_totals(const Frame& frame, StressCheck& out) {
  auto totals = load_totals(frame);
  if (!totals) return tl::unexpected(totals.error());
  out.totals = std::move(*totals);
  out.readings = frame.rows();
  out.cpu = fit_of(out.totals.plan_cpu_cores, out.totals.cpu_cores);
  out.memory = fit_of(out.totals.plan_memory_bytes, out.totals.memory_bytes);
  return {};
}

/// Whole rows of a job at the source's step, in its units, with the phase that was planned.
struct Rows {
  profiling::PhaseSequence usage{};
  std::vector<std::int32_t> planned{};
};

Rows rows_of(const Recorded& r, const StressSchedule& s, std::size_t per_row, double step_s) {
  Rows out;
  out.usage.labels = r.labels;
  double cpu = 0, memory = 0;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < r.active->values.size(); ++i) {
    if (!r.active->known(i) || r.active->values[i] < 0.95) continue;
    cpu += r.cpu->values[i] / s.cpu_scale;
    memory += r.memory->values[i] / s.memory_scale;
    if (++taken < per_row) continue;
    out.usage.times_ns.push_back(
        static_cast<std::int64_t>(static_cast<double>(out.planned.size()) * step_s * 1e9));
    out.usage.rows.push_back(cpu / static_cast<double>(per_row));
    out.usage.rows.push_back(memory / static_cast<double>(per_row));
    out.planned.push_back(static_cast<std::int32_t>(r.phase->values[i]));
    cpu = memory = 0;
    taken = 0;
  }
  return out;
}

/// When the job ran, in the source's time.
std::pair<double, double> span_of(const Recorded& r, const Frame& frame, double speed) {
  const double step = static_cast<double>(frame.step().count()) * 1e-9;
  double from = NAN, to = NAN;
  for (std::size_t i = 0; i < frame.rows(); ++i) {
    if (!r.active->known(i)) continue;
    const double t = static_cast<double>(frame.times_ns()[i] - frame.times_ns()[0]) * 1e-9;
    if (std::isnan(from)) from = t + (1 - r.active->values[i]) * step;
    // A first row that ran in part ran at its end, a last one at its beginning.
    to = t + (std::isnan(to) ? 1 : r.active->values[i]) * step;
  }
  return {from * speed, to * speed};
}

Result<std::size_t> readings_per_row(const StressProfile& profile, const StressSchedule& schedule,
                                     const Frame& frame) {
  const double reading = static_cast<double>(frame.step().count()) * 1e-9 * schedule.speed;
  const double ratio = profile.step_s / reading;
  const double whole = std::round(ratio);
  if (!(reading > 0) || whole < 1 || std::abs(ratio - whole) > 0.01 * whole)
    return fail(
        Errc::invalid_argument,
        fmt::format("recording: a reading is {:.3g} s of the source, and the profile's rows "
                    "are {:.3g} s: read {:.3g} s apart",
                    reading, profile.step_s, profile.step_s / schedule.speed));
  return static_cast<std::size_t>(whole);
}

void share(std::vector<double>& histogram) {
  const double sum = std::accumulate(histogram.begin(), histogram.end(), 0.0);
  for (double& v : histogram) v = sum > 0 ? v / sum : NAN;
}

}  // namespace

Result<StressCheck> check_run(const StressProfile& profile, const StressSchedule& schedule,
                              const Frame& recording) {
  if (schedule.phases != profile.phases.count())
    return fail(Errc::malformed,
                fmt::format("the schedule knows {} phases and the profile {}: they do not belong "
                            "together",
                            schedule.phases, profile.phases.count()));
  const auto jobs = columns_of(schedule, recording);
  if (!jobs) return tl::unexpected(jobs.error());
  if (recording.rows() < 2)
    return fail(Errc::not_enough_data, "recording: fewer than two readings");
  const auto per_row = readings_per_row(profile, schedule, recording);
  if (!per_row) return tl::unexpected(per_row.error());
  StressCheck out{.source = profile.dictionary.histogram, .jobs = jobs->size()};
  if (auto fits = fit_totals(recording, out); !fits) return tl::unexpected(fits.error());
  out.planned.assign(profile.phases.count(), 0);
  out.measured.assign(profile.phases.count(), 0);
  profiling::PhaseData data{.features = profile.phases.features()};
  std::vector<std::vector<std::int32_t>> planned;
  std::vector<std::pair<double, double>> spans;
  for (const Recorded& r : *jobs) {
    for (const StressStep& s : r.job->steps)
      out.planned[static_cast<std::size_t>(s.phase)] += s.seconds;
    spans.push_back(span_of(r, recording, schedule.speed));
    Rows rows = rows_of(r, schedule, *per_row, profile.step_s);
    if (rows.planned.empty()) continue;
    data.sequences.push_back(std::move(rows.usage));
    planned.push_back(std::move(rows.planned));
  }
  const auto labels = profile.phases.label(data);
  if (!labels) return tl::unexpected(labels.error());
  std::size_t agreed = 0;
  for (std::size_t s = 0; s < labels->size(); ++s) {
    for (std::size_t i = 0; i < (*labels)[s].phases.size(); ++i) {
      const std::int32_t phase = (*labels)[s].phases[i];
      if (phase < 0) continue;
      out.measured[static_cast<std::size_t>(phase)] += 1;
      ++out.rows;
      agreed += phase == planned[s][i] ? 1 : 0;
    }
  }
  if (out.rows == 0) return fail(Errc::not_enough_data, "recording: no row has a phase");
  out.agreement = static_cast<double>(agreed) / static_cast<double>(out.rows);
  share(out.source);
  share(out.planned);
  share(out.measured);
  out.to_source = total_variation(out.measured, out.source);
  out.to_plan = total_variation(out.measured, out.planned);
  out.plan_to_source = total_variation(out.planned, out.source);
  auto times = job_times(std::move(spans));
  if (!times) return fail_within("recording", times.error());
  out.durations_ks = ks_distance(times->durations, profile.jobs.durations);
  out.arrivals_ks = ks_distance(times->interarrivals, profile.jobs.interarrivals);
  out.durations_ks_bound = ks_bound(times->durations.count(), profile.jobs.durations.count());
  out.arrivals_ks_bound =
      ks_bound(times->interarrivals.count(), profile.jobs.interarrivals.count());
  out.times = std::move(*times);
  return out;
}

namespace {

Value list(const std::vector<double>& values) {
  Value out = Value::array();
  for (const double v : values) out.push(v);
  return out;
}
Value to_value(const PlanFit& f) {
  return Value::object()
      .set("correlation", f.correlation)
      .set("mean_plan", f.mean_plan)
      .set("mean_error", f.mean_error)
      .set("mean_absolute_error", f.mean_absolute_error);
}

}  // namespace

Value to_value(const StressCheck& c) {
  return Value::object()
      .set("readings", c.readings)
      .set("cpu_cores", to_value(c.cpu))
      .set("memory_bytes", to_value(c.memory))
      .set("phases", Value::object()
                         .set("source", list(c.source))
                         .set("planned", list(c.planned))
                         .set("measured", list(c.measured))
                         .set("measured_to_source", c.to_source)
                         .set("measured_to_plan", c.to_plan)
                         .set("plan_to_source", c.plan_to_source)
                         .set("rows", c.rows)
                         .set("agreement", c.agreement))
      .set("jobs", c.jobs)
      .set("durations_ks", c.durations_ks)
      .set("durations_ks_bound", c.durations_ks_bound)
      .set("arrivals_ks", c.arrivals_ks)
      .set("arrivals_ks_bound", c.arrivals_ks_bound);
}

}  // namespace learningplane::stress
