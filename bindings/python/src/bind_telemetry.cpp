#include "convert.hpp"
#include "learningplane/features/cleaning.hpp"
#include "learningplane/telemetry/clean.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "learningplane/telemetry/csv_sensor.hpp"
#include "learningplane/telemetry/resample.hpp"
#include "module.hpp"

namespace learningplane::python {

namespace {

using telemetry::Buffer;
using telemetry::Column;
using telemetry::Frame;

telemetry::CellFlag flag_of(const Column& c, std::size_t row) { return c.flag(row); }

py::array_t<std::uint8_t> flags_of(const Column& c) {
  if (!c.flags.empty()) return from_buffer(c.flags);
  std::vector<std::uint8_t> flags(c.values.size());
  for (std::size_t i = 0; i < flags.size(); ++i)
    flags[i] = static_cast<std::uint8_t>(flag_of(c, i));
  return from_buffer(Buffer<std::uint8_t>(std::move(flags)));
}

/// @param flags None: finite cells observed, NaN cells absent
Column make_column(std::string name, const py::array& values, Labels labels, std::string unit,
                   const py::object& flags) {
  Column c{std::move(name), std::move(labels), std::move(unit), to_buffer<double>(values), {}};
  if (!flags.is_none()) c.flags = to_buffer<std::uint8_t>(py::cast<py::array>(flags));
  return c;
}

const Column& require(const Frame& frame, const std::string& name, const Labels& labels) {
  return *value_or_throw(frame.require(name, labels));
}

/// read_csv takes the parameters that the sensor "csv" takes: one list for both.
Frame read_csv(const py::object& path, const py::kwargs& options) {
  Value given = to_value(options);
  given.set("path", to_value(path));
  const telemetry::CsvOptions o =
      telemetry::CsvSensor::options(telemetry::CsvSensor::manifest().check(given), "");
  return unlocked([&] { return value_or_throw(telemetry::read_csv(o)); });
}

void bind_column(py::module_& m) {
  py::enum_<telemetry::CellFlag>(m, "CellFlag", "Why a cell holds what it holds.")
      .value("observed", telemetry::CellFlag::observed)
      .value("imputed", telemetry::CellFlag::imputed)
      .value("absent", telemetry::CellFlag::absent)
      .value("not_a_number", telemetry::CellFlag::not_a_number)
      .value("infinite", telemetry::CellFlag::infinite)
      .value("stale", telemetry::CellFlag::stale)
      .value("failed", telemetry::CellFlag::failed);
  py::class_<Column>(m, "Column", "One named series on a frame's time stamps.")
      .def(py::init(&make_column), py::arg("name"), py::arg("values"), py::kw_only(),
           py::arg("labels") = Labels{}, py::arg("unit") = "", py::arg("flags") = py::none(),
           "Contiguous float64 values are shared, not copied: leave them unchanged afterwards.")
      .def_readonly("name", &Column::name)
      .def_readonly("labels", &Column::labels)
      .def_readonly("unit", &Column::unit)
      .def_property_readonly("id", &Column::id, "name{labels}")
      .def_property_readonly(
          "values", [](const Column& c) { return from_buffer(c.values); },
          "A read-only view, NaN where unknown.")
      .def_property_readonly("flags", &flags_of, "One CellFlag number for each cell, read-only.")
      .def("__len__", [](const Column& c) { return c.values.size(); })
      .def("__repr__", [](const Column& c) {
        return "<Column " + c.id() + ": " + std::to_string(c.values.size()) + " cells>";
      });
}

void bind_frame(py::module_& m) {
  py::class_<Frame>(m, "Frame",
                    "Columns over shared, strictly increasing UTC time stamps; immutable.")
      .def(py::init([](const py::array& times_ns, std::vector<Column> columns) {
             auto times = to_buffer<std::int64_t>(times_ns);
             return value_or_throw(Frame::make(std::move(times), std::move(columns)));
           }),
           py::arg("times_ns"), py::arg("columns"),
           "From nanoseconds since 1970 UTC (int64, shared where contiguous) and columns.")
      .def("__len__", &Frame::rows)
      .def_property_readonly("rows", &Frame::rows)
      .def_property_readonly("columns", &Frame::all)
      .def_property_readonly("names",
                             [](const Frame& f) {
                               std::vector<std::string> names;
                               for (const Column& c : f.all()) names.push_back(c.id());
                               return names;
                             })
      .def_property_readonly(
          "times_ns", [](const Frame& f) { return from_buffer(f.times_ns()); },
          "Nanoseconds since 1970 UTC, a read-only view.")
      .def_property_readonly("empty", &Frame::empty)
      .def_property_readonly("step", &Frame::step, "The most frequent distance of two rows.")
      .def_property_readonly("imputed_share", &Frame::imputed_share)
      .def_property_readonly("unknown_share", &Frame::unknown_share)
      .def(
          "values",
          [](const Frame& f, const std::string& name, const Labels& labels) {
            return from_buffer(require(f, name, labels).values);
          },
          py::arg("name"), py::arg("labels") = Labels{}, "A read-only view of one column.")
      .def(
          "flags",
          [](const Frame& f, const std::string& name, const Labels& labels) {
            return flags_of(require(f, name, labels));
          },
          py::arg("name"), py::arg("labels") = Labels{}, "CellFlag numbers of one column.")
      .def(
          "column",
          [](const Frame& f, const std::string& name, const Labels& labels) {
            return require(f, name, labels);
          },
          py::arg("name"), py::arg("labels") = Labels{})
      .def("slice", &Frame::slice, py::arg("first"), py::arg("count"))
      .def("between", &Frame::between, py::arg("begin"), py::arg("end"), "begin <= time < end")
      .def("where", &Frame::where, py::arg("labels"), "Columns whose labels contain these.")
      .def(
          "select",
          [](const Frame& f, const std::vector<std::string>& names) {
            return value_or_throw(f.select(names));
          },
          py::arg("names"))
      .def(
          "with_column",
          [](const Frame& f, Column c) { return value_or_throw(f.with(std::move(c))); },
          py::arg("column"), "The same with one more column, or with one replaced.")
      .def("label_values", &Frame::label_values, py::arg("label"))
      .def("__repr__", [](const Frame& f) {
        return "<Frame: " + std::to_string(f.rows()) + " rows, " + std::to_string(f.columns()) +
               " columns>";
      });
}

}  // namespace

void bind_telemetry(py::module_& m) {
  m.def(
      "time_ns", [](TimePoint t) { return to_ns(t); }, py::arg("time"),
      "An aware time as nanoseconds since 1970 UTC.");
  bind_column(m);
  bind_frame(m);
  m.def(
      "join",
      [](const std::vector<Frame>& frames) {
        return unlocked([&] { return value_or_throw(telemetry::join(frames)); });
      },
      py::arg("frames"), "Side by side on the union of their time stamps.");
  m.def(
      "concat",
      [](const std::vector<Frame>& frames) {
        return unlocked([&] { return value_or_throw(telemetry::concat(frames)); });
      },
      py::arg("frames"), "One after another; of two known cells the later wins.");
  m.def("read_csv", &read_csv, py::arg("path"),
        "Reads files, folders or globs as one frame. Options: those of list_sensors()[\"csv\"].\n\n"
        ">>> frame = read_csv(\"telemetry.csv\", label_columns=[\"cluster\"])  # doctest: +SKIP");
  m.def(
      "write_csv",
      [](const Frame& frame, const py::object& path, const std::string& separator) {
        if (separator.size() != 1) throw ConfigError("", "separator", separator, "one character");
        const auto text = py::cast<std::string>(py::module_::import("os").attr("fspath")(path));
        unlocked([&] { value_or_throw(telemetry::write_csv(frame, text, separator[0])); });
      },
      py::arg("frame"), py::arg("path"), py::kw_only(), py::arg("separator") = ",");
  m.def(
      "clean",
      [](const py::object& data, const Value& cleaning) {
        const Frame frame = to_frame(data);
        const auto steps = features::Cleaning::from_value(cleaning);
        return unlocked([&] { return value_or_throw(steps.apply(frame)); });
      },
      py::arg("data"), py::arg("cleaning"),
      "Cleans as an agent file's `cleaning` would: a preset or a list of steps.\n\n"
      ">>> clean(frame, {\"preset\": \"as_published\", \"group\": \"cluster\"})  # doctest: +SKIP");
  m.def(
      "resample",
      [](const py::object& data, Duration step) {
        const Frame frame = to_frame(data);
        return unlocked([&] { return value_or_throw(telemetry::resample_mean(frame, {step})); });
      },
      py::arg("data"), py::arg("step"), "Means over a grid of whole steps since 1970 UTC.");
}

}  // namespace learningplane::python
