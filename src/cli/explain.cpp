#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "cli/model_input.hpp"
#include "learningplane/error.hpp"
#include "learningplane/evaluation/explanation.hpp"
#include "learningplane/evaluation/reduced_detector.hpp"
#include "learningplane/json.hpp"
#include "learningplane/model/model_file.hpp"

namespace learningplane::cli {

namespace {

using evaluation::DetectorScore;
using evaluation::Explanation;
using evaluation::ReducedDetector;

struct ExplainArguments {
  std::string file{};
  std::string model = "ridge";
  std::vector<std::string> options{};
  std::string data{};
  std::vector<std::string> labels{};
  std::string target{};
  std::size_t step = 1;
  Value how = Value::object();  ///< evaluation::explain_options()
  std::size_t top = 20;
  std::size_t keep = 0;
  double margin = 0;
  double train_share = 0.7;
  std::string filter = "none";
  std::size_t filter_window = 5;
  bool json = false;
};

/// Options of a model that looks at every column where nothing else is said.
Value options_for(const ExplainArguments& a, const telemetry::Frame& frame,
                  const Registries& registries) {
  Value options = model_options(a.model, a.target, a.step, a.options, registries);
  if (options.find("inputs") != nullptr || !takes_option(a.model, "inputs", registries))
    return options;
  Value inputs = Value::array();
  for (const telemetry::Column& column : frame.all()) {
    if (column.name != a.target) inputs.push(column.name);
  }
  return options.set("inputs", inputs);
}

std::shared_ptr<model::Forecaster> model_of(const ExplainArguments& a,
                                            const telemetry::Frame& frame,
                                            const Registries& registries) {
  if (!a.file.empty())
    return std::move(value_or_throw(model::load_model(a.file, registries.forecasters)).model);
  std::shared_ptr<model::Forecaster> model =
      registries.forecasters.build(a.model, options_for(a, frame, registries));
  value_or_throw(model->fit(frame));
  return model;
}

void print(const Explanation& e, std::size_t top, std::ostream& out) {
  out << fmt::format("{} of {} ({}), step {}, {} windows{}\n", evaluation::to_string(e.method),
                     e.model, e.target, e.step, e.windows, e.spikes ? " before spikes" : "");
  if (std::isfinite(e.reference))
    out << fmt::format("{} {:.6g}, mean forecast {:.6g}\n",
                       e.method == evaluation::ExplainMethod::permutation ? "loss" : "reference",
                       e.reference, e.forecast);
  out << fmt::format("{:32} {:>13} {:>13} {:>13}\n", "block", "mean", "strength", "+-");
  std::size_t shown = 0;
  for (const std::size_t i : e.ranking()) {
    if (top > 0 && shown++ == top) break;
    const evaluation::Effect& effect = e.effects[i];
    out << fmt::format("{:32} {:>13.6g} {:>13.6g} {:>13.6g}\n", effect.name, effect.mean,
                       effect.strength, effect.deviation);
  }
}

int run_reduce(const ExplainArguments& a, const telemetry::Frame& frame, Context& context) {
  if (!a.file.empty())
    throw ConfigError("", "--reduce", std::to_string(a.keep),
                      "--model KIND, which is fitted twice");
  const Value options = options_for(a, frame, context.registries);
  for (const char* name : {"inputs", "lags"}) {
    if (!takes_option(a.model, name, context.registries))
      throw ConfigError("", "--model", a.model, "a kind that takes 'inputs' and 'lags'");
  }
  const Value checked = context.registries.forecasters.manifest(a.model).check(options);
  evaluation::ReducedDetectorOptions o{.target = a.target};
  for (const Value& name : checked.find("inputs")->as_array()) o.inputs.push_back(name.as_string());
  o.lags = static_cast<std::size_t>(checked.find("lags")->as_int());
  const evaluation::ExplainOptions how = evaluation::explain_options(a.how);
  o.step = a.step;
  o.block_lags = how.block_lags;
  o.fill = how.fill;
  o.keep = a.keep;
  o.margin = a.margin;
  o.train_share = a.train_share;
  const auto filter = features::target_filter(a.filter);
  if (!filter) throw ConfigError("", "--filter", a.filter, filter.error().message);
  o.filter = *filter;
  o.filter_window = a.filter_window;
  const auto make = [&](const std::vector<std::string>& inputs, std::size_t lags) {
    Value chosen = options;
    Value names = Value::array();
    for (const std::string& name : inputs) names.push(name);
    return context.registries.forecasters.build(a.model,
                                                chosen.set("inputs", names).set("lags", lags));
  };
  const ReducedDetector found = value_or_throw(evaluation::reduce_detector(frame, make, o));
  if (a.json) {
    context.out << dump_json(to_value(found), JsonStyle::pretty) << '\n';
    return ok;
  }
  context.out << "kept:";
  for (const std::string& name : found.kept) context.out << ' ' << name;
  context.out << fmt::format("\n{:10} {:>6} {:>10} {:>8} {:>8} {:>7} {:>10} {:>9} {:>8} {:>8}\n",
                             "detector", "cells", "MAE", "over", "under", "spikes", "predicted",
                             "precision", "recall", "covered");
  const auto row = [&](const char* name, const DetectorScore& s) {
    const evaluation::SpikeScore& spikes = s.provision.spikes;
    context.out << fmt::format(
        "{:10} {:>6} {:>10.5g} {:>8.4f} {:>8.4f} {:>7} {:>10} {:>9.3f} {:>8.3f} {:>8.3f}\n", name,
        s.cells, s.mae, s.provision.over, s.provision.under, spikes.real, spikes.predicted,
        spikes.precision(), spikes.recall(), spikes.covered_recall());
  };
  row("full", found.full);
  row("reduced", found.reduced);
  row("last value", found.naive);
  return ok;
}

int run_explain(const ExplainArguments& a, Context& context) {
  const evaluation::ExplainOptions how = evaluation::explain_options(a.how);
  const telemetry::Frame frame = read_site(a.data, a.labels);
  if (a.keep > 0) return run_reduce(a, frame, context);
  const auto model = value_or_throw(
      evaluation::window_model(model_of(a, frame, context.registries), a.step, frame.step()));
  const Explanation found = value_or_throw(evaluation::explain(model, frame, how));
  if (a.json)
    context.out << dump_json(to_value(found), JsonStyle::pretty) << '\n';
  else
    print(found, a.top, context.out);
  return ok;
}

/// An option that lands in the tree that explain_options() checks.
template <class T>
void into(CLI::App& sub, const std::shared_ptr<ExplainArguments>& a, const char* option,
          const char* key, const char* help) {
  sub.add_option_function<T>(option, [a, key](const T& value) { a->how.set(key, value); }, help);
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  auto a = std::make_shared<ExplainArguments>();
  CLI::App* sub = app.add_subcommand("explain", "Say which inputs and lags a forecast rests on");
  sub->add_option("file", a->file, "a fitted model; without one --model is fitted on the data");
  sub->add_option("--model", a->model, "kind of a model on windows")->capture_default_str();
  sub->add_option("--option", a->options, "NAME=VALUE for the model, such as lags=12");
  sub->add_option("--data", a->data, "CSV file, folder of *.csv files, or glob")->required();
  sub->add_option("--label", a->labels, "NAME=VALUE: only rows with this text in that column");
  sub->add_option("--target", a->target, "column to forecast (a model from a file knows its own)");
  sub->add_option("--step", a->step, "steps ahead that are explained")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  into<std::string>(*sub, a, "--method", "method",
                    "permutation (default), occlusion, gradients, shapley or components");
  into<std::string>(*sub, a, "--grouping", "grouping",
                    "what a block is: blocks (default; column and lags), columns, or lags");
  into<std::int64_t>(*sub, a, "--block-lags", "block_lags", "lags of a block (1)");
  sub->add_flag_callback(
      "--spikes", [a] { a->how.set("spikes", true); },
      "only windows that end before a spike: what announces it");
  into<std::int64_t>(*sub, a, "--windows", "windows", "most windows explained (200)");
  into<std::int64_t>(*sub, a, "--repeats", "repeats", "permutation: shuffles (5)");
  into<std::string>(*sub, a, "--loss", "loss", "permutation: mae (default) or mse");
  into<std::string>(*sub, a, "--fill", "fill", "occlusion: window_mean (default) or usual");
  sub->add_flag_callback(
      "--zero-baseline", [a] { a->how.set("zero_baseline", true); },
      "gradients: from zeros instead of the mean window");
  into<std::int64_t>(*sub, a, "--background", "background", "shapley: background windows (32)");
  into<std::int64_t>(*sub, a, "--pairs", "pairs", "shapley above 10 blocks: orders sampled (64)");
  into<std::int64_t>(*sub, a, "--seed", "seed", "of shuffles and samples (0)");
  sub->add_option("--top", a->top, "blocks shown, 0: all")->capture_default_str();
  sub->add_option("--reduce", a->keep,
                  "compare a spike detector on this many blocks with the full one instead");
  sub->add_option("--margin", a->margin, "with --reduce: quantile of the errors that is added")
      ->capture_default_str();
  sub->add_option("--filter", a->filter,
                  "with --reduce: what is learned in place of the target, such as past_max")
      ->capture_default_str();
  sub->add_option("--filter-window", a->filter_window, "with --reduce: steps of the filter")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub->add_option("--train-share", a->train_share, "with --reduce: first rows, to learn from")
      ->capture_default_str();
  sub->add_flag("--json", a->json, "print JSON");
  sub->callback(
      [a, &context] { context.command = [a, &context] { return run_explain(*a, context); }; });
}

}  // namespace learningplane::cli
