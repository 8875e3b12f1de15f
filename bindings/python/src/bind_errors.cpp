#include <exception>
#include <string>

#include "convert.hpp"
#include "learningplane/error.hpp"
#include "module.hpp"

namespace learningplane::python {

namespace {

// One Python class for each C++ class; they live as long as the interpreter.
PyObject* error_type = nullptr;
PyObject* config_error_type = nullptr;
PyObject* logic_error_type = nullptr;
PyObject* format_error_type = nullptr;

PyObject* make(py::module_& m, const char* name, py::object bases, const char* doc) {
  const std::string full = std::string("learningplane._core.") + name;
  PyObject* type = PyErr_NewExceptionWithDoc(full.c_str(), doc, bases.ptr(), nullptr);
  if (type == nullptr) throw py::error_already_set();
  m.attr(name) = py::reinterpret_borrow<py::object>(type);
  return type;
}

void raise(PyObject* type, const Error& e) {
  py::object exception = py::reinterpret_borrow<py::object>(type)(e.what());
  exception.attr("code") = std::string(to_string(e.code()));
  exception.attr("path") = e.failure().path;
  PyErr_SetObject(type, exception.ptr());
}

void translate(std::exception_ptr p) {
  try {
    if (p) std::rethrow_exception(p);
  } catch (const ConfigError& e) {
    raise(config_error_type, e);
  } catch (const LogicError& e) {
    raise(logic_error_type, e);
  } catch (const FormatError& e) {
    raise(format_error_type, e);
  } catch (const Error& e) {
    raise(error_type, e);
  }
}

}  // namespace

void bind_errors(py::module_& m) {
  error_type = make(m, "Error", py::reinterpret_borrow<py::object>(PyExc_Exception),
                    "Base of every exception of learningplane. `code` says what to do: "
                    "\"not_enough_data\", \"timeout\" …; `path` says where it happened.");
  py::object base = py::reinterpret_borrow<py::object>(error_type);
  py::object value_error = py::reinterpret_borrow<py::object>(PyExc_ValueError);
  py::setattr(base, "code", py::str("internal"));
  py::setattr(base, "path", py::str(""));
  config_error_type = make(m, "ConfigError", py::make_tuple(base, value_error),
                           "A configuration or parameter that cannot be used.");
  logic_error_type = make(
      m, "LogicError", py::make_tuple(base, py::reinterpret_borrow<py::object>(PyExc_RuntimeError)),
      "The library was called in a way that its contract forbids.");
  format_error_type = make(m, "FormatError", py::make_tuple(base, value_error),
                           "A file that is damaged, or written by a newer version.");
  py::register_exception_translator(&translate);
}

}  // namespace learningplane::python
