#pragma once
#include <functional>
#include <iosfwd>

#include "learningplane/cli/cli.hpp"
#include "learningplane/registries.hpp"

namespace CLI {
class App;
}

namespace learningplane::cli {

/// What every subcommand gets. add_<name>() declares the arguments and sets `command` in its
/// callback; cli::main() runs that command afterwards, so that exceptions meet one place.
struct Context {
  std::ostream& out;
  std::ostream& err;
  Registries registries{};
  std::function<int()> command{};  ///< the chosen subcommand; returns an ExitCode
};

/// One file each: src/cli/<name>.cpp.
void add_check(CLI::App& app, Context& context);
void add_evaluate(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_forecast(CLI::App& app, Context& context);
void add_forecast_many(CLI::App& app, Context& context);
void add_init(CLI::App& app, Context& context);
void add_journal(CLI::App& app, Context& context);
void add_models(CLI::App& app, Context& context);
void add_phases(CLI::App& app, Context& context);
void add_play(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);
void add_run(CLI::App& app, Context& context);
void add_schema(CLI::App& app, Context& context);
void add_simulate(CLI::App& app, Context& context);
void add_size(CLI::App& app, Context& context);
void add_stress(CLI::App& app, Context& context);
void add_train(CLI::App& app, Context& context);
void add_tune(CLI::App& app, Context& context);
void add_version(CLI::App& app, Context& context);

}  // namespace learningplane::cli
