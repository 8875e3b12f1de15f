#include "convert.hpp"
#include "learningplane/json.hpp"
#include "learningplane/report/stress_report.hpp"
#include "learningplane/stress/alibaba.hpp"
#include "learningplane/stress/stress_check.hpp"
#include "learningplane/stress/stress_command.hpp"
#include "module.hpp"
#include "stress_execution.hpp"

namespace learningplane::python {

using namespace stress;

namespace {

py::array_t<double> array_of(const std::vector<double>& v) {
  return copy_array(v, {static_cast<py::ssize_t>(v.size())});
}
std::size_t count_of(const Value& v, const char* key, std::size_t fallback) {
  const std::int64_t n = v.get(key, static_cast<std::int64_t>(fallback));
  if (n < 0) throw ConfigError("", key, std::to_string(n), "0 or more");
  return static_cast<std::size_t>(n);
}
Duration duration_of(const Value& v, const char* key, Duration fallback) {
  const std::string text = v.get(key, "");
  return text.empty() ? fallback : value_or_throw(parse_duration(text));
}

WorkloadOptions workload_options(const Value& v) {
  WorkloadOptions o;
  o.cpu = v.get("cpu", o.cpu.c_str());
  o.memory = v.get("memory", o.memory.c_str());
  o.step = duration_of(v, "step", o.step);
  o.max_gap = duration_of(v, "max_gap", o.max_gap);
  o.min_rows = count_of(v, "min_rows", o.min_rows);
  return o;
}

/// Jobs as an array of (start, end) in seconds, or the file that read_jobs() reads.
JobTimes jobs_of(const py::object& jobs) {
  if (py::isinstance<py::str>(jobs)) return value_or_throw(read_jobs(py::cast<std::string>(jobs)));
  using Rows = py::array_t<double, py::array::c_style | py::array::forcecast>;
  const Rows rows = Rows::ensure(jobs);
  if (!rows) throw py::error_already_set();
  if (rows.ndim() != 2 || rows.shape(1) != 2)
    throw ConfigError("", "jobs", "another shape", "a row for each job: its start and its end");
  std::vector<std::pair<double, double>> spans;
  for (py::ssize_t i = 0; i < rows.shape(0); ++i) spans.emplace_back(rows.at(i, 0), rows.at(i, 1));
  return value_or_throw(job_times(std::move(spans)));
}

Workload collect(const py::object& frame, const Value& settings, const py::object& jobs,
                 const std::string& source) {
  const telemetry::Frame read = to_frame(frame);
  const WorkloadOptions options = workload_options(settings);
  Workload out = jobs.is_none()
                     ? unlocked([&] { return value_or_throw(workload_of(read, options)); })
                     : value_or_throw(workload_of(read, options, jobs_of(jobs)));
  out.source = source;
  return out;
}

Workload alibaba(const std::string& folder, const Value& settings) {
  AlibabaOptions o{.folder = folder, .workload = workload_options(settings)};
  o.order =
      settings.get("sort", false) ? AlibabaOptions::Order::sort : AlibabaOptions::Order::refuse;
  o.max_containers = count_of(settings, "max_containers", o.max_containers);
  return unlocked([&] { return value_or_throw(read_alibaba_2017(o)); });
}

ScheduleOptions schedule_options(const Value& v) {
  ScheduleOptions o;
  o.length = duration_of(v, "length", o.length);
  o.seed = count_of(v, "seed", o.seed);
  o.weighting = weighting_from(v.get("weighting", "balanced"));
  o.speed = v.get("speed", o.speed);
  for (const auto& [key, into] :
       {std::pair{"cpu_scale", &o.cpu_scale}, {"memory_scale", &o.memory_scale}})
    if (const Value* given = v.find(key)) *into = given->as_double();
  o.max_cores = v.get("max_cores", o.max_cores);
  o.max_bytes = v.get("max_bytes", o.max_bytes);
  o.grid_s = v.get("grid", o.grid_s);
  o.max_jobs = count_of(v, "max_jobs", o.max_jobs);
  return o;
}

/// A row for each step of each job.
py::dict steps_of(const StressSchedule& s) {
  py::list jobs;
  std::vector<double> start, seconds, cpu, memory;
  std::vector<std::int64_t> phase;
  for (const StressJob& job : s.jobs) {
    for (const StressStep& step : job.steps) {
      jobs.append(job.name);
      start.push_back(step.start_s);
      seconds.push_back(step.seconds);
      phase.push_back(step.phase);
      cpu.push_back(step.cpu_cores);
      memory.push_back(step.memory_bytes);
    }
  }
  py::dict out;
  out["job"] = jobs;
  out["start"] = array_of(start);
  out["seconds"] = array_of(seconds);
  out["phase"] = copy_array(phase, {static_cast<py::ssize_t>(phase.size())});
  out["cpu_cores"] = array_of(cpu);
  out["memory_bytes"] = array_of(memory);
  return out;
}

/// Distribution as (sorted samples or quantiles, how many there were).
py::tuple told(const Empirical& e) { return py::make_tuple(array_of(e.kept()), e.count()); }

/// A run held against its plan and its source.
struct Checked {
  report::StressReport page{};
};

py::dict totals_of(const Checked& c) {
  const LoadTotals& t = c.page.check.totals;
  py::dict out;
  out["times_ns"] = copy_array(t.times_ns, {static_cast<py::ssize_t>(t.times_ns.size())});
  out["cpu_cores"] = array_of(t.cpu_cores);
  out["plan_cpu_cores"] = array_of(t.plan_cpu_cores);
  out["memory_bytes"] = array_of(t.memory_bytes);
  out["plan_memory_bytes"] = array_of(t.plan_memory_bytes);
  out["jobs"] = array_of(t.jobs);
  return out;
}

void bind_profile(py::module_& m) {
  py::class_<Workload>(m, "_StressWorkload", "See learningplane.stress.Workload.")
      .def_readonly("source", &Workload::source)
      .def_readonly("step", &Workload::step_s)
      .def_readonly("filled", &Workload::filled)
      .def_readonly("dropped", &Workload::dropped)
      .def_readonly("notes", &Workload::notes)
      .def_property_readonly("applications",
                             [](const Workload& w) { return w.usage.sequences.size(); })
      .def_property_readonly("rows", [](const Workload& w) { return w.usage.rows(); })
      .def_property_readonly("durations", [](const Workload& w) { return told(w.jobs.durations); })
      .def_property_readonly("interarrivals",
                             [](const Workload& w) { return told(w.jobs.interarrivals); });
  m.def("_stress_workload", &collect, py::arg("frame"), py::arg("settings"), py::arg("jobs"),
        py::arg("source"));
  m.def("_stress_alibaba", &alibaba, py::arg("folder"), py::arg("settings"));
  py::class_<StressProfile, std::shared_ptr<StressProfile>>(
      m, "_StressProfile", "See learningplane.stress.StressProfile.")
      .def_static("fit",
                  [](const Workload& workload, const profiling::Phases& phases, std::size_t min_run,
                     std::size_t max_phases) {
                    const DictionaryOptions o{.min_rows = min_run, .max_phases = max_phases};
                    return std::make_shared<StressProfile>(
                        unlocked([&] { return value_or_throw(profile_of(workload, phases, o)); }));
                  })
      .def_static("load",
                  [](const std::string& path) {
                    return std::make_shared<StressProfile>(value_or_throw(load_profile(path)));
                  })
      .def("save",
           [](const StressProfile& p, const std::string& path) { value_or_throw(save(p, path)); })
      .def("generate",
           [](const StressProfile& p, const Value& settings) {
             const ScheduleOptions o = schedule_options(settings);
             return std::make_shared<StressSchedule>(
                 unlocked([&] { return value_or_throw(generate(p, o)); }));
           })
      .def("check",
           [](const StressProfile& p, const StressSchedule& s, const py::object& recording,
              const std::string& name) {
             const telemetry::Frame frame = to_frame(recording);
             return unlocked([&] {
               Checked out{{.recording = name, .profile = p, .schedule = s}};
               out.page.check = value_or_throw(check_run(p, s, frame));
               return out;
             });
           })
      .def("to_dict", [](const StressProfile& p) { return to_value(p); })
      .def_property_readonly(
          "phases",
          [](const StressProfile& p) { return std::make_unique<profiling::Phases>(p.phases); })
      .def_readonly("source", &StressProfile::source)
      .def_readonly("step", &StressProfile::step_s)
      .def_readonly("notes", &StressProfile::notes)
      .def_property_readonly(
          "histogram", [](const StressProfile& p) { return array_of(p.dictionary.histogram); })
      .def_property_readonly("durations",
                             [](const StressProfile& p) { return told(p.jobs.durations); })
      .def_property_readonly("interarrivals",
                             [](const StressProfile& p) { return told(p.jobs.interarrivals); })
      .def_property_readonly("patterns", [](const StressProfile& p) {
        py::list out;
        for (const PatternProfile& one : p.dictionary.profiles)
          out.append(py::make_tuple(one.phases, one.occurrences, one.applications));
        return out;
      });
}

void bind_schedule(py::module_& m) {
  py::class_<StressSchedule, std::shared_ptr<StressSchedule>>(
      m, "_StressSchedule", "See learningplane.stress.StressSchedule.")
      .def_static("load",
                  [](const std::string& path) {
                    return std::make_shared<StressSchedule>(value_or_throw(load_schedule(path)));
                  })
      .def("save",
           [](const StressSchedule& s, const std::string& path) { value_or_throw(save(s, path)); })
      .def("steps", &steps_of)
      .def("planned_load", [](const StressSchedule& s, Duration step,
                              TimePoint start) { return planned_load(s, step, start); })
      .def("to_kubernetes",
           [](const StressSchedule& s, const std::string& image, const std::string& name_space,
              const std::string& prefix, Duration keep, double headroom) {
             return kubernetes_jobs(s, {image, name_space, prefix, keep, headroom});
           })
      .def("run", &run_stress, py::arg("settings"), py::arg("progress"))
      .def("to_dict", [](const StressSchedule& s) { return to_value(s); })
      .def("equals", [](const StressSchedule& a, const StressSchedule& b) { return a == b; })
      .def_property_readonly("jobs", [](const StressSchedule& s) { return s.jobs.size(); })
      .def_readonly("seed", &StressSchedule::seed)
      .def_property_readonly("weighting",
                             [](const StressSchedule& s) { return to_string(s.weighting); })
      .def_readonly("speed", &StressSchedule::speed)
      .def_readonly("cpu_scale", &StressSchedule::cpu_scale)
      .def_readonly("memory_scale", &StressSchedule::memory_scale)
      .def_readonly("phases", &StressSchedule::phases)
      .def_property_readonly("length", &StressSchedule::length_s)
      .def_property_readonly("peak_cores", &StressSchedule::peak_cores)
      .def_property_readonly("peak_bytes", &StressSchedule::peak_bytes);
}

}  // namespace

void bind_stress(py::module_& m) {
  // Classes before the methods that give them, so that the stubs can name them.
  bind_schedule(m);
  py::class_<Checked>(m, "_StressCheck", "See learningplane.stress.StressCheck.")
      .def("to_dict", [](const Checked& c) { return to_value(c.page.check); })
      .def("totals", &totals_of)
      .def("times",
           [](const Checked& c) {
             const auto both = [](const JobTimes& t) {
               return py::make_tuple(told(t.durations), told(t.interarrivals));
             };
             return py::make_tuple(both(c.page.profile.jobs), both(c.page.check.times));
           })
      .def("to_html", [](const Checked& c) { return report::to_html(c.page); });
  bind_profile(m);
}

}  // namespace learningplane::python
