#include "learningplane/decision/placement.hpp"
#include "learningplane/decision/policy.hpp"
#include "module.hpp"
#include "trampolines.hpp"

namespace learningplane::python {

using namespace decision;

namespace {

Candidate make_candidate(std::string name, const py::object& forecast) {
  if (py::isinstance<Quantity>(forecast)) return {std::move(name), py::cast<Quantity>(forecast)};
  if (forecast.is_none())
    return {std::move(name), Quantity::missing(Unknown::absent, "None given")};
  return {std::move(name), Quantity::of(py::cast<double>(forecast))};
}

Observation make_observation(TimePoint at, std::string application, std::string current,
                             std::vector<Candidate> candidates,
                             std::optional<TimePoint> last_change) {
  return {at, std::move(application), std::move(current), std::move(candidates), last_change};
}

}  // namespace

void bind_policy(py::module_& m) {
  py::class_<Candidate>(m, "Candidate", "One choice with what is forecast for it.")
      .def(py::init(&make_candidate), py::arg("name"), py::arg("forecast"),
           "`forecast`: a number, a Quantity, or None where it is not known.")
      .def_readonly("name", &Candidate::name)
      .def_readonly("forecast", &Candidate::forecast);
  py::class_<Observation>(m, "Observation", "Everything a policy may look at.")
      .def(py::init(&make_observation), py::kw_only(), py::arg("at"), py::arg("application"),
           py::arg("current") = "", py::arg("candidates") = std::vector<Candidate>{},
           py::arg("last_change") = py::none())
      .def_readonly("at", &Observation::at)
      .def_readonly("application", &Observation::application)
      .def_readonly("current", &Observation::current)
      .def_readonly("candidates", &Observation::candidates)
      .def_readonly("last_change", &Observation::last_change);
  py::classh<Policy, PyPolicy>(
      m, "Policy", "Turns an observation into a decision. Subclasses define decide(observation).")
      .def(py::init<>())
      .def(
          "decide",
          [](Policy& p, const Observation& o) { return unlocked([&] { return p.decide(o); }); },
          py::arg("observation"))
      .def("kind", [](const Policy& p) { return std::string(p.kind()); });
  py::classh<Placement, Policy>(m, "Placement",
                                "The site with the highest forecast, with constraint, hysteresis "
                                "and cool-down; options as in list_policies().")
      .def(py::init([](const py::kwargs& options) {
        return std::make_unique<Placement>(
            placement_options(placement_manifest().check(to_value(options))));
      }));
}

}  // namespace learningplane::python
