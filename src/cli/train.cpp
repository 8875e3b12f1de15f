#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "cli/evaluation_config.hpp"
#include "cli/printer.hpp"
#include "cli/site_store.hpp"
#include "learningplane/agent/agent.hpp"
#include "learningplane/catalogue/model_store.hpp"
#include "learningplane/config/agent_file.hpp"
#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"
#include "learningplane/evaluation/model_card.hpp"
#include "learningplane/executor.hpp"
#include "learningplane/journal/memory.hpp"
#include "learningplane/json.hpp"
#include "learningplane/telemetry/csv_sensor.hpp"
#include "learningplane/telemetry/frame_sensor.hpp"

namespace learningplane::cli {

namespace {

struct TrainOptions {
  std::string file{};
  std::string data{};
  std::string store = "models";
  std::string state{};
  std::string model{};
  std::string alias{};
  std::size_t horizon = 20;
  std::size_t origins = 0;
  bool json = false;
};

/// The model and the last value at rolling origins, each having seen nothing later.
Value rolling_scores(const TrainOptions& o, const NamedModel& chosen, const StudyGroup& group,
                     Context& context) {
  evaluation::BacktestOptions options;
  options.target = chosen.options.get("target", "");
  options.horizon = o.horizon;
  options.origins = o.origins;
  const NamedModel naive{"naive", "naive", Value::object().set("target", options.target)};
  std::vector<evaluation::BacktestJob> jobs;
  jobs.push_back(
      {chosen.name, "all", group.frame, maker_of(chosen, context.registries, o.horizon, 0)});
  if (chosen.name != "naive")
    jobs.push_back(
        {"naive", "all", group.frame, maker_of(naive, context.registries, o.horizon, 0)});
  return evaluation::card_scores(value_or_throw(evaluation::backtest(jobs, options)));
}

Value train_one(const TrainOptions& o, const NamedModel& chosen, const StudyGroup& group,
                Context& context) {
  auto model = maker_of(chosen, context.registries, o.horizon, 0)();
  auto report = model->fit(group.frame);
  if (!report)
    throw Error(std::move(report.error()).within(chosen.name).within("group " + group.name));
  model::ModelCard card = evaluation::card_of(
      group.name == "all" ? chosen.name : chosen.name + "-" + group.name,
      o.data + (group.name == "all" ? "" : ", " + group.name), *report, SystemClock().now());
  if (o.origins > 0) card.scores.set("rolling", rolling_scores(o, chosen, group, context));
  catalogue::ModelStore store(o.store, context.registries.forecasters);
  const auto version = value_or_throw(store.publish(card.name, *model, card));
  if (!o.alias.empty()) value_or_throw(store.set_alias(card.name, o.alias, version.version));
  return Value::object()
      .set("name", card.name)
      .set("version", static_cast<std::int64_t>(version.version))
      .set("kind", chosen.kind)
      .set("rows", card.rows)
      .set("scores", card.scores)
      .set("path", version.path);
}

/// The train task of an agent, once: on what its sensors read until now, or on a CSV as if its last
/// row were now.
int train_agent(const TrainOptions& o, Context& context) {
  ManualClock clock(SystemClock().now());
  ManualExecutor executor(clock);
  config::Secrets secrets;
  const auto purpose = o.data.empty() ? agent::Purpose::live : agent::Purpose::replay;
  agent::AgentFile file = config::load_agent(o.file, context.registries, clock, purpose, secrets);
  agent::AgentParts& p = file.parts;
  if (!o.data.empty()) {
    Value options = file.csv;
    options.set("path", o.data);
    telemetry::Frame frame = value_or_throw(telemetry::read_csv(telemetry::CsvSensor::options(
        telemetry::CsvSensor::manifest().check(options, "sensors." + file.sensor), "")));
    if (frame.empty()) throw Error(Failure{Errc::not_enough_data, o.data + " holds no data", {}});
    clock.set(frame.time(frame.rows() - 1) + Duration(1));
    p.sensors[file.sensor] = std::make_unique<telemetry::FrameSensor>(std::move(frame), o.data);
  }
  std::erase_if(p.schedules, [](const agent::Schedule& s) { return s.task != agent::Task::train; });
  if (p.schedules.empty()) throw ConfigError(o.file, "schedules", "", "a schedule that runs train");
  Printer printer(context.out, context.err, clock, {o.json, false, &secrets});
  keep_models(p, o.state.empty() ? file.state : o.state, context.registries);
  p.journal = std::make_shared<journal::MemoryJournal>();
  p.executor = &executor;
  p.logger = &printer;
  p.observer = &printer;
  p.retention = Duration::zero();
  agent::Agent agent(std::move(p));
  value_or_throw(agent.run_once());
  return ok;
}

void print_rolling(const Value& rolling, std::ostream& out) {
  for (const auto& [name, scores] : rolling.find("models")->as_object())
    out << fmt::format("  {}: MAE {:.4g} over {} steps from {} origins\n", name,
                       scores.get("mae", std::numeric_limits<double>::quiet_NaN()),
                       rolling.find("horizon")->as_int(), rolling.find("origins")->as_int());
}

int run_train(const TrainOptions& o, Context& context) {
  if (config::load_yaml(o.file).find("agent") != nullptr) return train_agent(o, context);
  if (o.data.empty()) throw ConfigError("", "--data", "", "the telemetry to learn from");
  const EvaluationConfig config = load_evaluation(o.file, o.data, context.registries);
  const std::vector<StudyGroup> groups = load_groups(config);
  Value published = Value::array();
  for (const NamedModel& model : config.models) {
    if (!o.model.empty() && model.name != o.model) continue;
    for (const StudyGroup& group : groups) published.push(train_one(o, model, group, context));
  }
  if (published.size() == 0)
    throw ConfigError("", "--model", o.model, "one of the names under models");
  if (o.json) {
    context.out << dump_json(Value::object().set("published", published), JsonStyle::pretty)
                << '\n';
    return ok;
  }
  for (const Value& v : published.as_array()) {
    context.out << fmt::format("published {} version {} ({}, {} rows)\n", v.get("name", ""),
                               v.find("version")->as_int(), v.get("kind", ""),
                               v.find("rows")->as_int());
    if (const Value* rolling = v.find("scores")->find("rolling"); rolling != nullptr)
      print_rolling(*rolling, context.out);
  }
  return ok;
}

}  // namespace

void add_train(CLI::App& app, Context& context) {
  auto o = std::make_shared<TrainOptions>();
  CLI::App* sub =
      app.add_subcommand("train", "Fit and publish the models of an agent or an evaluate file");
  sub->add_option("config", o->file, "agent file or evaluate file (YAML)")->required();
  sub->add_option("--data", o->data,
                  "CSV file, folder of *.csv files, or glob; an agent reads its sensors without");
  sub->add_option("--state", o->state, "an agent's state folder, instead of the file's");
  sub->add_option("--store", o->store, "folder of the model store (evaluate file)")
      ->capture_default_str();
  sub->add_option("--model", o->model, "only this one of its models");
  sub->add_option("--alias", o->alias, "let this alias, such as production, stand for the result");
  sub->add_option("--horizon", o->horizon, "steps ahead that are learned")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub->add_option("--origins", o->origins,
                  "score each model at so many rolling origins too, beside the last value, and "
                  "write it on its card (evaluate file)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  sub->add_flag("--json", o->json, "print JSON");
  sub->callback(
      [o, &context] { context.command = [o, &context] { return run_train(*o, context); }; });
}

}  // namespace learningplane::cli
