#include "convert.hpp"
#include "learningplane/telemetry/series.hpp"
#include "module.hpp"

namespace learningplane::python {

using telemetry::Column;
using telemetry::Frame;
using telemetry::Series;

void bind_series(py::module_& m) {
  py::class_<Series>(m, "Series", "One column with its time stamps.")
      .def(py::init([](const py::array& times_ns, Column column) {
             // a frame checks lengths and that the times increase
             Frame f = value_or_throw(
                 Frame::make(to_buffer<std::int64_t>(times_ns), {std::move(column)}));
             return Series{f.times_ns(), f.column(0)};
           }),
           py::arg("times_ns"), py::arg("column"))
      .def("__len__", &Series::size)
      .def_property_readonly("name", [](const Series& s) { return s.column.name; })
      .def_readonly("column", &Series::column)
      .def_property_readonly("times_ns", [](const Series& s) { return from_buffer(s.times_ns); })
      .def_property_readonly("values", [](const Series& s) { return from_buffer(s.column.values); })
      .def("to_frame", [](const Series& s) { return value_or_throw(s.to_frame()); })
      .def("__repr__", [](const Series& s) {
        return "<Series " + s.column.id() + ": " + std::to_string(s.size()) + " rows>";
      });
  m.def(
      "series_of",
      [](const Frame& frame, const std::string& name, const Labels& labels) {
        return value_or_throw(telemetry::series_of(frame, name, labels));
      },
      py::arg("frame"), py::arg("name"), py::arg("labels") = Labels{});
}

}  // namespace learningplane::python
