#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/context.hpp"
#include "learningplane/agent/config.hpp"
#include "learningplane/json.hpp"

namespace learningplane::cli {

void add_schema(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand("schema", "Print the JSON Schema of agent files");
  sub->callback([&context] {
    context.command = [&context] {
      context.out << dump_json(agent::agent_schema(context.registries), JsonStyle::pretty) << '\n';
      return static_cast<int>(ok);
    };
  });
}

}  // namespace learningplane::cli
