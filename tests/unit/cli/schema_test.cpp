// docs/reference/agent.schema.json is generated: `learningplane schema >
// docs/reference/agent.schema.json`.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "learningplane/cli/cli.hpp"
#include "learningplane/json.hpp"
#include "support/source_dir.hpp"

using namespace learningplane;

TEST_CASE("schema: the committed file is what the manifests say") {
  std::ostringstream out;
  std::ostringstream err;
  const std::vector<std::string> args{"schema"};
  REQUIRE(cli::main(args, out, err) == cli::ok);
  std::ifstream in(support::source_dir() + "/docs/reference/agent.schema.json");
  std::ostringstream committed;
  committed << in.rdbuf();
  CHECK_MESSAGE(committed.str() == out.str(),
                "regenerate: learningplane schema > docs/reference/agent.schema.json");
}

TEST_CASE("schema: every registered kind can be written") {
  std::ostringstream out;
  std::ostringstream err;
  const std::vector<std::string> args{"schema"};
  REQUIRE(cli::main(args, out, err) == cli::ok);
  const Value schema = value_or_throw(parse_json(out.str()));
  const Value& defs = *schema.find("$defs");
  for (const char* section : {"sensor", "model", "policy", "actuator", "trigger"}) {
    CAPTURE(section);
    CHECK(defs.find(section)->find("oneOf")->size() >= 1);
  }
}
