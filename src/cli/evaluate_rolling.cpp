// `evaluate` without a file: rolling origins, a table by horizon and model, JSON or an HTML page.
#include "cli/evaluate_rolling.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <ostream>

#include "cli/evaluation_config.hpp"
#include "cli/page_file.hpp"
#include "cli/progress.hpp"
#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/report/evaluation_report.hpp"

namespace learningplane::cli {

namespace {

using evaluation::Backtest;

std::pair<std::string, std::string> split(const std::string& text, const char* option) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0) throw ConfigError("", option, text, "NAME=VALUE");
  return {text.substr(0, at), text.substr(at + 1)};
}

evaluation::BacktestOptions backtest_options(const RollingOptions& o) {
  evaluation::BacktestOptions out;
  out.target = o.target;
  out.horizon = o.horizon;
  out.origins = o.origins;
  out.every = o.every;
  out.share = o.share;
  out.levels = o.levels;
  out.horizons = o.horizons;
  out.season = o.season;
  out.plan = o.plan == "mean" ? evaluation::Plan::mean : evaluation::Plan::highest;
  out.costs = {o.over_cost, o.under_cost};
  out.threads = o.threads;
  if (o.refit == "never") {
    out.refit = evaluation::Refit::never;
  } else if (o.refit != "origin") {
    const auto every = parse_duration(o.refit);
    if (!every || every->count() <= 0)
      throw ConfigError("", "--refit", o.refit, "never, origin, or a duration such as 1d");
    out.refit = evaluation::Refit::every_duration;
    out.refit_every = *every;
  }
  return out;
}

std::vector<StudyGroup> read_groups(const RollingOptions& o, const std::string& data) {
  telemetry::CsvOptions csv;
  csv.paths = {data};
  Labels labels;
  for (const std::string& text : o.labels) {
    const auto [name, value] = split(text, "--label");
    csv.label_columns.push_back(name);
    labels.set(name, value);
  }
  if (!o.group.empty()) csv.label_columns.push_back(o.group);
  // Without a label, rows of several sites at one time would be taken for one site's.
  if (csv.label_columns.empty()) csv.duplicates = telemetry::CsvDuplicates::refuse;
  auto read = telemetry::read_csv(csv);
  if (!read && read.error().code == Errc::conflict)
    read.error().message += "; say with --label NAME=VALUE or --group NAME whose rows are meant";
  telemetry::Frame frame = value_or_throw(std::move(read));
  if (!o.labels.empty()) frame = frame.where(labels);
  if (o.group.empty()) return {{"all", frame}};
  std::vector<StudyGroup> out;
  for (const std::string& value : frame.label_values(o.group)) {
    Labels of;
    of.set(o.group, value);
    out.push_back({value, frame.where(of)});
  }
  if (out.empty()) throw ConfigError("", "--group", o.group, "a column of the data");
  return out;
}

bool takes(const Manifest& manifest, std::string_view name) {
  return std::any_of(manifest.parameters.begin(), manifest.parameters.end(),
                     [name](const Parameter& p) { return p.name == name; });
}

/// KIND.NAME=VALUE is for that kind, NAME=VALUE for every kind that takes it.
std::vector<NamedModel> models_of(const RollingOptions& o, const Registries& registries) {
  std::vector<NamedModel> out;
  for (const std::string& kind : o.models) {
    const Manifest& manifest = registries.forecasters.manifest(kind);
    out.push_back({kind, kind, Value::object()});
    if (takes(manifest, "target")) out.back().options.set("target", o.target);
  }
  for (const std::string& text : o.options) {
    auto [key, given] = split(text, "--option");
    const std::size_t dot = key.find('.');
    const std::string kind = dot == std::string::npos ? "" : key.substr(0, dot);
    if (!kind.empty()) key = key.substr(dot + 1);
    const Value value = config::parse_yaml(given, "--option " + key);
    bool taken = false;
    for (NamedModel& model : out) {
      const bool meant = kind == model.kind ||
                         (kind.empty() && takes(registries.forecasters.manifest(model.kind), key));
      if (!meant) continue;
      model.options.set(key, value);
      taken = true;
    }
    if (!taken) throw ConfigError("", "--option", text, "an option of one of the models");
  }
  return out;
}

void print_table(const std::vector<Backtest>& results, std::ostream& out) {
  out << fmt::format(
      "{:14} {:16} {:>4} {:>6} {:>10} {:>10} {:>6} {:>6} {:>6} {:>10} {:>6} {:>6} "
      "{:>6} {:>6} {:>5} {:>5} {:>5} {:>5}\n",
      "group", "model", "h", "n", "MAE", "RMSE", "sMAPE", "MASE", "cover", "width", "over", "under",
      "viol%", "slack", "prec", "rec", "cov", "F1");
  const auto number = [](double x, int width, int digits) {
    return std::isfinite(x) ? fmt::format("{:>{}.{}f}", x, width, digits)
                            : fmt::format("{:>{}}", "-", width);
  };
  const auto general = [](double x) {
    return std::isfinite(x) ? fmt::format("{:>10.5g}", x) : fmt::format("{:>10}", "-");
  };
  for (const Backtest& r : results) {
    for (const evaluation::HorizonScore& s : r.horizons) {
      const evaluation::SpikeScore& k = s.provisioning.spikes;
      out << fmt::format(
          "{:14.14} {:16.16} {:>4} {:>6} {} {} {} {} {} {} {} {} {} {} {} {} {} {}\n", r.group,
          r.name, s.horizon, s.n, general(s.mae), general(s.rmse), number(s.smape, 6, 3),
          number(s.mase, 6, 3), number(s.interval_coverage, 6, 3), general(s.interval_width),
          number(s.plan.over, 6, 3), number(s.plan.under, 6, 3),
          number(100 * s.plan.violation, 6, 2), number(s.plan.slack, 6, 3),
          number(k.precision(), 5, 2), number(k.recall(), 5, 2), number(k.covered_recall(), 5, 2),
          number(k.f1(), 5, 2));
    }
  }
}

void write_report(const RollingOptions& o, const std::string& data,
                  const std::vector<StudyGroup>& groups, const std::vector<Backtest>& results) {
  report::EvaluationReport page{.target = o.target, .source = data, .results = results};
  for (const StudyGroup& group : groups) page.truth[group.name] = group.frame;
  write_page(o.report, report::to_html(page));
}

}  // namespace

void add_rolling(CLI::App& sub, RollingOptions& o) {
  sub.add_option("--target", o.target, "rolling origins: column to forecast");
  sub.add_option("--model", o.models, "kinds of models, several with commas")
      ->delimiter(',')
      ->capture_default_str();
  sub.add_option("--option", o.options,
                 "NAME=VALUE for every model that takes it, KIND.NAME=VALUE for one");
  sub.add_option("--label", o.labels, "NAME=VALUE: only rows with this text in that column");
  sub.add_option("--group", o.group, "column whose values are series to be scored apart");
  sub.add_option("--horizon", o.horizon, "steps ahead")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub.add_option("--origins", o.origins, "how many, over the last share of the rows")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub.add_option("--every", o.every, "an origin every so many rows instead")
      ->check(CLI::PositiveNumber);
  sub.add_option("--share", o.share, "of the rows, from which origins are taken")
      ->capture_default_str();
  sub.add_option("--levels", o.levels, "quantile levels, increasing")
      ->delimiter(',')
      ->capture_default_str();
  sub.add_option("--horizons", o.horizons, "scored: steps 1 to each (1, 12, 36 where they fit)")
      ->delimiter(',');
  sub.add_option("--refit", o.refit, "never, origin, or after a duration such as 1d")
      ->capture_default_str();
  sub.add_option("--season", o.season, "rows of a season for MASE (a day where that fits)");
  sub.add_option("--plan", o.plan,
                 "what is scored as provisioning: the highest quantile or the mean")
      ->check(CLI::IsMember({"highest", "mean"}))
      ->capture_default_str();
  sub.add_option("--over-cost", o.over_cost, "of a unit too much, for a step")
      ->capture_default_str();
  sub.add_option("--under-cost", o.under_cost, "of a unit too little")->capture_default_str();
  sub.add_option("--threads", o.threads, "0: as many as the machine has")->capture_default_str();
  sub.add_option("--report", o.report, "write an HTML page with plots here");
}

int run_rolling(const RollingOptions& o, const std::string& data, bool json, Context& context) {
  check_page(o.report);
  const evaluation::BacktestOptions options = backtest_options(o);
  const std::vector<NamedModel> models = models_of(o, context.registries);
  std::vector<StudyGroup> groups;
  std::vector<Backtest> results;
  {
    Progress progress(context.err);
    progress.show("reading " + data);
    groups = read_groups(o, data);
    std::vector<evaluation::BacktestJob> jobs;
    for (const StudyGroup& group : groups) {
      for (const NamedModel& model : models) {
        const evaluation::ModelMaker make = maker_of(model, context.registries, o.horizon, 0);
        (void)make();  // a wrong option is told before anything is read
        jobs.push_back({model.name, group.name, group.frame, make});
      }
    }
    results = value_or_throw(
        evaluation::backtest(jobs, options, [&progress](std::size_t done, std::size_t all) {
          progress.show(fmt::format("[{}/{}] fits", done, all));
        }));
  }
  if (!o.report.empty()) write_report(o, data, groups, results);
  if (json) {
    Value rows = Value::array();
    for (const Backtest& r : results)
      rows.push(evaluation::to_value(r, evaluation::BacktestParts::all));
    context.out << dump_json(Value::object().set("target", o.target).set("results", rows),
                             JsonStyle::pretty)
                << '\n';
  } else {
    print_table(results, context.out);
  }
  return ok;
}

}  // namespace learningplane::cli
