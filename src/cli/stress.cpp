#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "cli/model_input.hpp"
#include "cli/page_file.hpp"
#include "cli/stress_execute.hpp"
#include "durable_file.hpp"
#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/report/stress_report.hpp"
#include "learningplane/stress/alibaba.hpp"
#include "learningplane/stress/stress_check.hpp"
#include "learningplane/stress/stress_command.hpp"
#include "learningplane/stress/stress_profile.hpp"
#include "learningplane/stress/stress_schedule.hpp"
#include "learningplane/telemetry/csv.hpp"

namespace learningplane::cli {

namespace {

using namespace stress;

struct ProfileArguments {
  std::string alibaba{}, data{}, sensor{};  ///< one of them
  std::string from{}, to{};                 ///< of a sensor
  std::string time{};
  std::vector<std::string> by{};
  std::string jobs{};
  std::string step{}, max_gap = "5m";
  WorkloadOptions workload{};
  DictionaryOptions dictionary{};
  std::string model{};  ///< fitted phases
  std::int64_t k = 5;
  std::vector<std::string> options{};
  bool sort = false;
  std::string out{};
  bool json = false;
};

void print(const Value& value, std::ostream& out) {
  out << dump_json(value, JsonStyle::pretty) << '\n';
}

telemetry::Frame read_data(const ProfileArguments& a) {
  telemetry::CsvOptions csv;
  csv.paths = {a.data};
  csv.time_column = a.time;
  csv.label_columns = a.by;
  csv.value_columns = {a.workload.cpu, a.workload.memory};
  csv.duplicates = telemetry::CsvDuplicates::refuse;
  auto read = telemetry::read_csv(csv);
  if (!read && read.error().code == Errc::conflict && a.by.empty())
    read.error().message += "; where the rows are of several applications, say --by COLUMN";
  return value_or_throw(std::move(read));
}

/// A sensor as an agent file has it: {kind: sqlite, path: …}, {kind: prometheus, url: …}.
telemetry::Frame read_sensor(const ProfileArguments& a, const Context& context) {
  Value options = Value::object();
  std::string kind;
  const Value file = config::load_yaml(a.sensor);
  for (const auto& [key, value] : file.as_object()) {
    if (key == "kind")
      kind = value.as_string();
    else
      options.set(key, value);
  }
  if (a.from.empty() || a.to.empty())
    throw ConfigError("", a.from.empty() ? "--from" : "--to", "",
                      "the window to read, as ISO 8601 times");
  const telemetry::Window window{
      value_or_throw(parse_iso8601(a.from)), value_or_throw(parse_iso8601(a.to)), {}};
  SystemClock clock;
  const BuildContext build{&clock, std::filesystem::path(a.sensor).parent_path().string()};
  return value_or_throw(
      context.registries.sensors.build_at(a.sensor, kind, options, build)->read(window));
}

Workload collect(ProfileArguments a, const Context& context) {
  if (!a.step.empty()) a.workload.step = value_or_throw(parse_duration(a.step));
  a.workload.max_gap = value_or_throw(parse_duration(a.max_gap));
  const int named =
      (a.alibaba.empty() ? 0 : 1) + (a.data.empty() ? 0 : 1) + (a.sensor.empty() ? 0 : 1);
  if (named != 1)
    throw ConfigError("", "--alibaba, --data, --sensor", std::to_string(named) + " of them",
                      "exactly one");
  if (!a.alibaba.empty())
    return value_or_throw(read_alibaba_2017(
        {.folder = a.alibaba,
         .workload = a.workload,
         .order = a.sort ? AlibabaOptions::Order::sort : AlibabaOptions::Order::refuse}));
  const telemetry::Frame frame = a.data.empty() ? read_sensor(a, context) : read_data(a);
  Workload out =
      a.jobs.empty()
          ? value_or_throw(workload_of(frame, a.workload))
          : value_or_throw(workload_of(frame, a.workload, value_or_throw(read_jobs(a.jobs))));
  out.source = std::filesystem::path(a.data.empty() ? a.sensor : a.data).filename().string();
  return out;
}

profiling::Phases phases_of(const ProfileArguments& a) {
  if (!a.model.empty()) return value_or_throw(profiling::Phases::load(a.model));
  Value options = Value::object().set("k", a.k);
  for (const std::string& text : a.options) {
    const auto [key, value] = split_assignment(text, "--option");
    options.set(key, config::parse_yaml(value, "--option " + key));
  }
  return profiling::Phases(profiling::phase_options(options));
}

void print_profile(const StressProfile& p, std::ostream& out) {
  const Dictionary& d = p.dictionary;
  out << fmt::format(
      "{}: {} rows of {:.0f} s in {} runs of {} phases, {} patterns in {} profiles\n", p.source,
      d.rows, p.step_s, d.runs, p.phases.count(), d.symbols, d.profiles.size());
  for (const auto& [name, e] : {std::pair("duration", &p.jobs.durations),
                                std::pair("between arrivals", &p.jobs.interarrivals)})
    out << fmt::format("{:17} of {} jobs: median {:.0f} s, p95 {:.0f} s, mean {:.0f} s\n", name,
                       e->count(), e->quantile(0.5), e->quantile(0.95), e->mean());
  out << fmt::format("{:>11} {:>12}  phases\n", "occurrences", "applications");
  for (std::size_t i = 0; i < std::min<std::size_t>(d.profiles.size(), 12); ++i)
    out << fmt::format("{:>11} {:>12}  {}\n", d.profiles[i].occurrences, d.profiles[i].applications,
                       fmt::join(d.profiles[i].phases, " "));
  for (const std::string& note : p.notes) out << note << '\n';
}

int run_profile(const ProfileArguments& a, Context& context) {
  const StressProfile profile =
      value_or_throw(profile_of(collect(a, context), phases_of(a), a.dictionary));
  value_or_throw(save(profile, a.out));
  if (a.json)
    print(to_value(profile), context.out);
  else
    print_profile(profile, context.out);
  return ok;
}

struct GenerateArguments {
  std::string profile{};
  std::string length = "12h";
  std::string weighting = "balanced";
  std::string as = "schedule";
  std::string trace_step{};
  double max_megabytes = 512;
  double cpu_scale = 0, memory_scale = 0;
  ScheduleOptions schedule{};
  KubernetesJobsOptions kubernetes{};
  std::string keep = "1h";
  std::string out{};
  bool json = false;
};

void write_as(const StressSchedule& s, const GenerateArguments& a) {
  if (a.as == "schedule") return value_or_throw(save(s, a.out));
  if (a.as == "kubernetes")
    return value_or_throw(
        learningplane::detail::write_durably(a.out, kubernetes_jobs(s, a.kubernetes)));
  if (a.as != "trace") throw ConfigError("", "--as", a.as, "schedule, trace or kubernetes");
  const Duration step = a.trace_step.empty() ? Duration(std::chrono::minutes(1))
                                             : value_or_throw(parse_duration(a.trace_step));
  value_or_throw(telemetry::write_csv(planned_load(s, step), a.out));
}

int run_generate(GenerateArguments a, Context& context) {
  const StressProfile profile = value_or_throw(load_profile(a.profile));
  a.schedule.length = value_or_throw(parse_duration(a.length));
  a.kubernetes.keep = value_or_throw(parse_duration(a.keep));
  a.schedule.weighting = weighting_from(a.weighting);
  a.schedule.max_bytes = a.max_megabytes * 1e6;
  if (a.cpu_scale > 0) a.schedule.cpu_scale = a.cpu_scale;
  if (a.memory_scale > 0) a.schedule.memory_scale = a.memory_scale;
  const StressSchedule s = value_or_throw(generate(profile, a.schedule));
  write_as(s, a);
  if (a.json) {
    print(to_value(s), context.out);
    return ok;
  }
  std::size_t steps = 0;
  for (const StressJob& job : s.jobs) steps += job.steps.size();
  context.out << fmt::format(
      "{} jobs of {} steps in {:.0f} s, at most {:.2f} cores and {:.0f} MB; one unit of CPU usage "
      "is "
      "{:.4g} cores, one of memory {:.4g} MB\n",
      s.jobs.size(), steps, s.length_s(), s.peak_cores(), s.peak_bytes() / 1e6, s.cpu_scale,
      s.memory_scale / 1e6);
  return ok;
}

struct CheckArguments {
  std::string profile{}, schedule{}, recording{}, report{};
  bool json = false;
};

telemetry::Frame read_recording(const std::string& path) {
  telemetry::CsvOptions csv;
  csv.paths = {path};
  csv.label_columns = {"job"};
  csv.duplicates = telemetry::CsvDuplicates::refuse;
  return value_or_throw(telemetry::read_csv(csv));
}

void print_check(const StressCheck& c, std::ostream& out) {
  const auto fit = [&](const char* name, const PlanFit& f, double unit) {
    out << fmt::format(
        "{:16} correlation {:.3f}, mean error {:+.3f} of {:.3f} planned, mean absolute "
        "error {:.3f}\n",
        name, f.correlation, f.mean_error / unit, f.mean_plan / unit, f.mean_absolute_error / unit);
  };
  out << fmt::format("{} jobs, {} readings against the plan\n", c.jobs, c.readings);
  fit("CPU, cores:", c.cpu, 1);
  fit("memory, MB:", c.memory, 1e6);
  out << fmt::format("{:>6} {:>8} {:>8} {:>8}\n", "phase", "source", "planned", "measured");
  for (std::size_t p = 0; p < c.source.size(); ++p)
    out << fmt::format("{:>6} {:>8.3f} {:>8.3f} {:>8.3f}\n", p, c.source[p], c.planned[p],
                       c.measured[p]);
  out << fmt::format(
      "total variation: measured to source {:.3f}, measured to plan {:.3f}, plan to "
      "source {:.3f}; {:.1f} % of {} rows in the planned phase\n",
      c.to_source, c.to_plan, c.plan_to_source, 100 * c.agreement, c.rows);
  out << fmt::format(
      "Kolmogorov-Smirnov to the source: durations {:.3f} (chance: {:.3f}), arrivals "
      "{:.3f} (chance: {:.3f})\n",
      c.durations_ks, c.durations_ks_bound, c.arrivals_ks, c.arrivals_ks_bound);
}

int run_check(const CheckArguments& a, Context& context) {
  report::StressReport r{.recording = std::filesystem::path(a.recording).filename().string(),
                         .profile = value_or_throw(load_profile(a.profile)),
                         .schedule = value_or_throw(load_schedule(a.schedule))};
  r.check = value_or_throw(check_run(r.profile, r.schedule, read_recording(a.recording)));
  if (!a.report.empty()) write_page(a.report, report::to_html(r));
  if (a.json) {
    print(to_value(r.check), context.out);
    return ok;
  }
  print_check(r.check, context.out);
  say_page(a.report, context.out);
  return ok;
}

void add_profile(CLI::App& stress, Context& context) {
  auto a = std::make_shared<ProfileArguments>();
  CLI::App* sub = stress.add_subcommand("profile", "learn what a system feels like from telemetry");
  sub->add_option("--alibaba", a->alibaba, "folder of tables of the Alibaba cluster trace of 2017");
  sub->add_option("--data", a->data, "CSV file, folder of *.csv files, or glob");
  sub->add_option("--sensor", a->sensor,
                  "YAML of a sensor as in an agent file: {kind: sqlite or prometheus, …}");
  sub->add_option("--from", a->from, "of a sensor: first moment, ISO 8601");
  sub->add_option("--to", a->to, "of a sensor: first moment no more");
  sub->add_option("--by", a->by, "columns of the CSV whose text tells applications apart");
  sub->add_option("--time", a->time, "column of the time");
  sub->add_option("--cpu", a->workload.cpu, "column of the CPU usage")->capture_default_str();
  sub->add_option("--memory", a->workload.memory, "column of the memory usage")
      ->capture_default_str();
  sub->add_option("--jobs", a->jobs,
                  "CSV of jobs with columns start and end (else each application is a job)");
  sub->add_option("--step", a->step, "of the grid, like 60s (the data's own)");
  sub->add_option("--max-gap", a->max_gap, "longer gaps cut a series in two")
      ->capture_default_str();
  sub->add_option("--min-rows", a->workload.min_rows, "of a piece; shorter ones are left out")
      ->capture_default_str();
  sub->add_flag("--sort", a->sort, "sort the rows of the tables by time");
  sub->add_option("--phases", a->model, "fitted phases of cpu and memory (else they are fitted)");
  sub->add_option("--k", a->k, "phases; 0: chosen by the data")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  sub->add_option("--option", a->options, "NAME=VALUE of the phases, such as history=3, epochs=30");
  sub->add_option("--min-run", a->dictionary.min_rows, "rows; shorter runs join their neighbour")
      ->capture_default_str();
  sub->add_option("--max-phases", a->dictionary.max_phases, "of one pattern")
      ->capture_default_str();
  sub->add_option("--out", a->out, "file for the profile")->required();
  sub->add_flag("--json", a->json, "print JSON");
  sub->callback(
      [a, &context] { context.command = [a, &context] { return run_profile(*a, context); }; });
}

void add_generate(CLI::App& stress, Context& context) {
  auto a = std::make_shared<GenerateArguments>();
  CLI::App* sub = stress.add_subcommand("generate", "draw a timed schedule of load from a profile");
  ScheduleOptions& s = a->schedule;
  sub->add_option("profile", a->profile, "file of a profile")->required();
  sub->add_option("--length", a->length, "in which jobs arrive, in the source's time")
      ->capture_default_str();
  sub->add_option("--seed", s.seed, "of everything drawn")->capture_default_str();
  sub->add_option("--weighting", a->weighting,
                  "balanced (every profile alike) or frequency (as often as it was seen)")
      ->capture_default_str();
  sub->add_option("--speed", s.speed, "seconds of the source in one second")->capture_default_str();
  sub->add_option("--max-cores", s.max_cores, "cores that all jobs together peak at")
      ->capture_default_str();
  sub->add_option("--max-memory", a->max_megabytes, "megabytes that all jobs together peak at")
      ->capture_default_str();
  sub->add_option("--cpu-scale", a->cpu_scale, "cores of one unit of CPU usage, instead");
  sub->add_option("--memory-scale", a->memory_scale, "bytes of one unit of memory usage, instead");
  sub->add_option("--grid", s.grid_s, "seconds; steps begin on whole multiples, 0: anywhere")
      ->capture_default_str();
  sub->add_option("--max-jobs", s.max_jobs, "more are refused")->capture_default_str();
  sub->add_option("--as", a->as,
                  "schedule (for run), trace (CSV for the simulator) or kubernetes (Jobs as YAML)")
      ->capture_default_str();
  sub->add_option("--trace-step", a->trace_step, "of the trace, like 10s (1m)");
  sub->add_option("--image", a->kubernetes.image, "of the Jobs: holds sh and stress-ng");
  sub->add_option("--namespace", a->kubernetes.name_space, "of the Jobs")->capture_default_str();
  sub->add_option("--prefix", a->kubernetes.prefix,
                  "of the Jobs' names, and their label app.kubernetes.io/instance")
      ->capture_default_str();
  sub->add_option("--keep", a->keep, "finished Jobs are removed after so long")
      ->capture_default_str();
  sub->add_option("--out", a->out, "file for the result")->required();
  sub->add_flag("--json", a->json, "print JSON");
  sub->callback(
      [a, &context] { context.command = [a, &context] { return run_generate(*a, context); }; });
}

void add_execute(CLI::App& stress, Context& context) {
  auto a = std::make_shared<StressExecuteArguments>();
  CLI::App* sub =
      stress.add_subcommand("run", "follow a schedule on this machine with stress-ng, and measure");
  sub->add_option("schedule", a->schedule, "file of a schedule")->required();
  sub->add_option("--out", a->out, "CSV for what was measured");
  sub->add_option("--stress-ng", a->program, "the program")->capture_default_str();
  sub->add_option("--sample", a->sample, "time from reading to reading")->capture_default_str();
  sub->add_option("--cgroup", a->cgroup,
                  "control group to make each job's group in; auto: this process's own; none")
      ->capture_default_str();
  sub->add_option("--limits", a->limits, "cpu, memory or cpu,memory")->capture_default_str();
  sub->add_option("--cpu-weight", a->cpu_weight,
                  "of all jobs in their control group, in that of one process (one a core)");
  sub->add_option("--listen", a->listen, "loopback host:port of /metrics while it runs");
  sub->add_flag("--allow-oversubscribe", a->allow_oversubscribe,
                "run load that is over what this machine has");
  sub->add_flag("--json", a->json, "print JSON");
  sub->callback(
      [a, &context] { context.command = [a, &context] { return execute_stress(*a, context); }; });
}

void add_check_run(CLI::App& stress, Context& context) {
  auto a = std::make_shared<CheckArguments>();
  CLI::App* sub = stress.add_subcommand(
      "check",
      "compare a run with its plan, and its phases, durations and arrivals with the source");
  sub->add_option("profile", a->profile, "file of the profile")->required();
  sub->add_option("schedule", a->schedule, "file of the schedule")->required();
  sub->add_option("recording", a->recording, "CSV that run wrote")->required();
  sub->add_option("--report", a->report, "HTML page to write, complete in itself");
  sub->add_flag("--json", a->json, "print JSON");
  sub->callback(
      [a, &context] { context.command = [a, &context] { return run_check(*a, context); }; });
}

}  // namespace

void add_stress(CLI::App& app, Context& context) {
  CLI::App* stress =
      app.add_subcommand("stress", "Make a machine feel like a recorded system: real load");
  stress->require_subcommand(1);
  add_profile(*stress, context);
  add_generate(*stress, context);
  add_execute(*stress, context);
  add_check_run(*stress, context);
}

}  // namespace learningplane::cli
