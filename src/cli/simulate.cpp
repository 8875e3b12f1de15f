#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "cli/model_input.hpp"
#include "learningplane/config/yaml.hpp"
#include "learningplane/decision/scaling_objective.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/simulation/lineup.hpp"
#include "learningplane/simulation/operating_rooms.hpp"

namespace learningplane::cli {

namespace {

struct SimulateOptions {
  std::string trace{}, column{}, latency{}, protocol = "honest", forecaster = "day_profile";
  std::vector<std::string> policies{"vanilla", "memory", "predictive", "oracle", "hybrid", "hpa"};
  std::vector<std::string> policy_files{}, options{};
  double throughput = 0, window = 60, reactive_window = 5;
  bool exact = false, json = false;
  simulation::LineupOptions lineup{};
};

constexpr std::string_view generate = "generate:operating_rooms";

/// "generate:operating_rooms" and ":<weeks>" after it, or a file.
simulation::WorkloadTrace trace_of(const SimulateOptions& o) {
  if (!o.trace.starts_with("generate:"))
    return value_or_throw(simulation::read_trace(o.trace, o.column));
  simulation::OperatingRoomsOptions rooms;
  rooms.seed = o.lineup.simulation.seed;
  std::string_view rest = o.trace;
  const bool known = rest.starts_with(generate);
  if (known) rest.remove_prefix(generate.size());
  bool fine = known && (rest.empty() || rest.front() == ':');
  if (fine && !rest.empty()) {
    rest.remove_prefix(1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), rooms.weeks);
    fine = error == std::errc() && end == rest.data() + rest.size();
  }
  if (!fine) throw ConfigError("", "--trace", o.trace, "generate:operating_rooms or …:<weeks>");
  return simulation::operating_rooms(rooms);
}

decision::Capacity capacity_of(const SimulateOptions& o) {
  if (o.latency.empty() == !(o.throughput > 0))
    throw ConfigError("", "--latency", o.latency, "either --latency or --throughput");
  if (!o.latency.empty()) return value_or_throw(decision::Capacity::read(o.latency));
  return decision::Capacity::from_throughput(o.throughput, decision::ScalingObjective{}.upper());
}

std::vector<simulation::LineupEntry> lineup_of(const SimulateOptions& o,
                                               const decision::Capacity& capacity,
                                               const Registries& registries) {
  std::vector<simulation::LineupEntry> out;
  const auto complete = [&](Value policy) {
    const auto& parameters = registries.policies.manifest(policy.get("kind", "")).parameters;
    const bool plans = std::any_of(parameters.begin(), parameters.end(),
                                   [](const Parameter& p) { return p.name == "throughput"; });
    if (o.latency.empty() && plans && policy.find("throughput") == nullptr &&
        policy.find("capacity") == nullptr)
      policy.set("throughput", o.throughput);
    return policy;
  };
  for (const std::string& name : o.policies) {
    if (name == "none") continue;
    if (o.latency.empty() && (name == "predictive" || name == "oracle" || name == "hybrid")) {
      Value policy = Value::object().set("kind", name == "oracle" ? "predictive" : name);
      policy.set("name", name);
      if (name == "oracle") policy.set("forecasts", "trace");
      out.push_back(simulation::lineup_entry(complete(policy), o.lineup, registries));
    } else {
      out.push_back(simulation::lineup_entry(name, o.lineup, capacity, registries));
    }
  }
  for (const std::string& file : o.policy_files) {
    const Value read = config::load_yaml(file);
    if (!read.is_array()) {
      out.push_back(simulation::lineup_entry(complete(read), o.lineup, registries));
      continue;
    }
    for (const Value& one : read.as_array())
      out.push_back(simulation::lineup_entry(complete(one), o.lineup, registries));
  }
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
}

int run_simulate(SimulateOptions o, Context& context) {
  simulation::LineupOptions& l = o.lineup;
  l.simulation.protocol = simulation::protocol_from(o.protocol);
  l.simulation.latencies = o.exact ? simulation::Latencies::exact : simulation::Latencies::sampled;
  l.capacity_file = o.latency;
  const auto minutes = [](double m) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::ratio<60>>(m));
  };
  l.window = minutes(o.window);
  l.reactive_window = minutes(o.reactive_window);
  l.forecaster = o.forecaster;
  for (const std::string& text : o.options) {
    const auto [key, value] = split_assignment(text, "--option");
    l.forecaster_options.set(key, config::parse_yaml(value, "--option " + key));
  }
  const simulation::WorkloadTrace trace = trace_of(o);
  const decision::Capacity capacity = capacity_of(o);
  const auto lineup = lineup_of(o, capacity, context.registries);
  if (lineup.empty()) throw ConfigError("", "--policy", "none", "at least one policy");
  const auto results = simulation::compare(trace, capacity, lineup, l, context.registries);
  if (o.json) {
    context.out << dump_json(simulation::to_value(results), JsonStyle::pretty) << '\n';
  } else {
    table(results, context.out);
  }
  return ok;
}

}  // namespace

void add_simulate(CLI::App& app, Context& context) {
  auto o = std::make_shared<SimulateOptions>();
  simulation::LineupOptions& l = o->lineup;
  CLI::App* sub =
      app.add_subcommand("simulate", "Replay a workload through scaling policies side by side");
  sub->add_option(
         "--trace", o->trace,
         "one load a line (minutes), a CSV with times, or generate:operating_rooms[:WEEKS]")
      ->required();
  sub->add_option("--column", o->column, "of the CSV, that is the load");
  sub->add_option("--latency", o->latency,
                  "CSV of latency quantiles by load on one instance: load, min, p<percent> …, max");
  sub->add_option("--throughput", o->throughput, "streams that one instance carries, instead");
  sub->add_option("--policy", o->policies,
                  "vanilla, memory, predictive, oracle, hybrid, hpa, or none")
      ->delimiter(',')
      ->capture_default_str();
  sub->add_option("--policy-file", o->policy_files,
                  "YAML of a policy, or of a list: {kind, name, forecasts, options}");
  sub->add_option("--window", o->window, "of the predictive policies, in minutes")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub->add_option("--reactive-window", o->reactive_window, "of the reactive ones, in minutes")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub->add_option("--model", o->forecaster, "forecaster of the honest protocol")
      ->capture_default_str();
  sub->add_option("--option", o->options, "NAME=VALUE for the forecaster");
  sub->add_option("--train-slots", l.train_slots, "before the start that the first fit sees")
      ->capture_default_str();
  sub->add_option("--refit-slots", l.refit_every, "from fit to fit; 0: never again")
      ->capture_default_str();
  sub->add_option("--start-slot", l.simulation.start_slot, "first slot simulated")
      ->capture_default_str();
  sub->add_option("--slots", l.simulation.slots, "how many")->capture_default_str();
  sub->add_option("--seed", l.simulation.seed, "of everything drawn")->capture_default_str();
  sub->add_option("--startup-slots", l.simulation.startup_slots,
                  "that a new instance needs before it serves")
      ->capture_default_str();
  sub->add_option("--streams", l.simulation.streams, "of each unit of the trace")
      ->capture_default_str();
  sub->add_option("--sample-share", l.simulation.sample_share, "of the frames that are drawn")
      ->capture_default_str();
  sub->add_option("--failure-probability", l.simulation.failure_probability,
                  "of an instance in a slot");
  sub->add_option("--price", l.simulation.price, "of an instance hour");
  sub->add_option("--watts", l.simulation.watts, "of an instance");
  sub->add_option("--threads", l.threads, "0: one for each core")->capture_default_str();
  sub->add_option("--protocol", o->protocol, "published or honest; never both in one table")
      ->capture_default_str();
  sub->add_flag("--arrivals", l.simulation.arrivals, "the trace is a mean: draw the loads");
  sub->add_flag("--exact", o->exact, "exact latency quantiles instead of drawn latencies");
  sub->add_flag("--json", o->json, "print JSON");
  sub->callback(
      [o, &context] { context.command = [o, &context] { return run_simulate(*o, context); }; });
}

}  // namespace learningplane::cli
