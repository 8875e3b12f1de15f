#pragma once
// The command from arguments to output and exit code.
#include <sstream>
#include <string>
#include <vector>

#include "learningplane/cli/cli.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace support {

struct CliRun {
  int code = 0;
  std::string out{}, err{};
  learningplane::Value json() const {
    return learningplane::value_or_throw(learningplane::parse_json(out));
  }
};

inline CliRun cli_run(const std::vector<std::string>& args) {
  std::ostringstream out, err;
  const int code = learningplane::cli::main(args, out, err);
  return {code, out.str(), err.str()};
}

}  // namespace support
