#include "convert.hpp"
#include "learningplane/decision/decision.hpp"
#include "learningplane/decision/policy.hpp"
#include "module.hpp"

namespace learningplane::python {

using namespace decision;

namespace {

/// Of another type is not equal.
template <class T>
bool equal(const T& a, const py::object& b) {
  return py::isinstance<T>(b) && a == py::cast<const T&>(b);
}

void bind_actions(py::module_& m) {
  py::class_<Hold>(m, "Hold", "Leave everything as it is.")
      .def(py::init<>())
      .def("__eq__", &equal<Hold>)
      .def("__hash__", [](const Hold&) { return 0; })
      .def("__repr__", [](const Hold&) { return "Hold()"; });
  py::class_<Place>(m, "Place", "Run the application on this site.")
      .def(py::init<std::string>(), py::arg("site"))
      .def_readonly("site", &Place::site)
      .def("__eq__", &equal<Place>)
      .def("__hash__", [](const Place& p) { return py::hash(py::str(p.site)); })
      .def("__repr__", [](const Place& p) { return "Place('" + p.site + "')"; });
  py::class_<Scale>(m, "Scale", "Run this many instances.")
      .def(py::init<std::int64_t>(), py::arg("replicas"))
      .def_readonly("replicas", &Scale::replicas)
      .def("__eq__", &equal<Scale>)
      .def("__hash__", [](const Scale& s) { return s.replicas; })
      .def("__repr__", [](const Scale& s) { return "Scale(" + std::to_string(s.replicas) + ")"; });
  py::class_<Resize>(m, "Resize", "Give each instance these resources: cores and bytes.")
      .def(py::init<double, double>(), py::arg("cpu_cores"), py::arg("memory_bytes"))
      .def_readonly("cpu_cores", &Resize::cpu_cores)
      .def_readonly("memory_bytes", &Resize::memory_bytes)
      .def("__eq__", &equal<Resize>)
      .def("__hash__", [](const Resize& r) { return py::hash(py::float_(r.cpu_cores)); });
  py::class_<Prewarm>(m, "Prewarm", "Start this many instances ahead of need.")
      .def(py::init<std::int64_t>(), py::arg("instances"))
      .def_readonly("instances", &Prewarm::instances)
      .def("__eq__", &equal<Prewarm>)
      .def("__hash__", [](const Prewarm& p) { return p.instances; });
}

/// A number is known; None is not.
Quantity make_quantity(std::optional<double> value, double imputed_share, std::string detail) {
  if (!value) return Quantity::missing(Unknown::absent, std::move(detail));
  return Quantity::of(*value, imputed_share);
}

void bind_quantity(py::module_& m) {
  py::class_<Quantity>(m, "Quantity", "A number, or the reason why it is not known.")
      .def(py::init(&make_quantity), py::arg("value") = py::none(), py::arg("imputed_share") = 0.0,
           py::arg("detail") = "")
      .def_readonly("value", &Quantity::value, "NaN where not known.")
      .def_property_readonly("unknown",
                             [](const Quantity& q) { return std::string(to_string(q.unknown)); })
      .def_readonly("detail", &Quantity::detail)
      .def_readonly("imputed_share", &Quantity::imputed_share)
      .def_property_readonly("known", &Quantity::known)
      .def("__repr__", [](const Quantity& q) {
        return q.known() ? "Quantity(" + py::cast<std::string>(py::repr(py::float_(q.value))) + ")"
                         : "<Quantity unknown: " + std::string(to_string(q.unknown)) + ">";
      });
}

}  // namespace

void bind_decision(py::module_& m) {
  bind_actions(m);
  bind_quantity(m);
  py::class_<Considered>(m, "Considered", "What was known of one choice.")
      .def(py::init([](std::string name, Quantity value, bool feasible, std::string note) {
             return Considered{std::move(name), std::move(value), feasible, std::move(note)};
           }),
           py::arg("name"), py::arg("value"), py::arg("feasible") = false, py::arg("note") = "")
      .def_readonly("name", &Considered::name)
      .def_readonly("value", &Considered::value)
      .def_readonly("feasible", &Considered::feasible)
      .def_readonly("note", &Considered::note);
  py::class_<Decision>(m, "Decision", "What to do and why.")
      .def(py::init([](Action action, std::string rule, std::string reason, std::string application,
                       std::vector<Considered> considered, Value details) {
             if (details.is_null()) details = Value::object();
             return Decision{std::move(action), std::move(application), std::move(rule),
                             std::move(reason), std::move(considered),  std::move(details)};
           }),
           py::arg("action"), py::kw_only(), py::arg("rule") = "", py::arg("reason") = "",
           py::arg("application") = "", py::arg("considered") = std::vector<Considered>{},
           py::arg("details") = py::none())
      .def_readonly("action", &Decision::action)
      .def_readonly("application", &Decision::application)
      .def_readonly("rule", &Decision::rule)
      .def_readonly("reason", &Decision::reason)
      .def_readonly("considered", &Decision::considered)
      .def_readonly("details", &Decision::details)
      .def_property_readonly("acts", &Decision::acts)
      .def("explain", [](const Decision& d) { return explain(d); })
      .def("to_dict", [](const Decision& d) { return to_value(d); })
      .def_static(
          "from_dict", [](const Value& v) { return value_or_throw(decision_from_value(v)); },
          py::arg("tree"))
      .def("__repr__", [](const Decision& d) {
        return "<Decision " + std::string(kind(d.action)) + " (" + d.rule + "): " + d.reason + ">";
      });
}

}  // namespace learningplane::python
