#include "learningplane/version.hpp"

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/context.hpp"

namespace learningplane::cli {

void add_version(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand("version", "Print the version");
  sub->callback([&context] {
    context.command = [&context] {
      context.out << "learningplane " << learningplane::version() << '\n';
      return static_cast<int>(ok);
    };
  });
}

}  // namespace learningplane::cli
