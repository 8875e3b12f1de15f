#include <iostream>
#include <string>
#include <vector>

#include "learningplane/cli/cli.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  return learningplane::cli::main(args, std::cout, std::cerr);
}
