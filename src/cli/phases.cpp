#include "learningplane/profiling/phases.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "cli/model_input.hpp"
#include "cli/page_file.hpp"
#include "cli/phases_print.hpp"
#include "cli/phases_report.hpp"
#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/profiling/phase_features.hpp"
#include "learningplane/profiling/phase_statistics.hpp"
#include "learningplane/telemetry/csv.hpp"

namespace learningplane::cli {

namespace {

using namespace profiling;

struct PhasesArguments {
  std::string model{};
  std::string data{};
  std::string time{};
  std::vector<std::string> by{};
  std::vector<std::string> features{};
  std::vector<std::string> options{};
  std::int64_t k = -1;  ///< -1: not said
  std::string mode{};
  std::string out{};
  std::string report{};
  std::vector<std::string> next{};
  std::size_t ahead = 1;
  std::size_t new_phases = 0;
  std::int32_t phase = -1;
  bool json = false;
};

/// A CSV as a frame: one sequence for each text of the columns `by`. Two rows of one time and
/// sequence are refused.
telemetry::Frame read_frame(const PhasesArguments& a, const std::vector<std::string>& features) {
  telemetry::CsvOptions csv;
  csv.paths = {a.data};
  csv.time_column = a.time;
  csv.label_columns = a.by;
  csv.value_columns = features;
  csv.duplicates = telemetry::CsvDuplicates::refuse;
  auto read = telemetry::read_csv(csv);
  if (!read && read.error().code == Errc::conflict && a.by.empty())
    read.error().message += "; where the rows are of several applications, say --by COLUMN";
  return value_or_throw(std::move(read));
}

PhaseOptions options_of(const PhasesArguments& a) {
  Value options = Value::object();
  for (const std::string& text : a.options) {
    const auto [key, value] = split_assignment(text, "--option");
    options.set(key, config::parse_yaml(value, "--option " + key));
  }
  if (!a.features.empty()) {
    Value names = Value::array();
    for (const std::string& f : a.features) names.push(f);
    options.set("features", names);
  }
  if (a.k >= 0) options.set("k", a.k);
  if (!a.mode.empty()) options.set("mode", a.mode);
  return phase_options(options);
}

Phases load(const PhasesArguments& a) {
  Phases phases = value_or_throw(Phases::load(a.model));
  if (!a.mode.empty()) phases.set_mode(phase_options(Value::object().set("mode", a.mode)).mode);
  return phases;
}

/// The columns that the phases are told by, of the data asked for.
struct Read {
  telemetry::Frame frame{};
  PhaseData data{};
};
Read read_for(const PhasesArguments& a, const Phases& phases) {
  Read out{.frame = read_frame(a, phases.features())};
  out.data =
      value_or_throw(phase_data(out.frame, {phases.features(), phases.options().negative_allowed}));
  return out;
}

void print(const Value& value, std::ostream& out) {
  out << dump_json(value, JsonStyle::pretty) << '\n';
}

PhasesPage page_of(const PhasesArguments& a) { return {a.report, a.data, a.model}; }

int run_fit(const PhasesArguments& a, Context& context) {
  check_page(a.report);
  Phases phases(options_of(a));
  Read read = read_for(a, phases);
  const PhaseFit fit = value_or_throw(phases.fit(read.data));
  if (!a.out.empty()) value_or_throw(phases.save(a.out));
  write_report(page_of(a), phases, std::move(read.data), {}, profiling::to_value(fit));
  if (a.json) {
    print(to_value(fit), context.out);
    return ok;
  }
  if (fit.choice) print_choice(*fit.choice, context.out);
  context.out << fmt::format(
      "{} phases on {} rows: RBM error {:.4f} after {} epochs, inertia {:.6g}\n", fit.k, fit.rows,
      fit.crbm.errors.empty() ? NAN : fit.crbm.errors.back(), fit.crbm.errors.size(), fit.inertia);
  for (const std::string& name : fit.constant)
    context.out << fmt::format("{} never changes: it tells nothing\n", name);
  say_page(a.report, context.out);
  return ok;
}

int run_choose(const PhasesArguments& a, Context& context) {
  check_page(a.report);
  PhaseOptions options = options_of(a);
  options.k = 0;
  Phases phases(options);
  Read read = read_for(a, phases);
  const PhaseFit fit = value_or_throw(phases.fit(read.data));
  write_report(page_of(a), phases, std::move(read.data), {}, profiling::to_value(fit));
  if (a.json) {
    print(to_value(*fit.choice), context.out);
    return ok;
  }
  print_choice(*fit.choice, context.out);
  say_page(a.report, context.out);
  return ok;
}

Value to_value(const std::vector<PhaseLabels>& labels) {
  Value out = Value::array();
  for (const PhaseLabels& l : labels) {
    Value names = Value::object(), times = Value::array(), phases = Value::array();
    for (const auto& [key, text] : l.labels) names.set(key, text);
    for (const std::int64_t t : l.times_ns) times.push(to_iso8601(from_ns(t)));
    // A phase that is not known is no number.
    for (const std::int32_t p : l.phases)
      phases.push(p < 0 ? Value() : Value(static_cast<std::int64_t>(p)));
    out.push(Value::object().set("labels", names).set("times", times).set("phases", phases));
  }
  return out;
}

int run_label(const PhasesArguments& a, Context& context) {
  check_page(a.report);
  const Phases phases = load(a);
  Read read = read_for(a, phases);
  const auto labels = value_or_throw(phases.label(read.data));
  if (!a.out.empty())
    value_or_throw(telemetry::write_csv(
        value_or_throw(with_phases(read.frame, labels, phases.count(), PhaseColumns::index)),
        a.out));
  write_report(page_of(a), phases, std::move(read.data), labels);
  if (a.json) {
    print(to_value(labels), context.out);
    return ok;
  }
  context.out << fmt::format("{:20} {:>8} {:>8}  rows per phase\n", "sequence", "rows", "changes");
  for (const PhaseLabels& l : labels) {
    std::vector<std::size_t> counts(phases.count());
    std::size_t changes = 0;
    for (std::size_t i = 0; i < l.phases.size(); ++i) {
      if (l.phases[i] >= 0) ++counts[static_cast<std::size_t>(l.phases[i])];
      changes += i > 0 && l.phases[i] >= 0 && l.phases[i - 1] >= 0 && l.phases[i] != l.phases[i - 1]
                     ? 1
                     : 0;
    }
    context.out << fmt::format("{:20} {:>8} {:>8} ", PhaseSequence{.labels = l.labels}.name(),
                               l.phases.size(), changes);
    for (const std::size_t n : counts) context.out << ' ' << n;
    context.out << '\n';
  }
  say_page(a.report, context.out);
  return ok;
}

int run_stats(const PhasesArguments& a, Context& context) {
  check_page(a.report);
  const Phases phases = load(a);
  Read read = read_for(a, phases);
  const auto labels = value_or_throw(phases.label(read.data));
  const PhaseStatistics s = phase_statistics(read.data, labels, phases.count());
  const NextScores next = next_scores(a.next, a.ahead, read.data, labels, phases.count());
  write_report(page_of(a), phases, std::move(read.data), labels, {}, next);
  if (a.json) {
    const Value v = to_value(s);
    print(next.empty() ? v : Value(v).set("next_phase", cli::to_value(next)), context.out);
    return ok;
  }
  print_statistics(s, context.out);
  print_next(next, context.out);
  say_page(a.report, context.out);
  return ok;
}

int run_update(const PhasesArguments& a, Context& context) {
  check_page(a.report);
  Phases phases = load(a);
  Read read = read_for(a, phases);
  Value report;
  if (a.new_phases > 0) {
    ExtendOptions how{.k = a.new_phases};
    if (a.phase >= 0) how.phase = a.phase;
    report = profiling::to_value(value_or_throw(phases.extend(read.data, how)));
  } else {
    report = profiling::to_value(value_or_throw(phases.update(read.data)));
  }
  value_or_throw(phases.save(a.out.empty() ? a.model : a.out));
  write_report(page_of(a), phases, std::move(read.data));
  if (a.json)
    print(report, context.out);
  else
    context.out << dump_json(report) << '\n';
  return ok;
}

CLI::App* declare(CLI::App& phases, const std::shared_ptr<PhasesArguments>& a, Context& context,
                  const char* name, const char* help,
                  int (*run)(const PhasesArguments&, Context&)) {
  CLI::App* sub = phases.add_subcommand(name, help);
  sub->add_option("--data", a->data, "CSV file, folder of *.csv files, or glob")->required();
  sub->add_option("--by", a->by, "columns whose text tells applications or pods apart");
  sub->add_option("--time", a->time, "column of the time (timestamp, time, ds, date or the first)");
  sub->add_option("--mode", a->mode,
                  "corrected or as_published (one row late, with a warm-up phase)");
  sub->add_option("--report", a->report, "HTML page to write, complete in itself");
  sub->add_flag("--json", a->json, "print JSON");
  sub->callback(
      [a, &context, run] { context.command = [a, &context, run] { return run(*a, context); }; });
  return sub;
}
void add_options(CLI::App& sub, const std::shared_ptr<PhasesArguments>& a) {
  sub.add_option("--features", a->features, "columns, in this order (all that hold numbers)")
      ->delimiter(',');
  sub.add_option("--k", a->k, "phases; 0: chosen by the option criterion (5)")
      ->check(CLI::NonNegativeNumber);
  sub.add_option("--option", a->options, "NAME=VALUE, such as history=3, hidden=10, epochs=100");
}

}  // namespace

void add_phases(CLI::App& app, Context& context) {
  auto a = std::make_shared<PhasesArguments>();
  CLI::App* phases = app.add_subcommand("phases", "Cut behaviour into phases");
  phases->require_subcommand(1);
  CLI::App* fit = declare(*phases, a, context, "fit", "learn phases from a CSV", run_fit);
  add_options(*fit, a);
  fit->add_option("--out", a->out, "file for the phases")->required();
  CLI::App* label =
      declare(*phases, a, context, "label", "say which phase each row is in", run_label);
  label->add_option("--out", a->out, "CSV with a column phase beside the features");
  CLI::App* stats = declare(*phases, a, context, "stats",
                            "usage, duration and transitions of each phase", run_stats);
  stats
      ->add_option("--next", a->next,
                   "score how well what comes next is foreseen: markov, mlp or both")
      ->delimiter(',')
      ->check(CLI::IsMember({"markov", "mlp"}));
  stats->add_option("--ahead", a->ahead, "rows from the present to the phase that is foreseen (1)")
      ->check(CLI::PositiveNumber);
  CLI::App* update = declare(*phases, a, context, "update",
                             "take new rows in, or find the phases of a new workload", run_update);
  update->add_option("--out", a->out, "file for the result (the same one)");
  update->add_option("--new-phases", a->new_phases, "tell one phase apart in so many new ones");
  update->add_option("--phase", a->phase, "the phase told apart (the one that fits worst)")
      ->check(CLI::NonNegativeNumber);
  for (CLI::App* sub : {label, stats, update})
    sub->add_option("model", a->model, "file of phases, or a published model as JSON")->required();
  add_options(
      *declare(*phases, a, context, "choose-k", "how many phases there are, and why", run_choose),
      a);
}

}  // namespace learningplane::cli
