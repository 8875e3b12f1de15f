#include "learningplane/trigger/trigger.hpp"
#include "module.hpp"
#include "trampolines.hpp"

namespace learningplane::python {

using trigger::Trigger;

void bind_trigger(py::module_& m) {
  py::classh<Trigger, PyTrigger>(m, "Trigger",
                                 "Says when. Subclasses define next(after) and describe().")
      .def(py::init<>())
      .def(
          "next",
          [](const Trigger& t, TimePoint after) { return unlocked([&] { return t.next(after); }); },
          py::arg("after"), "The first time strictly after, or None.")
      .def("describe", &Trigger::describe)
      .def("__repr__", [](const Trigger& t) { return "<Trigger " + t.describe() + ">"; });
}

}  // namespace learningplane::python
