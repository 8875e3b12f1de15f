#include "learningplane/config/secrets.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::config;

namespace {
std::string failure_of(const std::string& text) {
  Secrets secrets;
  try {
    expand_secrets(parse_yaml(text, "a.yaml"), "/nowhere", secrets);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "accepted";
}
}  // namespace

TEST_CASE("secrets: environment and files are put in, places are kept") {
  const auto dir =
      std::filesystem::temp_directory_path() / ("lp-secrets-" + std::to_string(::getpid()));
  std::filesystem::create_directories(dir);
  std::ofstream(dir / "token") << "t0ken-of-file\n";
  ::setenv("LP_TEST_SECRET", "s3cret", 1);
  Secrets secrets;
  const Value v = expand_secrets(
      parse_yaml(
          "a: x-${env:LP_TEST_SECRET}-y\nb: [\"${file:token}\"]\nc: $${env:NO}\nd: ${other}\n",
          "a.yaml"),
      dir.string(), secrets);
  CHECK(v.find("a")->as_string() == "x-s3cret-y");
  CHECK(v.find("b")->as_array()[0].as_string() == "t0ken-of-file");
  CHECK(v.find("b")->as_array()[0].where().line == 2);
  CHECK(v.find("c")->as_string() == "${env:NO}");
  CHECK(v.find("d")->as_string() == "${other}");
  CHECK(secrets.redact("it said s3cret and t0ken-of-file") == "it said *** and ***");
  std::filesystem::remove_all(dir);
}

TEST_CASE("secrets: what is missing is named with its key and line") {
  const std::string env = failure_of("x: 1\na:\n  b: ${env:LP_TEST_NOT_THERE}\n");
  CHECK(env.find("line 3: a.b: '${env:LP_TEST_NOT_THERE}'") == 0);
  const std::string file = failure_of("a: ${file:nothing/here}\n");
  CHECK(file.find("${file:nothing/here}") != std::string::npos);
  CHECK(failure_of("a: '${env:}'\n").find("write it as") != std::string::npos);
  CHECK(failure_of("a: '${file:x'\n").find("write it as") != std::string::npos);
}
