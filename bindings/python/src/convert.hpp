#pragma once
// How the vocabulary crosses to Python and back. Include this instead of pybind11/chrono.h.
#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <utility>

#include "learningplane/labels.hpp"
#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"
#include "learningplane/time.hpp"
#include "learningplane/value.hpp"

namespace learningplane::python {

namespace py = pybind11;

/// None, bool, int, float, str, list, tuple, dict (and NumPy scalars) as a tree. @throws
/// ConfigError
Value to_value(py::handle object, int depth = 0);
py::object from_value(const Value& value);

/// An aware datetime (pandas Timestamps keep their nanoseconds) or an ISO 8601 text with an offset.
/// Naive times are refused, for nobody can know what they mean. @throws ConfigError
TimePoint to_time(py::handle object);
/// An aware datetime in UTC; what is finer than a microsecond is cut.
py::object from_time(TimePoint t);

/// A timedelta (datetime, NumPy, pandas), a text such as "5m" or seconds as a number.
/// @throws ConfigError
Duration to_duration(py::handle object);
py::object from_duration(Duration d);

/// Whatever stands for a frame (Frame, Series, pandas, Forecast) as a frame.
telemetry::Frame to_frame(py::handle object);

/// Keeps a Python object alive from C++, whatever thread lets go of it last.
std::shared_ptr<const void> keep_alive(py::object object);

/// The array's own memory where it is contiguous and of type T, else one copy.
template <class T>
telemetry::Buffer<T> to_buffer(const py::array& array) {
  using Contiguous = py::array_t<T, py::array::c_style | py::array::forcecast>;
  Contiguous a = Contiguous::ensure(array);
  if (!a) throw py::error_already_set();
  if (a.ndim() != 1) throw ConfigError("an array of one dimension is needed");
  const std::span<const T> view(a.data(), static_cast<std::size_t>(a.size()));
  return telemetry::Buffer<T>(view, keep_alive(std::move(a)));
}

/// A read-only array on the buffer's own memory; the array's base keeps the memory alive.
template <class T>
py::array_t<T> from_buffer(const telemetry::Buffer<T>& buffer) {
  using Owner = std::shared_ptr<const void>;
  py::capsule base(new Owner(buffer.owner()), [](void* p) { delete static_cast<Owner*>(p); });
  py::array_t<T> array(static_cast<py::ssize_t>(buffer.size()), buffer.data(), base);
  py::detail::array_proxy(array.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
  return array;
}

/// An array that owns a copy of the values, of the given shape.
template <class T>
py::array_t<T> copy_array(const std::vector<T>& values, std::vector<py::ssize_t> shape) {
  return py::array_t<T>(std::move(shape), values.data());
}

/// Runs a call without the interpreter's lock; failures become exceptions.
template <class Call>
auto unlocked(Call&& call) {
  py::gil_scoped_release release;
  return call();
}

}  // namespace learningplane::python

namespace pybind11::detail {

template <>
struct type_caster<learningplane::Value> {
  PYBIND11_TYPE_CASTER(learningplane::Value, const_name("typing.Any"));
  bool load(handle source, bool) {
    value = learningplane::python::to_value(source);
    return true;
  }
  static handle cast(const learningplane::Value& v, return_value_policy, handle) {
    return learningplane::python::from_value(v).release();
  }
};

template <>
struct type_caster<learningplane::TimePoint> {
  PYBIND11_TYPE_CASTER(learningplane::TimePoint,
                       io_name("datetime.datetime | str", "datetime.datetime"));
  bool load(handle source, bool) {
    if (!source || source.is_none()) return false;
    value = learningplane::python::to_time(source);
    return true;
  }
  static handle cast(learningplane::TimePoint t, return_value_policy, handle) {
    return learningplane::python::from_time(t).release();
  }
};

template <>
struct type_caster<learningplane::Duration> {
  PYBIND11_TYPE_CASTER(learningplane::Duration,
                       io_name("datetime.timedelta | str | float", "datetime.timedelta"));
  bool load(handle source, bool) {
    if (!source || source.is_none()) return false;
    value = learningplane::python::to_duration(source);
    return true;
  }
  static handle cast(learningplane::Duration d, return_value_policy, handle) {
    return learningplane::python::from_duration(d).release();
  }
};

template <>
struct type_caster<learningplane::Labels> {
  PYBIND11_TYPE_CASTER(learningplane::Labels, const_name("dict[str, str]"));
  bool load(handle source, bool) {
    if (!isinstance<dict>(source)) return false;
    value = {};
    for (auto [key, text] : reinterpret_borrow<dict>(source))
      value.set(pybind11::cast<std::string>(str(key)), pybind11::cast<std::string>(str(text)));
    return true;
  }
  static handle cast(const learningplane::Labels& labels, return_value_policy, handle) {
    dict out;
    for (const auto& [key, text] : labels) out[str(key)] = text;
    return out.release();
  }
};

}  // namespace pybind11::detail
