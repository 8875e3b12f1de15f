#include "learningplane/cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/context.hpp"
#include "learningplane/error.hpp"

namespace learningplane::cli {

namespace {

/// "-1" is no count, though the parser would wrap it round.
void refuse_negative_counts(CLI::App& app) {
  const CLI::Validator no_sign(
      [](std::string& text) {
        return text.starts_with('-') ? "'" + text + "' is below 0" : std::string();
      },
      "");
  for (CLI::Option* option : app.get_options()) {
    if (option->get_type_name().starts_with("UINT")) option->check(no_sign);
  }
  for (CLI::App* sub : app.get_subcommands({})) refuse_negative_counts(*sub);
}

}  // namespace

int main(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  CLI::App app("Watches applications, forecasts how they will behave, and acts in time.",
               "learningplane");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 1 failed, 2 wrong arguments or configuration, 130 interrupted.");
  Context context{out, err};
  try {
    register_core(context.registries);
    register_net(context.registries);
    add_report(app, context);
    add_evaluate(app, context);
    add_train(app, context);
    add_forecast(app, context);
    add_forecast_many(app, context);
    add_explain(app, context);
    add_phases(app, context);
    add_stress(app, context);
    add_models(app, context);
    add_run(app, context);
    add_simulate(app, context);
    add_size(app, context);
    add_tune(app, context);
    add_play(app, context);
    add_init(app, context);
    add_check(app, context);
    add_journal(app, context);
    add_schema(app, context);
    add_version(app, context);
    refuse_negative_counts(app);
    // CLI11 takes the arguments last first.
    std::vector<std::string> reversed(args.rbegin(), args.rend());
    app.parse(std::move(reversed));
    return context.command();
  } catch (const CLI::ParseError& e) {
    return app.exit(e, out, err) == 0 ? ok : usage;
  } catch (const ConfigError& e) {
    err << "learningplane: " << e.what() << '\n';
    return usage;
  } catch (const Error& e) {
    err << "learningplane: " << e.what() << '\n';
    return e.failure().code == Errc::invalid_argument ? usage : failure;
  } catch (const std::exception& e) {
    err << "learningplane: " << e.what() << '\n';
    return failure;
  }
}

}  // namespace learningplane::cli
