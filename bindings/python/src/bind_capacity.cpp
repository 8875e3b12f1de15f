#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include "convert.hpp"
#include "learningplane/decision/capacity.hpp"
#include "learningplane/decision/scaling_objective.hpp"
#include "module.hpp"

namespace learningplane::python {

using decision::Capacity;
using decision::LatencyRow;

namespace {

/// The table as a file has it, at every probability that any row has.
std::string text_of(const Capacity& capacity) {
  std::set<double> points;
  for (const LatencyRow& row : capacity.rows())
    points.insert(row.probability.begin(), row.probability.end());
  std::ostringstream out;
  out.precision(17);
  out << "load";
  for (double p : points) {
    if (p == 0) {
      out << ",min";
    } else if (p == 1) {
      out << ",max";
    } else {
      out << ",p" << 100 * p;
    }
  }
  for (const LatencyRow& row : capacity.rows()) {
    out << '\n' << row.load;
    for (double p : points) out << ',' << capacity.quantile(row.load, p);
  }
  out << '\n';
  return out.str();
}

py::dict rows_of(const Capacity& capacity) {
  py::dict out;
  for (const LatencyRow& row : capacity.rows()) {
    const auto n = static_cast<py::ssize_t>(row.latency.size());
    out[py::float_(row.load)] =
        py::make_tuple(copy_array(row.probability, {n}), copy_array(row.latency, {n}));
  }
  return out;
}

}  // namespace

void bind_capacity(py::module_& m) {
  const decision::ScalingObjective objective;
  py::class_<Capacity>(m, "Capacity",
                       "The latency distribution of one instance by the load on it, and so how "
                       "much load any number of instances carries.")
      .def_static(
          "read",
          [](const py::object& path) {
            const auto text = py::module_::import("os").attr("fspath")(path).cast<std::string>();
            return value_or_throw(Capacity::read(text));
          },
          py::arg("path"),
          "A CSV: the load on one instance, then columns named min, p<percent> … and max.")
      .def_static(
          "parse", [](const std::string& text) { return value_or_throw(Capacity::parse(text)); },
          py::arg("text"))
      .def_static(
          "from_samples",
          [](const std::map<double, std::vector<double>>& measured) {
            return Capacity::from_samples({measured.begin(), measured.end()});
          },
          py::arg("measured"), "From measured latencies: {load: [latency, …], …}.")
      .def_static(
          "from_telemetry",
          [](const std::vector<double>& load, const std::vector<double>& latency) {
            return value_or_throw(Capacity::from_telemetry(load, latency));
          },
          py::arg("load_per_instance"), py::arg("latency"),
          "From what one instance carried and the latency seen then, row by row.")
      .def_static("from_throughput", &Capacity::from_throughput, py::arg("streams"),
                  py::arg("latency") = objective.upper(),
                  "An instance that serves so many streams at that latency, and others in "
                  "proportion.")
      .def(
          "quantile",
          [](const Capacity& c, double load, double q, std::int64_t instances) {
            return c.quantile(load, instances, q);
          },
          py::arg("load"), py::arg("q") = objective.quantile, py::arg("instances") = 1,
          "Latency at the quantile of a load that is spread over so many instances.")
      .def("most_streams", &Capacity::most_streams, py::arg("q") = objective.quantile,
           py::arg("limit") = objective.upper(),
           "Most streams on one instance whose quantile stays at or below the limit.")
      .def_property_readonly("rows", &rows_of, "{load: (probabilities, latencies)}.")
      .def("to_csv", &text_of, "The table as read() takes it.")
      .def("__repr__", [](const Capacity& c) {
        return "<Capacity: " + std::to_string(c.rows().size()) + " loads>";
      });
}

}  // namespace learningplane::python
