#include <pybind11/stl.h>

#include <iostream>

#include "learningplane/cli/cli.hpp"
#include "module.hpp"

namespace learningplane::python {

void bind_cli(pybind11::module_& m) {
  m.def(
      "cli_main",
      [](const std::vector<std::string>& args) {
        const int code = cli::main(args, std::cout, std::cerr);
        std::cout.flush();
        std::cerr.flush();
        return code;
      },
      pybind11::arg("args"), pybind11::call_guard<pybind11::gil_scoped_release>(),
      "Runs the command; args without the program's name. Returns the exit code.");
}

}  // namespace learningplane::python
