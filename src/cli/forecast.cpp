#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "cli/model_input.hpp"
#include "learningplane/catalogue/model_store.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace learningplane::cli {

namespace {

struct ForecastOptions {
  std::string data{};
  std::string target{};
  std::string model = "auto";
  std::vector<std::string> options{};
  std::vector<std::string> labels{};
  std::string file{};
  std::string store{};
  std::size_t horizon = 20;
  std::vector<double> levels{0.1, 0.5, 0.9};
  bool json = false;
};

/// A model that was fitted before, from a file or a store (NAME or NAME:VERSION).
std::unique_ptr<model::Forecaster> stored_model(const ForecastOptions& o,
                                                const Registries& registries) {
  if (!o.file.empty())
    return std::move(value_or_throw(model::load_model(o.file, registries.forecasters)).model);
  const std::size_t colon = o.model.rfind(':');
  const std::string which = colon == std::string::npos ? "latest" : o.model.substr(colon + 1);
  const catalogue::ModelStore store(o.store, registries.forecasters);
  return std::move(value_or_throw(store.load(o.model.substr(0, colon), which)).model);
}

std::unique_ptr<model::Forecaster> fresh_model(const ForecastOptions& o,
                                               const telemetry::Frame& frame,
                                               const Registries& registries) {
  auto model = registries.forecasters.build(
      o.model, model_options(o.model, o.target, o.horizon, o.options, registries));
  value_or_throw(model->fit(frame));
  return model;
}

Value to_json(const model::Forecast& f, std::string_view kind) {
  Value steps = Value::array(), levels = Value::array();
  for (const double level : f.levels) levels.push(level);
  for (std::size_t s = 0; s < f.steps(); ++s) {
    Value quantiles = Value::array();
    for (std::size_t l = 0; l < f.levels.size(); ++l) quantiles.push(f.quantile(s, l));
    steps.push(Value::object()
                   .set("time", to_iso8601(f.time(s)))
                   .set("mean", f.mean[s])
                   .set("quantiles", quantiles));
  }
  return Value::object()
      .set("model", kind)
      .set("target", f.target)
      .set("imputed_share", f.imputed_share)
      .set("levels", levels)
      .set("steps", steps);
}

int run_forecast(const ForecastOptions& o, Context& context) {
  const telemetry::Frame frame = read_site(o.data, o.labels);
  std::unique_ptr<model::Forecaster> model;
  if (o.file.empty() && o.store.empty()) {
    model = fresh_model(o, frame, context.registries);
  } else {
    model = stored_model(o, context.registries);
    value_or_throw(model->update(frame));
  }
  const model::Forecast f = value_or_throw(model->forecast(o.horizon, o.levels));
  if (o.json) {
    context.out << dump_json(to_json(f, model->kind()), JsonStyle::pretty) << '\n';
    return ok;
  }
  context.out << fmt::format("{:24} {:>12}", "time", "mean");
  for (const double level : f.levels)
    context.out << fmt::format(" {:>12}", fmt::format("q{}", level));
  context.out << '\n';
  for (std::size_t s = 0; s < f.steps(); ++s) {
    context.out << fmt::format("{:24} {:>12.6g}", to_iso8601(f.time(s)), f.mean[s]);
    for (std::size_t l = 0; l < f.levels.size(); ++l)
      context.out << fmt::format(" {:>12.6g}", f.quantile(s, l));
    context.out << '\n';
  }
  return ok;
}

}  // namespace

void add_forecast(CLI::App& app, Context& context) {
  auto o = std::make_shared<ForecastOptions>();
  CLI::App* sub = app.add_subcommand("forecast", "Forecast a column of a CSV");
  sub->add_option("--data", o->data, "CSV file, folder of *.csv files, or glob")->required();
  sub->add_option("--target", o->target, "column to forecast (a model from a file knows its own)");
  sub->add_option("--model", o->model,
                  "kind of a model to fit on the data; with --store NAME or NAME:VERSION")
      ->capture_default_str();
  sub->add_option("--option", o->options, "NAME=VALUE for the model, such as season=1d");
  sub->add_option("--label", o->labels, "NAME=VALUE: only rows with this text in that column");
  sub->add_option("--model-file", o->file, "a fitted model instead");
  sub->add_option("--store", o->store, "folder of a model store to take a fitted model from");
  sub->add_option("--horizon", o->horizon, "steps ahead")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub->add_option("--levels", o->levels, "quantile levels, increasing")->delimiter(',');
  sub->add_flag("--json", o->json, "print JSON");
  sub->callback(
      [o, &context] { context.command = [o, &context] { return run_forecast(*o, context); }; });
}

}  // namespace learningplane::cli
