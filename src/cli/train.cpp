#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "cli/evaluation_config.hpp"
#include "learningplane/catalogue/model_store.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace learningplane::cli {

namespace {

struct TrainOptions {
  std::string file{};
  std::string data{};
  std::string store = "models";
  std::string model{};
  std::string alias{};
  std::size_t horizon = 20;
  bool json = false;
};

Value train_one(const TrainOptions& o, const NamedModel& chosen, const StudyGroup& group,
                Context& context) {
  auto model = maker_of(chosen, context.registries, o.horizon, 0)();
  auto report = model->fit(group.frame);
  if (!report)
    throw Error(std::move(report.error()).within(chosen.name).within("group " + group.name));
  model::ModelCard card;
  card.name = group.name == "all" ? chosen.name : chosen.name + "-" + group.name;
  card.trained_on = o.data + (group.name == "all" ? "" : ", " + group.name);
  card.rows = report->rows;
  card.trained_at = SystemClock().now();
  card.scores.set("validation_loss", report->validation_loss).set("train_loss", report->train_loss);
  if (!report->note.empty()) card.notes.set("fit", report->note);
  catalogue::ModelStore store(o.store, context.registries.forecasters);
  const auto version = value_or_throw(store.publish(card.name, *model, card));
  if (!o.alias.empty()) value_or_throw(store.set_alias(card.name, o.alias, version.version));
  return Value::object()
      .set("name", card.name)
      .set("version", static_cast<std::int64_t>(version.version))
      .set("kind", chosen.kind)
      .set("rows", card.rows)
      .set("path", version.path);
}

int run_train(const TrainOptions& o, Context& context) {
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
  for (const Value& v : published.as_array())
    context.out << fmt::format("published {} version {} ({}, {} rows)\n", v.get("name", ""),
                               v.find("version")->as_int(), v.get("kind", ""),
                               v.find("rows")->as_int());
  return ok;
}

}  // namespace

void add_train(CLI::App& app, Context& context) {
  auto o = std::make_shared<TrainOptions>();
  CLI::App* sub =
      app.add_subcommand("train", "Fit the models of an evaluate file and publish them");
  sub->add_option("config", o->file, "evaluate file (YAML)")->required();
  sub->add_option("--data", o->data, "CSV file, folder of *.csv files, or glob")->required();
  sub->add_option("--store", o->store, "folder of the model store")->capture_default_str();
  sub->add_option("--model", o->model, "only this one of its models");
  sub->add_option("--alias", o->alias, "let this alias, such as production, stand for the result");
  sub->add_option("--horizon", o->horizon, "steps ahead that are learned")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub->add_flag("--json", o->json, "print JSON");
  sub->callback(
      [o, &context] { context.command = [o, &context] { return run_train(*o, context); }; });
}

}  // namespace learningplane::cli
