#include "learningplane/telemetry/frame_sensor.hpp"
#include "learningplane/telemetry/sensor.hpp"
#include "module.hpp"
#include "trampolines.hpp"

namespace learningplane::python {

using telemetry::Sensor;
using telemetry::Window;

Failure to_failure(const py::error_already_set& e) {
  Failure f{Errc::internal, {}, {}};
  const auto type = py::cast<std::string>(e.type().attr("__name__"));
  f.message = type + ": " + py::cast<std::string>(py::str(e.value()));
  if (!py::hasattr(e.value(), "code") || !py::isinstance<py::str>(e.value().attr("code"))) return f;
  const auto code = py::cast<std::string>(e.value().attr("code"));
  for (int i = 0; i <= static_cast<int>(Errc::internal); ++i)
    if (to_string(static_cast<Errc>(i)) == code) {
      f.code = static_cast<Errc>(i);
      f.message = py::cast<std::string>(py::str(e.value()));
    }
  return f;
}

void bind_sensor(py::module_& m) {
  py::class_<Window>(m, "Window", "The time asked for: begin <= t < end.")
      .def(py::init([](TimePoint begin, TimePoint end, Duration step) {
             return Window{begin, end, step};
           }),
           py::arg("begin"), py::arg("end"), py::arg("step") = Duration(0))
      .def_readonly("begin", &Window::begin)
      .def_readonly("end", &Window::end)
      .def_readonly("step", &Window::step, "Zero: the source's own sampling.")
      .def("__repr__", [](const Window& w) {
        return "<Window " + to_iso8601(w.begin) + " to " + to_iso8601(w.end) + ">";
      });
  py::classh<Sensor, PySensor>(
      m, "Sensor", "Whatever can be observed. Subclasses define do_read(window) and describe().")
      .def(py::init<>())
      .def(
          "read",
          [](Sensor& s, const Window& w) {
            return unlocked([&] { return value_or_throw(s.read(w)); });
          },
          py::arg("window"))
      .def("describe", &Sensor::describe);
  py::classh<telemetry::FrameSensor, Sensor>(m, "FrameSensor", "A frame as a sensor.")
      .def(py::init([](const py::object& data, std::string name) {
             return std::make_unique<telemetry::FrameSensor>(to_frame(data), std::move(name));
           }),
           py::arg("data"), py::arg("name") = "frame");
}

}  // namespace learningplane::python
