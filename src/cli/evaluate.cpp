#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cmath>
#include <ostream>

#include "cli/context.hpp"
#include "cli/evaluate_rolling.hpp"
#include "cli/evaluation_config.hpp"
#include "cli/progress.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace learningplane::cli {

namespace {

struct EvaluateOptions {
  std::string file{};
  std::string data{};
  double from_hour = -1;
  std::int64_t seeds = 0;
  bool json = false;
  bool placement = false;
  RollingOptions rolling{};
};

/// One row: a model on a group, over seeds where it takes one.
Value score_row(const StudyGroup& group, const NamedModel& model, const EvaluationConfig& config,
                const Registries& registries) {
  const std::int64_t seeds = seeded(model, registries) ? config.seeds : 1;
  double mae = 0, mse = 0, squares = 0, r2 = 0;
  std::size_t n = 0;
  Value each = Value::array();
  for (std::int64_t seed = 0; seed < seeds; ++seed) {
    auto walked =
        evaluation::walk_forward(group.frame, maker_of(model, registries, 1, seed), config.walk);
    if (!walked)
      throw Error(std::move(walked.error()).within(model.name).within("group " + group.name));
    const evaluation::Score& s = walked->score;
    n = s.n;
    mae += s.mae / static_cast<double>(seeds);
    mse += s.mse / static_cast<double>(seeds);
    squares += s.mse * s.mse / static_cast<double>(seeds);
    r2 += s.r2 / static_cast<double>(seeds);
    each.push(s.mse);
  }
  Value row = Value::object();
  row.set("group", group.name)
      .set("model", model.name)
      .set("target", config.walk.target)
      .set("n", n)
      .set("mae", mae)
      .set("mse", mse)
      .set("r2", r2);
  if (seeded(model, registries)) {
    const double count = static_cast<double>(seeds);
    const double sample = seeds > 1 ? count / (count - 1) : 0;
    row.set("mse_sd", std::sqrt(std::max(0.0, squares - mse * mse) * sample))
        .set("seeds", seeds)
        .set("mse_each", each);
  }
  return row;
}

void print_scores(const Value& rows, std::ostream& out) {
  out << fmt::format("{:38} {:10} {:>6} {:>9} {:>9} {:>8} {:>9}\n", "group", "model", "n", "MSE",
                     "+-", "R2", "MAE");
  for (const Value& row : rows.as_array()) {
    const Value* sd = row.find("mse_sd");
    out << fmt::format("{:38} {:10} {:>6} {:>9.6f} {:>9} {:>8.3f} {:>9.5f}\n", row.get("group", ""),
                       row.get("model", ""), row.find("n")->as_int(), row.get("mse", 0.0),
                       sd != nullptr ? fmt::format("{:.6f}", sd->as_double()) : "",
                       row.get("r2", 0.0), row.get("mae", 0.0));
  }
}

Value study_rows(const decision::PlacementStudy& study, const PlacementConfig& config,
                 double constraint, const Registries& registries) {
  Value options = config.policy_options;
  options.set("constraint", constraint);
  Value rows = Value::array();
  const auto add = [&rows](Value row, const std::string& start) {
    rows.push(row.set("start", start));
  };
  for (std::size_t start = 0; start < study.sites.size(); ++start) {
    const std::string& site = study.sites[start];
    const auto policy = registries.policies.build(config.policy, options);
    add(decision::to_value(decision::follow(study, *policy, start, constraint)), site);
    add(decision::to_value(decision::best_now(study, start, constraint)), site);
    add(decision::to_value(decision::oracle(study, start, constraint)), site);
    add(decision::to_value(decision::never_move(study, start, constraint)), site);
  }
  return rows;
}

Value placement_study(const std::vector<StudyGroup>& groups, const EvaluationConfig& config,
                      const Registries& registries) {
  if (!config.placement)
    throw ConfigError("", "placement", "", "a section 'placement' in the file");
  const PlacementConfig& p = *config.placement;
  std::vector<decision::StudySite> sites;
  for (const StudyGroup& group : groups) sites.push_back({group.name, group.frame});
  for (const NamedModel& model : config.models) {
    if (model.name != p.model) continue;
    const auto study = value_or_throw(
        decision::study_placement(sites, maker_of(model, registries, p.study.horizon, 0), p.study));
    const double past = decision::constraint_from_past(study, p.constraint_quantile);
    Value tables = Value::array();
    const auto add = [&](const char* source, double constraint) {
      tables.push(Value::object()
                      .set("constraint", constraint)
                      .set("source", source)
                      .set("rows", study_rows(study, p, constraint, registries)));
    };
    add("past", past);
    for (const double c : p.sweep) add("sweep", c);
    return Value::object()
        .set("model", p.model)
        .set("constraint_quantile", p.constraint_quantile)
        .set("refits", study.refits)
        .set("tables", tables);
  }
  throw ConfigError("", "placement.model", p.model, "one of the names under models");
}

void print_placement(const Value& placement, std::ostream& out) {
  for (const Value& table : placement.find("tables")->as_array()) {
    out << fmt::format("\nconstraint {:.4f} ({})\n", table.get("constraint", 0.0),
                       table.get("source", ""));
    out << fmt::format("{:14} {:50} {:>9} {:>6} {:>10} {:>10} {:>9}\n", "start", "strategy",
                       "decisions", "moves", "min below", "min known", "mean");
    for (const Value& row : table.find("rows")->as_array()) {
      out << fmt::format(
          "{:14.14} {:50} {:>9} {:>6} {:>10.2f} {:>10.2f} {:>9.5f}\n", row.get("start", ""),
          row.get("strategy", ""), row.find("decisions")->as_int(), row.find("moves")->as_int(),
          row.get("minutes_below", 0.0), row.get("minutes_known", 0.0), row.get("mean", 0.0));
    }
  }
}

int run_evaluate(const EvaluateOptions& o, Context& context) {
  EvaluationConfig config = load_evaluation(o.file, o.data, context.registries);
  if (o.from_hour >= 0) {
    config.walk.first = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double, std::ratio<3600>>(o.from_hour));
    if (config.placement) config.placement->study.first = config.walk.first;
  }
  if (o.seeds > 0) config.seeds = o.seeds;
  Value result = Value::object();
  {
    Progress progress(context.err);
    progress.show("reading " + o.data);
    const std::vector<StudyGroup> groups = load_groups(config);
    if (o.placement) {
      progress.show("forecasting every site at every trigger");
      result.set("placement", placement_study(groups, config, context.registries));
    } else {
      Value rows = Value::array();
      const std::size_t all = groups.size() * config.models.size();
      for (const StudyGroup& group : groups) {
        for (const NamedModel& model : config.models) {
          progress.show(
              fmt::format("[{}/{}] {} on {}", rows.size() + 1, all, model.name, group.name));
          rows.push(score_row(group, model, config, context.registries));
        }
      }
      result.set("rows", rows);
    }
  }
  if (o.json) {
    context.out << dump_json(result, JsonStyle::pretty) << '\n';
  } else if (o.placement) {
    print_placement(*result.find("placement"), context.out);
  } else {
    print_scores(*result.find("rows"), context.out);
  }
  return ok;
}

/// The two ways have their own options: one of the other's would be passed over in silence.
void refuse_mixture(const CLI::App& sub, bool rolling) {
  static constexpr std::array of_a_file{"--from-hour", "--seeds", "--placement"};
  static constexpr std::array of_rolling{
      "--target",  "--model", "--option", "--label",    "--group",     "--horizon",
      "--every",   "--share", "--levels", "--horizons", "--refit",     "--season",
      "--origins", "--plan",  "--report", "--threads",  "--over-cost", "--under-cost"};
  const auto refuse = [&sub](const char* name, const char* why) {
    if (sub.count(name) > 0) throw ConfigError("", name, "", why);
  };
  if (rolling) {
    for (const char* name : of_a_file) refuse(name, "only with an evaluate file");
  } else {
    for (const char* name : of_rolling) refuse(name, "only without an evaluate file");
  }
}

}  // namespace

void add_evaluate(CLI::App& app, Context& context) {
  auto o = std::make_shared<EvaluateOptions>();
  CLI::App* sub = app.add_subcommand(
      "evaluate",
      "Score models on recorded telemetry: walk-forward by a file, or rolling origins by --target");
  sub->add_option("config", o->file, "evaluate file (YAML); without it, rolling origins");
  sub->add_option("--data", o->data, "CSV file, folder of *.csv files, or glob")->required();
  sub->add_option("--from-hour", o->from_hour, "file: score from this hour on")
      ->check(CLI::NonNegativeNumber);
  sub->add_option("--seeds", o->seeds, "file: seeds of models that take one")
      ->check(CLI::PositiveNumber);
  sub->add_flag("--json", o->json, "print JSON");
  sub->add_flag("--placement", o->placement,
                "file: print the placement study instead: agent, never move, best now, oracle");
  add_rolling(*sub, o->rolling);
  sub->callback([o, sub, &context] {
    context.command = [o, sub, &context] {
      if (o->file.empty() && o->rolling.target.empty())
        throw ConfigError("", "evaluate", "", "an evaluate file, or --target COLUMN");
      refuse_mixture(*sub, o->file.empty());
      return o->file.empty() ? run_rolling(o->rolling, o->data, o->json, context)
                             : run_evaluate(*o, context);
    };
  });
}

}  // namespace learningplane::cli
