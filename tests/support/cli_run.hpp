#pragma once
// The command from arguments to output and exit code.
#include <fstream>
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

/// What a page of the command draws, as the browser gets it.
inline learningplane::Value page_data(const std::string& path) {
  std::ostringstream read;
  read << std::ifstream(path).rdbuf();
  const std::string html = read.str(), open = R"(<script id="data" type="application/json">)";
  const std::size_t begin = html.find(open) + open.size();
  return learningplane::value_or_throw(
      learningplane::parse_json(html.substr(begin, html.find("</script>", begin) - begin)));
}

}  // namespace support
