#include "convert.hpp"

#include <cmath>
#include <limits>

namespace learningplane::python {

namespace {

constexpr int deepest = 64;

std::string type_name(py::handle object) {
  return py::cast<std::string>(py::type::handle_of(object).attr("__name__"));
}

std::string text_of(py::handle object) { return py::cast<std::string>(py::str(object)); }

bool is_instance(py::handle object, const char* module, const char* name) {
  return py::isinstance(object, py::module_::import(module).attr(name));
}

Value number_value(py::handle object) {
  if (PyIndex_Check(object.ptr()) != 0) {
    auto index = py::reinterpret_steal<py::object>(PyNumber_Index(object.ptr()));
    if (!index) throw py::error_already_set();
    const long long i = PyLong_AsLongLong(index.ptr());
    if (i == -1 && PyErr_Occurred() != nullptr) {
      PyErr_Clear();
      throw ConfigError("the integer " + text_of(object) + " does not fit into 64 bits");
    }
    return Value(static_cast<std::int64_t>(i));
  }
  const double d = PyFloat_AsDouble(object.ptr());
  if (d == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  return Value(d);
}

/// The offset at the end of an ISO 8601 text: "Z", "+02:00", "+0200" or "+02".
bool has_offset(const std::string& text) {
  if (text.empty()) return false;
  if (text.back() == 'Z' || text.back() == 'z') return true;
  const auto sign = text.find_last_of("+-");
  const auto time = text.find_first_of("T ");
  return sign != std::string::npos && time != std::string::npos && sign > time;
}

[[noreturn]] void throw_naive(py::handle object) {
  throw ConfigError(
      "the time " + text_of(object) +
      " has no zone: make it aware, as in datetime(2024, 5, 15, tzinfo=timezone.utc), "
      "or name its zone where a parameter `zone` is offered");
}

std::int64_t int_attr(py::handle object, const char* name) {
  return py::cast<std::int64_t>(object.attr(name));
}

std::int64_t delta_ns(py::handle delta) {
  constexpr std::int64_t second = 1'000'000'000;
  const auto days = int_attr(delta, "days");
  if (days > 106'000 || days < -106'000)
    throw ConfigError(text_of(delta) + " does not fit into 292 years of nanoseconds");
  std::int64_t ns = (days * 86'400 + int_attr(delta, "seconds")) * second +
                    int_attr(delta, "microseconds") * 1'000;
  if (py::hasattr(delta, "nanoseconds")) ns += int_attr(delta, "nanoseconds");
  return ns;
}

py::object epoch() {
  py::module_ dt = py::module_::import("datetime");
  return dt.attr("datetime")(1970, 1, 1, py::arg("tzinfo") = dt.attr("timezone").attr("utc"));
}

}  // namespace

Value to_value(py::handle o, int depth) {
  if (depth > deepest) throw ConfigError("options are nested deeper than 64 levels");
  if (!o || o.is_none()) return {};
  if (py::isinstance<py::bool_>(o)) return Value(py::cast<bool>(o));
  if (py::isinstance<py::str>(o)) return Value(py::cast<std::string>(o));
  if (py::isinstance<py::dict>(o)) {
    Value out = Value::object();
    for (auto [key, member] : py::reinterpret_borrow<py::dict>(o)) {
      if (!py::isinstance<py::str>(key))
        throw ConfigError("the key " + text_of(key) + " is no text");
      out.set(py::cast<std::string>(key), to_value(member, depth + 1));
    }
    return out;
  }
  if (py::isinstance<py::list>(o) || py::isinstance<py::tuple>(o)) {
    Value out = Value::array();
    for (py::handle element : o) out.push(to_value(element, depth + 1));
    return out;
  }
  if (is_instance(o, "datetime", "timedelta")) return Value(format_duration(to_duration(o)));
  if (is_instance(o, "datetime", "datetime")) return Value(to_iso8601(to_time(o)));
  if (is_instance(o, "os", "PathLike"))
    return Value(py::cast<std::string>(py::module_::import("os").attr("fspath")(o)));
  if (is_instance(o, "numpy", "bool_")) return Value(py::cast<bool>(o.attr("item")()));
  if (py::isinstance<py::array>(o)) return to_value(o.attr("tolist")(), depth + 1);
  if (PyFloat_Check(o.ptr()) != 0 || PyNumber_Check(o.ptr()) != 0) return number_value(o);
  throw ConfigError("an option cannot be of type " + type_name(o) +
                    "; allowed: None, bool, int, float, str, list, dict");
}

py::object from_value(const Value& v) {
  if (v.is_null()) return py::none();
  if (v.is_bool()) return py::bool_(v.as_bool());
  if (v.is_int()) return py::int_(v.as_int());
  if (v.is_double()) return py::float_(v.as_double());
  if (v.is_string()) return py::str(v.as_string());
  if (v.is_array()) {
    py::list out;
    for (const Value& element : v.as_array()) out.append(from_value(element));
    return out;
  }
  py::dict out;
  for (const auto& [key, member] : v.as_object()) out[py::str(key)] = from_value(member);
  return out;
}

TimePoint to_time(py::handle o) {
  if (py::isinstance<py::str>(o)) {
    const auto text = py::cast<std::string>(o);
    TimePoint t = value_or_throw(parse_iso8601(text));
    if (!has_offset(text)) throw_naive(o);
    return t;
  }
  if (!is_instance(o, "datetime", "datetime")) {
    if (is_instance(o, "numpy", "datetime64")) throw_naive(o);
    throw ConfigError("a time cannot be of type " + type_name(o) +
                      "; allowed: an aware datetime, a pandas Timestamp with a zone, or ISO 8601 "
                      "text with an offset");
  }
  if (o.attr("tzinfo").is_none() || o.attr("utcoffset")().is_none()) throw_naive(o);
  if (py::hasattr(o, "nanosecond"))  // pandas: microseconds and what is finer
    return from_ns(py::cast<std::int64_t>(o.attr("as_unit")("ns").attr("value")));
  return from_ns(delta_ns(o - epoch()));
}

py::object from_time(TimePoint t) {
  const auto us = std::chrono::floor<std::chrono::microseconds>(t).time_since_epoch().count();
  return epoch() + py::module_::import("datetime")
                       .attr("timedelta")(py::arg("microseconds") = static_cast<std::int64_t>(us));
}

Duration to_duration(py::handle o) {
  if (py::isinstance<py::str>(o)) return value_or_throw(parse_duration(py::cast<std::string>(o)));
  if (is_instance(o, "numpy", "timedelta64")) {
    py::object ns = o.attr("astype")("timedelta64[ns]");
    return Duration(py::cast<std::int64_t>(ns.attr("astype")("int64")));
  }
  if (is_instance(o, "datetime", "timedelta")) return Duration(delta_ns(o));
  if (PyNumber_Check(o.ptr()) != 0 && !py::isinstance<py::bool_>(o)) {
    const double seconds = py::cast<double>(o);
    if (!(std::abs(seconds) < 9.2e9)) throw ConfigError(text_of(o) + " s is no usable duration");
    return Duration(static_cast<std::int64_t>(std::llround(seconds * 1e9)));
  }
  throw ConfigError("a duration cannot be of type " + type_name(o) +
                    "; allowed: a timedelta, text such as \"5m\", or seconds");
}

py::object from_duration(Duration d) {
  const auto us = std::chrono::floor<std::chrono::microseconds>(d).count();
  return py::module_::import("datetime")
      .attr("timedelta")(py::arg("microseconds") = static_cast<std::int64_t>(us));
}

telemetry::Frame to_frame(py::handle object) {
  if (py::isinstance<telemetry::Frame>(object)) return py::cast<telemetry::Frame>(object);
  return py::cast<telemetry::Frame>(
      py::module_::import("learningplane._frames").attr("to_frame")(object));
}

std::shared_ptr<const void> keep_alive(py::object object) {
  PyObject* raw = object.release().ptr();
  return {raw, [](const void* p) {
            if (Py_IsInitialized() == 0) return;  // the interpreter has gone, and its objects
            py::gil_scoped_acquire gil;
            Py_DECREF(static_cast<PyObject*>(const_cast<void*>(p)));
          }};
}

}  // namespace learningplane::python
