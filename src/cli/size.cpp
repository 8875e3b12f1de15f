#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "cli/model_input.hpp"
#include "cli/page_file.hpp"
#include "learningplane/config/yaml.hpp"
#include "learningplane/decision/policy_files.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/report/sizing_report.hpp"
#include "learningplane/simulation/sizing_lineup.hpp"
#include "learningplane/simulation/sizing_totals.hpp"
#include "learningplane/telemetry/csv.hpp"

namespace learningplane::cli {

namespace {

using simulation::SizingResult;

struct SizeArguments {
  std::string trace{}, time{}, seen = "served", next = "mlp", save{}, report{};
  std::vector<std::string> by{}, policies{}, policy_files{}, options{};
  simulation::UsageColumns columns{};
  double train_share = 0.5, window = 60, gap = 15;
  std::size_t threads = 0;
  bool each = false, json = false;
};

std::vector<simulation::UsageTrace> traces_of(const SizeArguments& a) {
  telemetry::CsvOptions csv;
  csv.paths = {a.trace};
  csv.time_column = a.time;
  csv.label_columns = a.by;
  csv.value_columns = {a.columns.cpu, a.columns.memory};
  csv.duplicates = telemetry::CsvDuplicates::refuse;
  auto frame = telemetry::read_csv(csv);
  if (!frame && frame.error().code == Errc::conflict && a.by.empty())
    frame.error().message += "; where the rows are of several applications, say --by COLUMN";
  return value_or_throw(simulation::usage_traces(value_or_throw(std::move(frame)), a.columns));
}

Duration minutes(double m, const char* option) {
  if (!(m > 0) || m > 1e6) throw ConfigError("", option, fmt::format("{}", m), "above 0 minutes");
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::ratio<60>>(m));
}

simulation::SizingLineupOptions lineup_options(const SizeArguments& a) {
  simulation::SizingLineupOptions o;
  o.replay.train_share = a.train_share;
  o.replay.seen = a.seen == "demand" ? simulation::Seen::demand : simulation::Seen::served;
  o.window = minutes(a.window, "--window");
  o.threads = a.threads;
  // Of the usual list some may fail everywhere; what was named must work somewhere.
  if (a.policies.empty() && a.policy_files.empty()) o.nowhere = simulation::Nowhere::leave_out;
  o.phases.gap = minutes(a.gap, "--gap");
  o.phases.next.method =
      a.next == "markov" ? profiling::NextPhaseMethod::markov : profiling::NextPhaseMethod::mlp;
  Value options = Value::object();
  for (const std::string& text : a.options) {
    const auto [key, value] = split_assignment(text, "--option");
    options.set(key, config::parse_yaml(value, "--option " + key));
  }
  o.phases.phases = profiling::phase_options(options);
  return o;
}

std::vector<simulation::SizingEntry> lineup_of(const SizeArguments& a,
                                               const simulation::SizingLineupOptions& o,
                                               const Registries& registries) {
  std::vector<simulation::SizingEntry> out;
  const bool all = a.policies.empty() && a.policy_files.empty();
  for (const std::string& name : all ? simulation::sizing_names() : a.policies)
    out.push_back(simulation::sizing_entry(name, o, registries));
  for (const std::string& file : a.policy_files) {
    const Value read = decision::with_policy_files(
        config::load_yaml(file), std::filesystem::path(file).parent_path().string());
    if (!read.is_array()) {
      out.push_back(simulation::sizing_entry(read, registries));
      continue;
    }
    if (read.as_array().empty())
      throw ConfigError("", "--policy-file", file,
                        "a policy {kind, options} or a list of one or more of them");
    for (const Value& one : read.as_array())
      out.push_back(simulation::sizing_entry(one, registries));
  }
  return out;
}

void row(const SizingResult& r, const std::string& application, std::ostream& out) {
  const auto percent = [](double share) {
    return std::isfinite(share) ? fmt::format("{:.2f}", 100 * share) : std::string("-");
  };
  if (!r.left_out.empty()) {
    out << fmt::format("{:20} {:12} {:>9} {:>7} {:>8} {:>9} {:>7} {:>11} {:>7} {:>8} {:>6} {:>7}\n",
                       r.name, application, "-", "-", "-", "-", "-", "-", "-", "-", "-", "-");
    return;
  }
  const auto given = [](const simulation::SizingScore& score, double unit, int digits) {
    return score.samples > 0 ? fmt::format("{:.{}f}", score.allocation / unit, digits)
                             : std::string("-");
  };
  out << fmt::format("{:20} {:12} {:>9} {:>7} {:>8} {:>9} {:>7} {:>11} {:>7} {:>8} {:>6} {:>7}\n",
                     r.name, application, given(r.cpu, 1, 3), percent(r.cpu.slack()),
                     percent(r.cpu.above_share()), percent(r.cpu.unserved_share()), r.cpu.resizes,
                     given(r.memory, 1'048'576, 1), percent(r.memory.slack()),
                     percent(r.memory.above_share()), r.out_of_memory(), r.memory.resizes);
}

/// Which applications a policy's sum is of.
std::string over(std::size_t summed, std::size_t applications) {
  if (summed == applications) return "all";
  return summed == 0 ? "none" : fmt::format("{} of {}", summed, applications);
}

/// What was left out and why: the policies of one application and reason together.
void print_left_out(const simulation::SizingTotals& total, std::size_t applications,
                    std::ostream& out) {
  if (!total.whole(applications) && total.alike())
    out << "sums are of the applications for which every policy that has one could be made\n";
  else if (!total.alike())
    out << "sums are of different applications and do not compare: no application allows all\n";
  std::vector<simulation::SizingLeftOut> told;
  for (const simulation::SizingLeftOut& l : total.left_out) {
    const auto same = std::find_if(told.begin(), told.end(), [&](const auto& o) {
      return o.application == l.application && o.reason == l.reason;
    });
    if (same == told.end())
      told.push_back(l);
    else
      same->policy += ", " + l.policy;
  }
  for (const simulation::SizingLeftOut& l : told)
    out << fmt::format("left out: {}{}: {}\n", l.application.empty() ? "" : l.application + ": ",
                       l.policy, l.reason);
}

int run_size(const SizeArguments& a, Context& context) {
  check_page(a.report);
  const auto traces = traces_of(a);
  const auto o = lineup_options(a);
  if (!a.save.empty()) {
    if (traces.size() != 1)
      throw ConfigError(
          "", "--save", a.save,
          fmt::format("the sizes of one application; the trace has {}", traces.size()));
    value_or_throw(value_or_throw(simulation::fit_phase_sizes(traces.front(), o)).save(a.save));
    if (a.policies.empty() && a.policy_files.empty()) return ok;
  }
  const auto lineup = lineup_of(a, o, context.registries);
  const auto results = simulation::compare_sizing(traces, lineup, o, context.registries);
  const auto total = simulation::sizing_totals(results, traces.size());
  if (!a.report.empty())
    write_page(a.report,
               report::to_html({.source = std::filesystem::path(a.trace).filename().string(),
                                .options = o.replay,
                                .traces = traces,
                                .lineup = lineup,
                                .results = results}));
  if (a.json) {
    Value policies = Value::array();
    for (std::size_t p = 0; p < total.policies.size(); ++p) {
      Value v = simulation::to_value(total.policies[p]);
      v.set("over", total.over[p].size());
      Value applications = Value::array();
      for (std::size_t t = 0; a.each && t < traces.size(); ++t)
        applications.push(simulation::to_value(results[p * traces.size() + t]));
      policies.push(a.each ? v.set("applications", applications) : v);
    }
    const Value v = Value::object()
                        .set("train_share", a.train_share)
                        .set("seen", a.seen)
                        .set("applications", traces.size())
                        .set("policies", policies)
                        .set("alike", total.alike())
                        .set("left_out", simulation::to_value(total.left_out));
    context.out << dump_json(v, JsonStyle::pretty) << '\n';
    return ok;
  }
  context.out << fmt::format(
      "{} applications, judged on the last {:.0f} %; sums of mean limits; above: samples\n",
      traces.size(), 100 * (1 - a.train_share));
  context.out << fmt::format(
      "{:20} {:12} {:>9} {:>7} {:>8} {:>9} {:>7} {:>11} {:>7} {:>8} {:>6} {:>7}\n", "policy",
      "application", "cores", "slack%", "above%", "throttl%", "resizes", "MiB", "slack%", "above%",
      "OOM", "resizes");
  for (std::size_t p = 0; p < total.policies.size(); ++p) {
    row(total.policies[p], over(total.over[p].size(), traces.size()), context.out);
    for (std::size_t t = 0; a.each && t < traces.size(); ++t)
      row(results[p * traces.size() + t], results[p * traces.size() + t].application, context.out);
  }
  print_left_out(total, traces.size(), context.out);
  say_page(a.report, context.out);
  return ok;
}

}  // namespace

void add_size(CLI::App& app, Context& context) {
  auto a = std::make_shared<SizeArguments>();
  CLI::App* sub = app.add_subcommand(
      "size", "Replay the usage of applications through policies of vertical sizing");
  sub->add_option("--trace", a->trace, "CSV with times, CPU and memory")->required();
  sub->add_option("--by", a->by, "columns whose text tells applications apart");
  sub->add_option("--time", a->time, "column of the time (timestamp, time, ds, date or the first)");
  sub->add_option("--cpu-column", a->columns.cpu, "of the CPU that is used (cpu)");
  sub->add_option("--memory-column", a->columns.memory, "of the memory that is used (memory)");
  sub->add_option("--cpu-unit", a->columns.cpu_unit, "cores of one unit of the column (1)");
  sub->add_option("--memory-unit", a->columns.memory_unit, "bytes of one unit of the column (1)");
  sub->add_option("--requested-cpu", a->columns.requested.cpu_cores, "cores the user asked for")
      ->check(CLI::PositiveNumber);
  sub->add_option("--requested-memory", a->columns.requested.memory_bytes,
                  "bytes the user asked for")
      ->check(CLI::PositiveNumber);
  sub->add_option("--policy", a->policies,
                  "request, static_p95, window_max, window_p95, histogram, theta_scan, "
                  "theta_scan_dynamic, phase_p95, phase_sigma, phase_max, oracle, or a registered "
                  "one (all of these)")
      ->delimiter(',');
  sub->add_option("--policy-file", a->policy_files,
                  "YAML: a policy {kind, options} or a list of them");
  sub->add_option("--train-share", a->train_share,
                  "first part that policies learn from and are not judged on (0.5)");
  sub->add_option("--seen", a->seen, "served: no more than the limit, as a meter shows; or demand")
      ->check(CLI::IsMember({"served", "demand"}));
  sub->add_option("--window", a->window,
                  "minutes, of window_max and the oracle; window_p95: 24 times it (60)");
  sub->add_option("--gap", a->gap, "minutes of silence after which phases begin anew (15)");
  sub->add_option("--next", a->next, "how the next phase is foreseen: mlp or markov")
      ->check(CLI::IsMember({"mlp", "markov"}));
  sub->add_option("--option", a->options, "NAME=VALUE of the phases, such as k=5, history=3");
  sub->add_option("--save", a->save, "file for the phase sizes that an agent's policy reads");
  sub->add_option("--report", a->report, "HTML page to write, complete in itself");
  sub->add_option("--threads", a->threads, "0: one for each core");
  sub->add_flag("--each", a->each, "a line for each application too");
  sub->add_flag("--json", a->json, "print JSON");
  sub->callback(
      [a, &context] { context.command = [a, &context] { return run_size(*a, context); }; });
}

}  // namespace learningplane::cli
