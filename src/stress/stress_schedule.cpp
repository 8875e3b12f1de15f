#include "learningplane/stress/stress_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learningplane/error.hpp"
#include "model/lstm_random.hpp"
#include "stress/stress_file.hpp"

namespace learningplane::stress {

std::string_view to_string(Weighting weighting) {
  return weighting == Weighting::balanced ? "balanced" : "frequency";
}
Weighting weighting_from(std::string_view name) {
  if (name == "balanced") return Weighting::balanced;
  if (name == "frequency") return Weighting::frequency;
  throw ConfigError("", "weighting", name, "balanced or frequency");
}

double StressSchedule::length_s() const {
  double last = 0;
  for (const StressJob& job : jobs) last = std::max(last, job.end_s());
  return last;
}

namespace {

/// The most that all steps together ask for at one moment.
template <class Quantity>
double peak(const std::vector<StressJob>& jobs, const Quantity& of) {
  std::vector<std::pair<double, double>> changes;
  for (const StressJob& job : jobs) {
    for (const StressStep& s : job.steps) {
      changes.emplace_back(s.start_s, of(s));
      changes.emplace_back(s.end_s(), -of(s));
    }
  }
  // At one moment what ends goes before what begins.
  std::sort(changes.begin(), changes.end());
  double now = 0, most = 0;
  for (const auto& [t, change] : changes) most = std::max(most, now += change);
  return most;
}

void check(const ScheduleOptions& o) {
  const auto above = [](const char* key, double value) {
    if (!(value > 0) || !std::isfinite(value))
      throw ConfigError("", key, fmt::format("{}", value), "a number above 0");
  };
  above("length", static_cast<double>(o.length.count()));
  above("speed", o.speed);
  above("cpu_scale", o.cpu_scale.value_or(1));
  above("memory_scale", o.memory_scale.value_or(1));
  above("max_cores", o.max_cores);
  above("max_bytes", o.max_bytes);
  above("max_jobs", static_cast<double>(o.max_jobs));
  if (!(o.grid_s >= 0)) throw ConfigError("", "grid_s", fmt::format("{}", o.grid_s), "0 or more");
}

double seconds_of(const std::vector<ProfileStep>& steps) {
  double out = 0;
  for (const ProfileStep& s : steps) out += s.seconds;
  return out;
}

/// Draws profiles as the weighting says.
class Draw {
 public:
  Draw(const Dictionary& dictionary, Weighting weighting) : dictionary_(dictionary) {
    double sum = 0;
    for (const PatternProfile& p : dictionary.profiles) {
      bounds_.push_back(
          sum += weighting == Weighting::balanced ? 1.0 : static_cast<double>(p.occurrences));
      for (const auto& example : p.examples) longest_ = std::max(longest_, seconds_of(example));
    }
  }
  const std::vector<ProfileStep>& example(model::detail::LstmRandom& random) const {
    const auto at =
        std::upper_bound(bounds_.begin(), bounds_.end(), random.uniform() * bounds_.back());
    const auto index =
        std::min<std::size_t>(static_cast<std::size_t>(at - bounds_.begin()), bounds_.size() - 1);
    const auto& examples = dictionary_.profiles[index].examples;
    return examples[random.below(examples.size())];
  }
  /// Where a job comes in: an example by its length, and a moment within it.
  std::vector<ProfileStep> remainder(model::detail::LstmRandom& random) const {
    const std::vector<ProfileStep>* found = &example(random);
    while (random.uniform() * longest_ > seconds_of(*found)) found = &example(random);
    double past = random.uniform() * seconds_of(*found);
    std::vector<ProfileStep> out;
    for (ProfileStep step : *found) {
      const double skipped = std::min(past, step.seconds);
      past -= skipped;
      step.seconds -= skipped;
      if (step.seconds > 0) out.push_back(step);
    }
    return out;
  }

 private:
  const Dictionary& dictionary_;
  std::vector<double> bounds_{};
  double longest_ = 0;
};

double on_grid(double seconds, double grid) {
  return grid > 0 ? std::round(seconds / grid) * grid : seconds;
}

/// What the job does: levels in the source's units, times of the replay. A step that the grid makes
/// nothing of is left out, and the error is carried on, so that the lengths add up.
StressJob job_of(std::size_t number, double start, double duration, const Draw& draw,
                 const ScheduleOptions& o, model::detail::LstmRandom& random) {
  StressJob job{.name = fmt::format("job-{:04}", number)};
  const double begin = on_grid(start / o.speed, o.grid_s);
  const double end = std::max(on_grid((start + duration) / o.speed, o.grid_s),
                              begin + (o.grid_s > 0 ? o.grid_s : 1e-3));
  double exact = start / o.speed, at = begin;
  // Were it to begin with a whole pattern, short jobs would only ever see how patterns begin.
  for (auto steps = draw.remainder(random); at < end; steps = draw.example(random)) {
    for (const ProfileStep& step : steps) {
      exact += step.seconds / o.speed;
      const double until = std::min(on_grid(exact, o.grid_s), end);
      if (until <= at) continue;
      StressStep next{at, until - at, step.phase, step.cpu, step.memory};
      at = until;
      job.steps.push_back(next);
      if (at >= end) break;
    }
  }
  return job;
}

void scale(StressSchedule& s, const ScheduleOptions& o) {
  const auto fitted = [](std::optional<double> given, double most, double peak) {
    return given ? *given : peak > 0 ? most / peak : 1;
  };
  s.cpu_scale = fitted(o.cpu_scale, o.max_cores, s.peak_cores());
  s.memory_scale = fitted(o.memory_scale, o.max_bytes, s.peak_bytes());
  for (StressJob& job : s.jobs) {
    for (StressStep& step : job.steps) {
      step.cpu_cores *= s.cpu_scale;
      step.memory_bytes *= s.memory_scale;
    }
  }
}

}  // namespace

double StressSchedule::peak_cores() const {
  return peak(jobs, [](const StressStep& s) { return s.cpu_cores; });
}
double StressSchedule::peak_bytes() const {
  return peak(jobs, [](const StressStep& s) { return s.memory_bytes; });
}

Result<StressSchedule> generate(const StressProfile& profile, const ScheduleOptions& options) {
  check(options);
  const double length = static_cast<double>(options.length.count()) * 1e-9;
  StressSchedule out{.seed = options.seed,
                     .weighting = options.weighting,
                     .speed = options.speed,
                     .grid_s = options.grid_s,
                     .phases = profile.phases.count()};
  const Draw draw(profile.dictionary, options.weighting);
  model::detail::LstmRandom random(options.seed);
  for (double t = profile.jobs.interarrivals.quantile(random.uniform()); t < length;
       t += profile.jobs.interarrivals.quantile(random.uniform())) {
    if (out.jobs.size() == options.max_jobs)
      return fail(Errc::too_large, fmt::format("schedule: over {} jobs in {}; raise max_jobs or "
                                               "shorten the length",
                                               options.max_jobs, format_duration(options.length)));
    const double duration = profile.jobs.durations.quantile(random.uniform());
    out.jobs.push_back(job_of(out.jobs.size() + 1, t, duration, draw, options, random));
  }
  if (out.jobs.empty())
    return fail(Errc::not_enough_data,
                fmt::format("schedule: no job arrives in {}; on the mean "
                            "one comes every {:.0f} s",
                            format_duration(options.length), profile.jobs.interarrivals.mean()));
  scale(out, options);
  return out;
}

telemetry::Frame planned_load(const StressSchedule& schedule, Duration step, TimePoint start) {
  if (step.count() <= 0) throw ConfigError("", "step", format_duration(step), "above 0");
  const double step_s = static_cast<double>(step.count()) * 1e-9;
  const auto rows = static_cast<std::size_t>(std::ceil(schedule.length_s() / step_s - 1e-9));
  std::vector<double> cpu(rows), memory(rows), jobs(rows);
  for (const StressJob& job : schedule.jobs) {
    for (const StressStep& s : job.steps) {
      for (auto i = static_cast<std::size_t>(s.start_s / step_s); i < rows; ++i) {
        const double from = static_cast<double>(i) * step_s;
        const double share =
            (std::min(s.end_s(), from + step_s) - std::max(s.start_s, from)) / step_s;
        if (from >= s.end_s()) break;
        if (share <= 0) continue;
        cpu[i] += share * s.cpu_cores;
        memory[i] += share * s.memory_bytes;
        jobs[i] += share;
      }
    }
  }
  std::vector<std::int64_t> times(rows);
  for (std::size_t i = 0; i < rows; ++i)
    times[i] = to_ns(start + step * static_cast<std::int64_t>(i));
  return value_or_throw(telemetry::Frame::make(
      std::move(times),
      {telemetry::Column{
           .name = "cpu_cores", .unit = "cores", .values = std::move(cpu), .flags = {}},
       telemetry::Column{
           .name = "memory_bytes", .unit = "bytes", .values = std::move(memory), .flags = {}},
       telemetry::Column{.name = "jobs", .values = std::move(jobs), .flags = {}}}));
}

namespace {

constexpr const char* kind = "learningplane.stress_schedule";

const Value& member(const Value& of, const char* key) {
  const Value* found = of.find(key);
  if (found == nullptr) throw FormatError(fmt::format("'{}' is missing", key));
  return *found;
}
double finite(const Value& v, const char* what) {
  const double x = v.as_double();
  if (!std::isfinite(x) || x < 0) throw FormatError(fmt::format("{} cannot be {}", what, x));
  return x;
}

StressJob job_from(const Value& v, std::size_t phases) {
  StressJob job{.name = member(v, "name").as_string()};
  double at = finite(member(v, "start_seconds"), "a start");
  for (const Value& s : member(v, "steps").as_array()) {
    const auto& a = s.as_array();
    if (a.size() != 4) throw FormatError("a step is seconds, phase, cpu_cores and memory_bytes");
    StressStep step{at, finite(a[0], "a length"), static_cast<std::int32_t>(a[1].as_int()),
                    finite(a[2], "cpu_cores"), finite(a[3], "memory_bytes")};
    if (step.phase < 0 || static_cast<std::size_t>(step.phase) >= phases || !(step.seconds > 0))
      throw FormatError(fmt::format("{}: a step of {} s in phase {} of {} phases", job.name,
                                    step.seconds, step.phase, phases));
    at = step.end_s();
    job.steps.push_back(step);
  }
  if (job.steps.empty()) throw FormatError(job.name + ": there is no step");
  return job;
}

StressSchedule from_value(const Value& v) {
  StressSchedule out{.seed = static_cast<std::uint64_t>(member(v, "seed").as_int()),
                     .weighting = weighting_from(member(v, "weighting").as_string()),
                     .speed = finite(member(v, "speed"), "speed"),
                     .cpu_scale = finite(member(v, "cpu_scale"), "cpu_scale"),
                     .memory_scale = finite(member(v, "memory_scale"), "memory_scale"),
                     .grid_s = finite(member(v, "grid_seconds"), "grid_seconds"),
                     .phases = static_cast<std::size_t>(finite(member(v, "phases"), "phases"))};
  if (!(out.speed > 0) || !(out.cpu_scale > 0) || !(out.memory_scale > 0))
    throw FormatError("speed, cpu_scale and memory_scale must be above 0");
  for (const Value& job : member(v, "jobs").as_array())
    out.jobs.push_back(job_from(job, out.phases));
  if (out.jobs.empty()) throw FormatError("there is no job");
  return out;
}

}  // namespace

Value to_value(const StressSchedule& s) {
  Value jobs = Value::array();
  for (const StressJob& job : s.jobs) {
    Value steps = Value::array();
    for (const StressStep& step : job.steps)
      steps.push(Value::array()
                     .push(step.seconds)
                     .push(static_cast<std::int64_t>(step.phase))
                     .push(step.cpu_cores)
                     .push(step.memory_bytes));
    jobs.push(Value::object()
                  .set("name", job.name)
                  .set("start_seconds", job.start_s())
                  .set("steps", std::move(steps)));
  }
  return Value::object()
      .set("seed", static_cast<std::int64_t>(s.seed))
      .set("weighting", to_string(s.weighting))
      .set("speed", s.speed)
      .set("cpu_scale", s.cpu_scale)
      .set("memory_scale", s.memory_scale)
      .set("grid_seconds", s.grid_s)
      .set("phases", s.phases)
      .set("jobs", std::move(jobs));
}

Result<void> save(const StressSchedule& schedule, const std::string& path) {
  return detail::write_file(to_value(schedule), kind, path);
}

Result<StressSchedule> load_schedule(const std::string& path) {
  return detail::read_file_as(kind, path, [](const Value& v) { return from_value(v); });
}

}  // namespace learningplane::stress
