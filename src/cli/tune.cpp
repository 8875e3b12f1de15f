#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "cli/model_input.hpp"
#include "cli/simulation_arguments.hpp"
#include "cli/writable.hpp"
#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/simulation/tuning.hpp"

namespace learningplane::cli {

namespace {

struct TuneOptions {
  SimulationArguments arguments{};
  simulation::TuningOptions tuning{};
  std::string policy = "hybrid", choice = "flat", out{};
  std::vector<std::string> search{}, aims{"events", "violations", "instance_minutes"};
  std::size_t score_from = 30'240, score_to = 40'320;
  double bound = 22;
  bool no_score = false, json = false;
  bool ranges_given = false;
};

/// A policy file, or the kind of a policy with its defaults.
Value policy_of(const TuneOptions& o, const Registries& registries) {
  const SimulationArguments& a = o.arguments;
  if (!o.policy.ends_with(".yaml") && !o.policy.ends_with(".yml"))
    return completed(Value::object().set("kind", o.policy), a, registries);
  const std::vector<Value> read = read_policies(o.policy);
  if (read.size() != 1) throw ConfigError("", "--policy", o.policy, "a file of one policy");
  return completed(read.front(), a, registries);
}

/// "NAME=[VALUE, …]": what is tried of this option. Replaces the usual values.
std::vector<simulation::TuningAxis> axes_of(const TuneOptions& o, const Value& policy,
                                            const Registries& registries) {
  std::vector<simulation::TuningAxis> out;
  for (const std::string& text : o.search) {
    const auto [name, values] = split_assignment(text, "--search");
    const Value list = config::parse_yaml(values, "--search " + name);
    if (!list.is_array()) throw ConfigError("", "--search", text, "NAME=[VALUE, …]");
    out.push_back({name, list.as_array()});
  }
  if (!out.empty()) return out;
  for (auto& axis : simulation::usual_axes(policy.get("kind", ""), registries)) {
    if (policy.find(axis.option) == nullptr) out.push_back(std::move(axis));
  }
  return out;
}

std::size_t bound_of(const TuneOptions& o) {
  const auto& bounds = o.arguments.bounds;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (bounds[i] == o.bound) return i;
  }
  throw ConfigError("", "--bound", fmt::format("{:g}", o.bound), "one of --bounds");
}

/// What was varied, in the order of the axes.
std::string settings(const simulation::Tuning& t, const simulation::TuningTrial& trial) {
  std::string out;
  for (const auto& axis : t.options.axes) {
    const Value* v = trial.policy.find(axis.option);
    if (axis.option == "margin") {
      out += fmt::format(" margin={:g}", trial.margin);
    } else if (v != nullptr) {
      out += " " + axis.option + "=" + (v->is_string() ? v->as_string() : dump_json(*v));
    }
  }
  return out.empty() ? " as given" : out;
}

void table(const simulation::Tuning& t, std::ostream& out) {
  const simulation::TuningOptions& o = t.options;
  const double bound = o.lineup.simulation.bounds[o.bound];
  out << fmt::format("protocol {}, {} policies tried, seed {}; chosen on slots {} to {}",
                     simulation::to_string(o.lineup.simulation.protocol), t.trials.size(), o.seed,
                     o.train.first, o.train.last - 1);
  out << (o.score ? fmt::format(", scored on {} to {}\n", o.score->first, o.score->last - 1)
                  : std::string(", not scored\n"));
  const std::string over = fmt::format(">{:g} %", bound);
  const auto figures = [](const simulation::TuningFigures& f) {
    return fmt::format("{:>7} {:>8.3f} {:>12.0f}", f.events, f.violations, f.instance_minutes);
  };
  out << fmt::format("   {:>7} {:>8} {:>12}", "events", over, "instance-min");
  if (o.score) out << fmt::format(" | {:>7} {:>8} {:>12}", "events", over, "instance-min");
  out << "  settings\n";
  const auto line = [&](const simulation::TuningTrial& trial, const char* mark) {
    out << fmt::format("{:2} {}", mark, figures(trial.train));
    if (o.score) out << " | " << (trial.score ? figures(*trial.score) : std::string(29, ' '));
    out << " " << settings(t, trial) << '\n';
  };
  for (const std::size_t i : t.front) line(t.trials[i], i == t.chosen ? "*" : "");
  if (!t.trials[t.chosen].front && t.chosen != 0) line(t.trials[t.chosen], "*");
  if (!t.trials.front().front) line(t.trials.front(), t.chosen == 0 ? "*" : "0");
  out << (t.trials[t.chosen].front ? "* chosen" : "* chosen, its neighbours are as good");
  if (!t.trials.front().front) out << "; 0 as given, not on the front";
  out << '\n';
  if (t.refused > 0)
    out << fmt::format("{} combinations are no policy and were left out: {}\n", t.refused,
                       t.refusal);
  if (!t.within)
    out << fmt::format("none keeps {:g} % and the wanted events on the slots it is chosen by\n",
                       o.most_violations);
}

/// The chosen policy's file; a table that it names is found from there.
void write_policy(simulation::Tuning t, const TuneOptions& o) {
  simulation::TuningTrial& chosen = t.trials[t.chosen];
  std::filesystem::path table = o.arguments.latency;
  if (const Value* own = chosen.policy.find("capacity"); own != nullptr && own->is_string())
    table = own->as_string();
  if (!table.empty() && chosen.policy.find("throughput") == nullptr) {
    const auto folder = std::filesystem::absolute(o.out).parent_path();
    if (table.is_relative()) table = std::filesystem::absolute(table).lexically_proximate(folder);
    chosen.policy.set("capacity", table.string());
  }
  const std::string part = o.out + ".part";
  std::ofstream file(part, std::ios::binary);
  file << simulation::policy_file(t);
  file.close();
  if (!file) throw Error("cannot write " + o.out);
  std::filesystem::rename(part, o.out);
}

int run_tune(TuneOptions o, Context& context) {
  must_be_writable("--out", o.out);
  simulation::TuningOptions& t = o.tuning;
  t.lineup = lineup_options(o.arguments, true);
  t.policy = policy_of(o, context.registries);
  t.axes = axes_of(o, t.policy, context.registries);
  t.bound = bound_of(o);
  t.seed = o.arguments.lineup.simulation.seed;
  t.choice = simulation::tuning_choice_from(o.choice);
  t.aims.clear();
  for (const std::string& aim : o.aims) t.aims.push_back(simulation::tuning_aim_from(aim));
  if (!o.no_score) t.score = simulation::SlotRange{o.score_from, o.score_to};
  const simulation::WorkloadTrace trace = trace_of(o.arguments);
  // A trace of less than four weeks: its second and third quarter, and the last.
  if (!o.ranges_given && trace.size() < o.score_to && trace.size() >= 4) {
    t.train = {trace.size() / 4, trace.size() * 3 / 4};
    if (t.score) t.score = simulation::SlotRange{t.train.last, trace.size()};
  }
  const auto result = simulation::tune(trace, capacity_of(o.arguments), t, context.registries);
  if (!o.out.empty()) write_policy(result, o);
  if (o.json) {
    context.out << dump_json(simulation::to_value(result), JsonStyle::pretty) << '\n';
  } else {
    table(result, context.out);
    if (!o.out.empty()) context.out << "written to " << o.out << '\n';
  }
  return ok;
}

}  // namespace

void add_tune(CLI::App& app, Context& context) {
  auto o = std::make_shared<TuneOptions>();
  simulation::TuningOptions& t = o->tuning;
  CLI::App* sub = app.add_subcommand(
      "tune", "Search a scaling policy's settings over the simulator and write the policy file");
  add_simulation_arguments(*sub, o->arguments);
  sub->get_option("--trace")->required();
  sub->add_option("--policy", o->policy, "kind of a policy, or a policy file to start from")
      ->capture_default_str();
  sub->add_option("--search", o->search,
                  "NAME=[VALUE, …], an option and what is tried of it, or margin=[SHARE, …]; "
                  "nothing: window, quantile, margin, cool-down, and the hybrid's own");
  sub->add_option("--train-from", t.train.first, "first slot that the policy is chosen by")
      ->capture_default_str();
  sub->add_option("--train-to", t.train.last, "the slot after the last of them")
      ->capture_default_str();
  sub->add_option("--score-from", o->score_from, "first slot that says what the choice is worth")
      ->capture_default_str();
  sub->add_option("--score-to", o->score_to, "the slot after the last of them")
      ->capture_default_str();
  sub->add_flag("--no-score", o->no_score, "choose only");
  sub->add_option("--train-slots", o->arguments.lineup.train_slots,
                  "before each range that the forecaster's first fit sees")
      ->capture_default_str();
  sub->add_option("--trials", t.trials, "most policies tried")->capture_default_str();
  sub->add_option("--aim", o->aims, "events, violations, instance_minutes, cost, energy")
      ->delimiter(',')
      ->capture_default_str();
  sub->add_option("--bound", o->bound, "latency that violations are counted above")
      ->capture_default_str();
  sub->add_option("--most-violations", t.most_violations, "% of slots, of the policy to choose")
      ->capture_default_str();
  sub->add_option("--most-events", t.most_events, "the same");
  sub->add_option("--choice", o->choice,
                  "flat: near the best, with neighbours that are as good; knee: of the front, "
                  "nearest to the least of each aim")
      ->capture_default_str();
  sub->add_option("--out", o->out, "policy file to write");
  sub->add_flag("--json", o->json, "print JSON");
  sub->callback([o, sub, &context] {
    for (const char* range : {"--train-from", "--train-to", "--score-from", "--score-to"})
      o->ranges_given = o->ranges_given || sub->count(range) > 0;
    context.command = [o, &context] { return run_tune(*o, context); };
  });
}

}  // namespace learningplane::cli
