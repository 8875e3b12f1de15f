#include "cli/simulation_arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>

#include "cli/model_input.hpp"
#include "learningplane/config/yaml.hpp"
#include "learningplane/decision/scaling_objective.hpp"
#include "learningplane/error.hpp"
#include "learningplane/simulation/operating_rooms.hpp"

namespace learningplane::cli {

namespace {
constexpr std::string_view generate = "generate:operating_rooms";
}  // namespace

// "generate:operating_rooms" and ":<weeks>" after it, or a file.
simulation::WorkloadTrace trace_of(const SimulationArguments& a) {
  if (!a.trace.starts_with("generate:")) {
    simulation::TraceReading reading;
    reading.column = a.column;
    reading.slot = value_or_throw(parse_duration(a.slot));
    reading.combine = simulation::trace_combine_from(a.combine);
    return value_or_throw(simulation::read_trace(a.trace, reading));
  }
  simulation::OperatingRoomsOptions rooms;
  rooms.seed = a.lineup.simulation.seed;
  std::string_view rest = a.trace;
  const bool known = rest.starts_with(generate);
  if (known) rest.remove_prefix(generate.size());
  bool fine = known && (rest.empty() || rest.front() == ':');
  if (fine && !rest.empty()) {
    rest.remove_prefix(1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), rooms.weeks);
    fine = error == std::errc() && end == rest.data() + rest.size();
  }
  if (!fine) throw ConfigError("", "--trace", a.trace, "generate:operating_rooms or …:<weeks>");
  return simulation::operating_rooms(rooms);
}

decision::Capacity capacity_of(const SimulationArguments& a) {
  if (a.latency.empty() == !(a.throughput > 0))
    throw ConfigError("", "--latency", a.latency, "either --latency or --throughput");
  if (!a.latency.empty()) return value_or_throw(decision::Capacity::read(a.latency));
  return decision::Capacity::from_throughput(a.throughput, decision::ScalingObjective{}.upper());
}

simulation::LineupOptions lineup_options(const SimulationArguments& a, bool exact) {
  simulation::LineupOptions l = a.lineup;
  l.simulation.protocol = simulation::protocol_from(a.protocol);
  if (a.exact && a.sampled) throw ConfigError("", "--exact", "with --sampled", "one of the two");
  l.simulation.latencies = (exact && !a.sampled) || a.exact ? simulation::Latencies::exact
                                                            : simulation::Latencies::sampled;
  if (a.bounds.size() != l.simulation.bounds.size())
    throw ConfigError("", "--bounds", fmt::format("{} of them", a.bounds.size()),
                      "three latencies");
  std::copy(a.bounds.begin(), a.bounds.end(), l.simulation.bounds.begin());
  l.capacity_file = a.latency;
  const auto minutes = [](double m) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::ratio<60>>(m));
  };
  l.window = minutes(a.window);
  l.reactive_window = minutes(a.reactive_window);
  l.forecaster = a.forecaster;
  for (const std::string& text : a.options) {
    const auto [key, value] = split_assignment(text, "--option");
    l.forecaster_options.set(key, config::parse_yaml(value, "--option " + key));
  }
  return l;
}

Value completed(Value policy, const SimulationArguments& a, const Registries& registries) {
  const auto& parameters = registries.policies.manifest(policy.get("kind", "")).parameters;
  const bool plans = std::any_of(parameters.begin(), parameters.end(),
                                 [](const Parameter& p) { return p.name == "throughput"; });
  if (a.latency.empty() && plans && policy.find("throughput") == nullptr &&
      policy.find("capacity") == nullptr)
    policy.set("throughput", a.throughput);
  return policy;
}

std::vector<Value> read_policies(const std::string& path) {
  const std::string folder = std::filesystem::absolute(path).parent_path().string();
  const Value read = decision::with_capacity_from(config::load_yaml(path), folder);
  std::vector<Value> out = read.is_array() ? read.as_array() : std::vector<Value>{read};
  if (out.empty() || !std::all_of(out.begin(), out.end(), [](const Value& v) {
        return v.is_object() && v.find("kind") != nullptr;
      }))
    throw ConfigError(path, "policy", "no policy in it", "{kind: …, options}, or a list of such");
  return out;
}

void add_simulation_arguments(CLI::App& app, SimulationArguments& a) {
  simulation::LineupOptions& l = a.lineup;
  app.add_option("--trace", a.trace,
                 "one load a line (minutes), a CSV with times, or "
                 "generate:operating_rooms[:WEEKS]");
  app.add_option("--column", a.column, "of the CSV, that is the load");
  app.add_option(
         "--combine", a.combine,
         "how rows become slots: even (a row each), mean, sum, or count (rows are requests)")
      ->capture_default_str();
  app.add_option("--slot", a.slot, "length of a slot, where rows do not say it")
      ->capture_default_str();
  app.add_option("--latency", a.latency,
                 "CSV of latency quantiles by load on one instance: load, min, p<percent> …, max");
  app.add_option("--throughput", a.throughput, "streams that one instance carries, instead")
      ->check(CLI::PositiveNumber);
  app.add_option("--bounds", a.bounds, "three latencies that violations are counted above")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--model", a.forecaster, "forecaster of the honest protocol")
      ->capture_default_str();
  app.add_option("--option", a.options, "NAME=VALUE for the forecaster");
  app.add_option("--refit-slots", l.refit_every, "from fit to fit; 0: never again")
      ->capture_default_str();
  app.add_option("--forecast-slots", l.forecast_every, "from forecast to forecast")
      ->capture_default_str();
  app.add_option("--seed", l.simulation.seed, "of everything drawn")->capture_default_str();
  app.add_option("--startup-slots", l.simulation.startup_slots,
                 "that a new instance needs before it serves")
      ->capture_default_str();
  app.add_option("--streams", l.simulation.streams, "of each unit of the trace")
      ->capture_default_str();
  app.add_option("--sample-share", l.simulation.sample_share, "of the frames that are drawn")
      ->capture_default_str();
  app.add_option("--failure-probability", l.simulation.failure_probability,
                 "of an instance in a slot");
  app.add_option("--price", l.simulation.price, "of an instance hour");
  app.add_option("--watts", l.simulation.watts, "of an instance, whatever it does");
  app.add_option("--watts-per-stream", l.simulation.watts_per_stream, "more for each it serves");
  app.add_option("--threads", l.threads, "0: one for each core")->capture_default_str();
  app.add_option("--protocol", a.protocol, "published or honest; never both in one table")
      ->capture_default_str();
  app.add_flag("--arrivals", l.simulation.arrivals, "the trace is a mean: draw the loads");
  app.add_flag("--exact", a.exact, "exact latency quantiles instead of drawn latencies");
  app.add_flag("--sampled", a.sampled, "drawn latencies instead of exact quantiles");
}

}  // namespace learningplane::cli
