#include "learningplane/cli/cli.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <vector>

#include "learningplane/version.hpp"
#include "support/cli_run.hpp"

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
