#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "cli/page_file.hpp"
#include "cli/simulate_services.hpp"
#include "cli/simulation_arguments.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/report/simulation_report.hpp"

namespace learningplane::cli {

namespace {

struct SimulateOptions {
  SimulationArguments arguments{};
  std::vector<std::string> policies{"vanilla", "memory", "predictive", "oracle", "hybrid", "hpa"};
  std::vector<std::string> policy_files{};
  std::string services{}, report{};
  std::vector<double> sweep{20, 60, 180};
  bool json = false;
};

bool is_file(const std::string& policy) {
  return policy.ends_with(".yaml") || policy.ends_with(".yml") || policy.ends_with(".json");
}

std::vector<simulation::LineupEntry> lineup_of(const SimulateOptions& o,
                                               const simulation::LineupOptions& lineup,
                                               const decision::Capacity& capacity,
                                               const Registries& registries) {
  const SimulationArguments& a = o.arguments;
  std::vector<simulation::LineupEntry> out;
  const auto file = [&](const std::string& path) {
    for (const Value& one : read_policies(path))
      out.push_back(simulation::lineup_entry(completed(one, a, registries), lineup, registries));
  };
  for (const std::string& name : o.policies) {
    if (name == "none") continue;
    if (is_file(name)) {
      file(name);
    } else if (a.latency.empty() &&
               (name == "predictive" || name == "oracle" || name == "hybrid")) {
      Value policy = Value::object().set("kind", name == "oracle" ? "predictive" : name);
      policy.set("name", name);
      if (name == "oracle") policy.set("forecasts", "trace");
      out.push_back(simulation::lineup_entry(completed(policy, a, registries), lineup, registries));
    } else {
      out.push_back(simulation::lineup_entry(name, lineup, capacity, registries));
    }
  }
  for (const std::string& path : o.policy_files) file(path);
  return out;
}

void table(const std::vector<simulation::SimulationResult>& results, std::ostream& out) {
  const simulation::SimulationResult& first = results.front();
  out << fmt::format("protocol {}, seed {}, {} slots from slot {}\n",
                     simulation::to_string(first.protocol), first.seed, first.slots,
                     first.start_slot);
  out << fmt::format("{:16} {:>7} {:>9} {:>9} {:>9} {:>12} {:>9} {:>5}\n", "policy", "events",
                     fmt::format(">{:g} %", first.bounds[0]),
                     fmt::format(">{:g} %", first.bounds[1]),
                     fmt::format(">{:g} %", first.bounds[2]), "instance-min", "penalty p", "max");
  for (const auto& r : results)
    out << fmt::format("{:16} {:>7} {:>9.3f} {:>9.3f} {:>9.3f} {:>12.0f} {:>9.3f} {:>5}\n", r.name,
                       r.events, r.violations[0], r.violations[1], r.violations[2],
                       r.instance_minutes, r.penalty_percentile, r.max_instances);
  if (first.unknown_slots > 0)
    out << fmt::format("the load of {} slots is not known: nothing is counted there\n",
                       first.unknown_slots);
}

/// The policies whose window is a number of minutes to vary: each with every window.
std::vector<report::WindowSweep> sweeps(const std::vector<simulation::LineupEntry>& lineup,
                                        const std::vector<double>& minutes,
                                        simulation::Comparison& comparison) {
  std::vector<report::WindowSweep> out;
  for (const simulation::LineupEntry& entry : lineup) {
    if (entry.kind != "predictive" && entry.kind != "hybrid") continue;
    std::vector<simulation::LineupEntry> windows(minutes.size(), entry);
    for (std::size_t i = 0; i < minutes.size(); ++i)
      windows[i].options.set("window",
                             format_duration(std::chrono::duration_cast<Duration>(
                                 std::chrono::duration<double, std::ratio<60>>(minutes[i]))));
    out.push_back({entry.name, comparison.run(windows)});
  }
  return out;
}

int run_simulate(const SimulateOptions& o, Context& context) {
  if (!o.services.empty()) return simulate_services(o.services, o.arguments, o.json, context);
  if (o.arguments.trace.empty())
    throw ConfigError("", "--trace", "", "a trace, or --services with a file");
  check_page(o.report);
  const simulation::LineupOptions l = lineup_options(o.arguments, false);
  const simulation::WorkloadTrace trace = trace_of(o.arguments);
  const decision::Capacity capacity = capacity_of(o.arguments);
  const auto lineup = lineup_of(o, l, capacity, context.registries);
  if (lineup.empty()) throw ConfigError("", "--policy", "none", "at least one policy");
  simulation::Comparison comparison(trace, capacity, l, context.registries);
  const auto results = comparison.run(lineup);
  if (!o.report.empty()) {
    const bool published = l.simulation.protocol == simulation::Protocol::published;
    report::SimulationReport page;
    page.source = o.arguments.trace.starts_with("generate:")
                      ? o.arguments.trace
                      : std::filesystem::path(o.arguments.trace).filename().string();
    page.forecaster = published ? "the public simulator's model" : l.forecaster;
    page.trace = trace;
    page.options = l.simulation;
    page.lineup = lineup;
    page.results = results;
    page.latencies = capacity.rows();
    page.loops = simulation::forecast_loops(trace, l, context.registries);
    page.sweeps = sweeps(lineup, o.sweep, comparison);
    write_page(o.report, report::to_html(page));
  }
  if (o.json) {
    context.out << dump_json(simulation::to_value(results), JsonStyle::pretty) << '\n';
  } else {
    table(results, context.out);
    say_page(o.report, context.out);
  }
  return ok;
}

}  // namespace

void add_simulate(CLI::App& app, Context& context) {
  auto o = std::make_shared<SimulateOptions>();
  SimulationArguments& a = o->arguments;
  simulation::LineupOptions& l = a.lineup;
  CLI::App* sub =
      app.add_subcommand("simulate", "Replay a workload through scaling policies side by side");
  add_simulation_arguments(*sub, a);
  sub->add_option("--policy", o->policies,
                  "vanilla, memory, predictive, oracle, hybrid, hpa, target_tracking, a policy "
                  "file, or none")
      ->delimiter(',')
      ->capture_default_str();
  sub->add_option("--policy-file", o->policy_files,
                  "YAML of a policy, or of a list: {kind, name, forecasts, options}");
  sub->add_option("--window", a.window, "of the predictive policies, in minutes")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub->add_option("--reactive-window", a.reactive_window, "of the reactive ones, in minutes")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub->add_option("--train-slots", l.train_slots, "before the start that the first fit sees")
      ->capture_default_str();
  sub->add_option("--start-slot", l.simulation.start_slot, "first slot simulated")
      ->capture_default_str();
  sub->add_option("--slots", l.simulation.slots, "how many")->capture_default_str();
  sub->add_option("--services", o->services,
                  "YAML of several services that share a cluster, instead of --trace");
  sub->add_option("--report", o->report, "HTML page to write, complete in itself");
  sub->add_option("--sweep", o->sweep, "windows in minutes that the page compares")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub->add_flag("--json", o->json, "print JSON");
  sub->callback(
      [o, &context] { context.command = [o, &context] { return run_simulate(*o, context); }; });
}

}  // namespace learningplane::cli
