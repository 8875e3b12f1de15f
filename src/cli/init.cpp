#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "cli/context.hpp"
#include "learningplane/error.hpp"

namespace learningplane::cli {

namespace {

constexpr const char* agent_yaml =
    R"yaml(# An agent: it reads telemetry, forecasts the quality of service of an application on every site where it could run, and moves
# it in time. `learningplane check FILE` says whether it is well formed, `learningplane run FILE --dry-run` only shows what it
# would do. Secrets are written as ${env:NAME} or ${file:PATH}, never in this file.
agent: planner
mode: recommend            # train | update | forecast | recommend: how far it goes
state: state               # folder of the journal and the lock, beside this file
timezone: UTC              # of cron triggers that name none

applications:
  - web                    # whom decisions are for

sensors:                   # where telemetry comes from
  telemetry:
    kind: csv              # `prometheus` reads a Prometheus server
    path: telemetry.csv
    label_columns: [site]  # what tells the rows of one time apart

# cleaning: {preset: fresh, group: site, step: 30s, qos: none}

models:
  qos: {kind: ridge, target: qos, inputs: [qos, node_cpu_share], lags: 10}

sites:                     # the candidates: which telemetry is theirs, what the actuator calls them
  edge-1: {labels: {site: edge-1}, node: worker-0}
  edge-2: {labels: {site: edge-2}, node: worker-1}

forecast:
  model: qos
  horizon: 10              # steps ahead
  aggregate: mean          # over the horizon: mean | min | last
  history: 30m             # telemetry read for a forecast
  training: 24h            # telemetry read to fit a model
  max_age: 5m              # an older last observation is not known: the agent holds

policy:
  kind: placement
  constraint: 0.55         # quality of service that a site must reach
  on_infeasible: best      # where none does: best | hold
  hysteresis: 0.02         # gain needed to move
  cooldown: 10m            # no move so long after the last one
  quantile: 0.5            # of the forecast to plan on
  max_imputed_share: 0.5   # a forecast from more made-up data than this is not used

actuators:
  cluster: {kind: recording}   # only writes down; `kubernetes` patches a Deployment

schedules:
  watch_qos: {trigger: {kind: interval, every: 5m}, run: decide}
  retrain:   {trigger: {kind: cron, expression: "0 * * * *"}, run: train}

journal: {retention: 30d}
# server: {listen: "127.0.0.1:9464"}   # /metrics and /healthz
)yaml";

}  // namespace

void add_init(CLI::App& app, Context& context) {
  auto path = std::make_shared<std::string>("agent.yaml");
  CLI::App* sub = app.add_subcommand("init", "Write a commented agent file to start from");
  sub->add_option("file", *path, "Where; never overwrites")->capture_default_str();
  sub->callback([path, &context] {
    context.command = [path, &context] {
      std::error_code ignored;
      if (std::filesystem::exists(*path, ignored))
        throw ConfigError("", "file", *path, "it exists already; name another one");
      std::ofstream out(*path, std::ios::binary);
      out << agent_yaml;
      out.flush();
      if (!out) throw ConfigError("", "file", *path, "it cannot be written");
      context.out << "wrote " << *path << "; next: learningplane check " << *path << '\n';
      return static_cast<int>(ok);
    };
  });
}

}  // namespace learningplane::cli
