#pragma once
#include <iosfwd>
#include <span>
#include <string>

namespace learningplane::cli {

/// What the command answers with; docs/reference/command.md says when.
enum ExitCode : int {
  ok = 0,
  failure = 1,        ///< the work could not be done
  usage = 2,          ///< wrong arguments or configuration
  interrupted = 130,  ///< ended by SIGINT or SIGTERM
};

/// The whole command: what main() and the wheel's console script call. Reads no globals but the
/// environment, writes results to `out` and messages to `err`.
/// @param args without the program's name. @return an ExitCode
int main(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace learningplane::cli
