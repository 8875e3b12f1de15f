#include "learningplane/cli/cli.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "learningplane/version.hpp"
#include "support/cli_run.hpp"
#include "support/source_dir.hpp"

using namespace learningplane;

namespace {
using Run = support::CliRun;
Run run(const std::vector<std::string>& args) { return support::cli_run(args); }
}  // namespace

TEST_CASE("cli: version prints the library's version") {
  const Run r = run({"version"});
  CHECK(r.code == cli::ok);
  CHECK(r.out == "learningplane " + std::string(version()) + "\n");
}

TEST_CASE("cli: help goes to the output and succeeds") {
  const Run r = run({"--help"});
  CHECK(r.code == cli::ok);
  CHECK(r.out.find("version") != std::string::npos);
}

TEST_CASE("cli: wrong arguments are a usage error with a message") {
  for (const auto& args : {std::vector<std::string>{}, {"nonsense"}, {"version", "--nonsense"}}) {
    const Run r = run(args);
    CHECK(r.code == cli::usage);
    CHECK_FALSE(r.err.empty());
  }
}

TEST_CASE("cli: every subcommand stands in the reference") {
  std::stringstream reference;
  reference << std::ifstream(support::source_dir() + "/docs/reference/command.md").rdbuf();
  std::istringstream help(run({"--help"}).out);
  int found = 0;
  bool listed = false;
  for (std::string line; std::getline(help, line);) {
    if (line.starts_with("Subcommands:")) listed = true;
    if (!listed || !line.starts_with("  ") || line.size() < 3 || line[2] == ' ') continue;
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    CAPTURE(name);
    CHECK(reference.str().find("\n| `" + name +
                               (name == "version" || name == "schema" ? "`" : " ")) !=
          std::string::npos);
    ++found;
  }
  CHECK(found > 15);
}
